import type { DeleteOptions, WriteOptions } from "./cluster-client.js";
import type { Query } from "./list-query.js";

/** The content type of each kind of patch. */
export const PATCH_CONTENT_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

/** The query of a write. @param fieldManager Owner of the fields where the call names none. */
export function writeQuery(options: WriteOptions, fieldManager: string): Query {
  const query: Query = [["fieldManager", options.fieldManager ?? fieldManager]];
  if (options.dryRun === true) query.push(["dryRun", "All"]);
  if (options.fieldValidation !== undefined)
    query.push(["fieldValidation", options.fieldValidation]);
  return query;
}

/** `metav1.DeleteOptions`, the body of a delete. */
export function buildDeleteOptions(options: DeleteOptions): object {
  const { preconditions, propagationPolicy, gracePeriodSeconds, dryRun } = options;
  return {
    kind: "DeleteOptions",
    apiVersion: "v1",
    ...(preconditions === undefined ? {} : { preconditions }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(dryRun === true ? { dryRun: ["All"] } : {}),
  };
}
