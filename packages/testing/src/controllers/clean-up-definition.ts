import { deleteObject } from "../api-server/delete-object.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import {
  CLEANUP_FINALIZER,
  DEFINITIONS,
  TERMINATING,
  terminatingStatus,
} from "../api-server/terminate-definition.js";
import { NO_DYNAMIC_ADMISSION } from "../dynamic-admission/dynamic-admission.js";
import { metadataOf } from "../api-server/write-target.js";
import { type JsonObject, jsonEqual } from "../schema/json.js";
import { controllerTarget } from "./controller-target.js";

/** How long a real one waits before it looks again whether the objects are gone. */
const POLL_MS = 5000;

/** Deletes the objects of a definition that is being deleted, and lets it go when none is left. */
export function cleanUpDefinition(name: string, context: ServerContext): void {
  const timer = `definition ${name}`;
  if (!isTerminating(name, context) || context.timers.isPending(timer)) return;
  const resource = context.registry.all().find(({ definition }) => definition === name);
  beginDeletion(name, context);
  if (resource !== undefined) deleteInstances(resource, context);
  // Deleting the last object may have come here already.
  if (!isTerminating(name, context)) return;
  if (resource === undefined || context.store.isEmpty(resource.storageKey))
    releaseDefinition(name, context);
  else if (context.controllers.pace === "realistic")
    context.timers.set(timer, POLL_MS, () => cleanUpDefinition(name, context));
}

function isTerminating(name: string, { store }: ServerContext): boolean {
  const { deletionTimestamp, finalizers } = metadataOf(store.get(DEFINITIONS, `/${name}`) ?? {});
  const held = (finalizers ?? []) as string[];
  return deletionTimestamp !== undefined && held.includes(CLEANUP_FINALIZER);
}

function beginDeletion(name: string, context: ServerContext): void {
  const crd = context.store.get(DEFINITIONS, `/${name}`);
  if (crd === undefined) return;
  const status = terminatingStatus(crd, TERMINATING.inProgress, context);
  if (!jsonEqual(status, crd["status"])) context.store.put(DEFINITIONS, { ...crd, status });
}

function deleteInstances(resource: ServedResource, context: ServerContext): void {
  // The real server asks neither webhooks nor policies here.
  const unasked = { ...context, dynamic: NO_DYNAMIC_ADMISSION };
  for (const object of context.store.list(resource.storageKey).objects) {
    const {
      namespace = "",
      name,
      deletionTimestamp,
    } = metadataOf(object) as {
      namespace?: string;
      name: string;
      deletionTimestamp?: string;
    };
    if (deletionTimestamp === undefined)
      deleteObject({}, controllerTarget(resource, namespace, name), unasked);
  }
}

function releaseDefinition(name: string, context: ServerContext): void {
  const { store, registry } = context;
  const crd = store.get(DEFINITIONS, `/${name}`);
  if (crd === undefined) return;
  const held = (metadataOf(crd)["finalizers"] ?? []) as string[];
  const finalizers = held.filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
  if (finalizers.length > 0) {
    const status = terminatingStatus(crd, TERMINATING.completed, context);
    const next: JsonObject = { ...crd, metadata: { ...metadataOf(crd), finalizers }, status };
    store.put(DEFINITIONS, next);
    return;
  }
  const deleted = store.delete(DEFINITIONS, crd);
  const definitions = registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  if (definitions !== undefined) context.afterWrite(definitions, deleted);
}
