import { apiVersionOf, metadataOf, type WriteTarget } from "../api-server/write-target.js";
import type { Admission } from "../api-server/admit-object.js";
import { decodeObject, DecodeError, KindError } from "../api-server/decode-object.js";
import { refuse } from "../api-server/refusal.js";
import { copyJson, type JsonObject, type JsonValue } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { withWarnings } from "./refusal-warnings.js";

/** What is told of a write besides its object. */
export interface AdmitOptions {
  /** Who owns which fields. */
  readonly managedFields?: JsonValue | undefined;
  /** Whether the name is the server's, which nobody knows yet. */
  readonly isUnnamed?: boolean | undefined;
}

/** Lets webhooks and policies change an object on its way into the store. @throws ApiError when one refuses. */
export function mutateDynamically(
  object: JsonObject,
  admission: Admission,
  options: AdmitOptions = {},
): JsonObject {
  const { context, target } = admission;
  if (context.dynamic.isIdle) return object;
  const shown = shownObject(object, options);
  const write = writeOf(shown, admission, options);
  const remake = (patched: JsonValue): JsonObject => readAgain(patched, target);
  const mutated = withWarnings(admission.remarks, () => context.dynamic.mutate(write, remake));
  if (mutated === undefined || mutated === shown) return object;
  const metadata = metadataOf(mutated);
  delete metadata["managedFields"];
  if (options.isUnnamed === true) metadata["name"] = metadataOf(object)["name"] ?? "";
  return mutated;
}

/** Lets webhooks and policies refuse an object. @throws ApiError when one does. */
export function validateDynamically(object: JsonObject | undefined, admission: Admission): void {
  const { context } = admission;
  if (context.dynamic.isIdle) return;
  const write = writeOf(object, admission, {});
  withWarnings(admission.remarks, () => context.dynamic.validate(write));
}

/** Lets them refuse a deletion. */
export function judgeDeletion(admission: Admission): void {
  const { context } = admission;
  if (context.dynamic.isIdle) return;
  const write = writeOf(undefined, admission, {});
  withWarnings(admission.remarks, () => {
    context.dynamic.mutate(write, () => ({}));
    context.dynamic.validate(write);
  });
}

/** Lets them judge what a subresource stands for: a binding, an eviction, a scale, the options of a connection. */
export function admitPart(
  object: JsonObject,
  operation: "CREATE" | "UPDATE" | "CONNECT",
  target: WriteTarget,
  context: Admission["context"],
  old?: JsonObject,
): JsonObject {
  if (context.dynamic.isIdle) return object;
  const remarks: string[] = [];
  const [group, version] = splitVersion(String(object["apiVersion"] ?? ""));
  const kind = { group, version, kind: String(object["kind"] ?? "") };
  const write = writeOf(object, { operation, old, target, context, remarks, kind }, {});
  return withWarnings(remarks, () => {
    const mutated = context.dynamic.mutate(write, (patched) => patched as JsonObject) ?? object;
    context.dynamic.validate({ ...write, object: mutated });
    return mutated;
  });
}

function splitVersion(apiVersion: string): [string, string] {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? ["", group] : [group, version];
}

function writeOf(
  object: JsonObject | undefined,
  admission: Admission,
  { isUnnamed }: AdmitOptions,
): AdmittedWrite {
  const { operation, old, target, context, remarks } = admission;
  const { resource, subresource, namespace, user, dryRun } = target;
  const own = object === undefined ? "" : String(metadataOf(object)["name"] ?? "");
  const hasNoName = isUnnamed === true || target.isOfCollection === true;
  const name = hasNoName ? "" : (target.name ?? own);
  return {
    operation,
    resource,
    subresource,
    kind: admission.kind ?? resource,
    // A Namespace counts as being in itself.
    namespace: resource.storageKey === "/namespaces" ? name : resource.namespaced ? namespace : "",
    name,
    object,
    old,
    user,
    dryRun,
    options: operation === "CONNECT" ? undefined : (admission.options ?? optionsOf(admission)),
    warn: (text) => void remarks.push(text),
    context,
  };
}

function optionsOf({ operation, target }: Admission): JsonObject {
  const kinds = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" };
  const { dryRun, fieldManager, sentFieldValidation = "" } = target;
  return {
    kind: operation === "CONNECT" ? "" : kinds[operation],
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun ? { dryRun: ["All"] } : {}),
    ...(fieldManager === "" ? {} : { fieldManager }),
    ...(sentFieldValidation === "" ? {} : { fieldValidation: sentFieldValidation }),
  };
}

/** As it is on its way: with its owners, and without a name that the server is still to give. */
function shownObject(object: JsonObject, { managedFields, isUnnamed }: AdmitOptions): JsonObject {
  const shown = copyJson(object);
  const metadata = metadataOf(shown);
  if (isUnnamed === true) delete metadata["name"];
  if (Array.isArray(managedFields) && managedFields.length > 0)
    metadata["managedFields"] = copyJson(managedFields);
  return shown;
}

function readAgain(patched: JsonValue, { resource }: WriteTarget): JsonObject {
  try {
    const named = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    return decodeObject({ ...named, ...(patched as JsonObject) }, resource).object;
  } catch (error) {
    if (error instanceof KindError || error instanceof DecodeError)
      throw refuse.internalError(error instanceof KindError ? error.problem : error.message);
    throw error;
  }
}
