import { formatTime } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import type { ServedResource } from "./resource-registry.js";
import { refuse } from "./refusal.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf } from "./write-target.js";

/** Where CustomResourceDefinitions are stored. */
export const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";
/** Holds a definition until its objects are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** What a definition's status says from the moment in which it is deleted. */
export function terminatingStatus(crd: JsonObject, context: ServerContext): JsonObject {
  const status = (crd["status"] ?? {}) as JsonObject;
  const conditions = (status["conditions"] ?? []) as JsonObject[];
  const terminating = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: formatTime(context.clock.now()),
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  return {
    ...status,
    conditions: [...conditions.filter(({ type }) => type !== "Terminating"), terminating],
  };
}

/** Refuses new objects of a definition that is being deleted. */
export function checkDefinition(
  resource: ServedResource,
  name: string,
  context: ServerContext,
): void {
  const { definition } = resource;
  const crd =
    definition === undefined ? undefined : context.store.get(DEFINITIONS, `/${definition}`);
  if (crd === undefined || metadataOf(crd)["deletionTimestamp"] === undefined) return;
  throw refuse.forbidden(
    resource,
    name,
    `${resource.plural}.${resource.group} ${JSON.stringify(name)} is forbidden: create not allowed while custom resource definition is terminating`,
  );
}
