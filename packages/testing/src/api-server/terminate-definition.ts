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

interface Terminating {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** What the condition `Terminating` of a definition says from its deletion on. */
export const TERMINATING = {
  pending: {
    status: "True",
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  },
  inProgress: {
    status: "True",
    reason: "InstanceDeletionInProgress",
    message: "CustomResource deletion is in progress",
  },
  completed: {
    status: "False",
    reason: "InstanceDeletionCompleted",
    message: "removed all instances",
  },
} as const satisfies Readonly<Record<string, Terminating>>;

/** The status of a definition with its condition `Terminating`. */
export function terminatingStatus(
  crd: JsonObject,
  { status: state, reason, message }: Terminating,
  context: ServerContext,
): JsonObject {
  const status = (crd["status"] ?? {}) as JsonObject;
  const conditions = (status["conditions"] ?? []) as JsonObject[];
  const old = conditions.find(({ type }) => type === "Terminating");
  const now = formatTime(context.clock.now());
  const terminating = {
    type: "Terminating",
    status: state,
    lastTransitionTime: old?.["status"] === state ? (old["lastTransitionTime"] ?? now) : now,
    reason,
    message,
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
