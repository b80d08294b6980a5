import type { JsonObject } from "../schema/json.js";
import { keyOf } from "../store/object-store.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";

const CLAIMS = "/persistentvolumeclaims";
const VOLUMES = "/persistentvolumes";
const FINALIZERS: Readonly<Record<string, string>> = {
  [CLAIMS]: "kubernetes.io/pvc-protection",
  [VOLUMES]: "kubernetes.io/pv-protection",
};

/**
 * Lets claims and volumes that are being deleted go once nobody uses them any more: what a controller manager does about the
 * finalizers that admission gives them.
 */
export function releaseStorage(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): void {
  const { storageKey } = resource;
  if (storageKey === "/pods") {
    const namespace = metadataOf(object)["namespace"];
    for (const claim of context.store.list(CLAIMS).objects) {
      if (metadataOf(claim)["namespace"] === namespace) release(CLAIMS, claim, context);
    }
    return;
  }
  const stored =
    storageKey === CLAIMS || storageKey === VOLUMES
      ? context.store.get(storageKey, keyOf(object))
      : undefined;
  if (stored !== undefined) release(storageKey, stored, context);
}

function release(storageKey: string, stored: JsonObject, context: ServerContext): void {
  const metadata = metadataOf(stored);
  const finalizers = (metadata["finalizers"] ?? []) as string[];
  const finalizer = FINALIZERS[storageKey] ?? "";
  if (metadata["deletionTimestamp"] === undefined || !finalizers.includes(finalizer)) return;
  if (isUsed(storageKey, stored, context)) return;
  const resource = context.registry.all().find((each) => each.storageKey === storageKey);
  if (resource === undefined) return;
  const rest = finalizers.filter((each) => each !== finalizer);
  const { finalizers: _, ...others } = metadata;
  const next = {
    ...stored,
    metadata: rest.length === 0 ? others : { ...others, finalizers: rest },
  };
  const saved =
    rest.length === 0
      ? context.store.delete(storageKey, next)
      : context.store.put(storageKey, next);
  context.afterWrite(resource, saved);
}

function isUsed(storageKey: string, stored: JsonObject, { store }: ServerContext): boolean {
  if (storageKey === VOLUMES)
    return (stored["status"] as JsonObject | undefined)?.["phase"] === "Bound";
  const { namespace, name } = metadataOf(stored);
  return store.list("/pods").objects.some((pod) => {
    const phase = (pod["status"] as JsonObject | undefined)?.["phase"];
    if (metadataOf(pod)["namespace"] !== namespace || phase === "Succeeded" || phase === "Failed")
      return false;
    const spec = (pod["spec"] ?? {}) as JsonObject;
    const volumes = (spec["volumes"] ?? []) as JsonObject[];
    return volumes.some((volume) => {
      const claim = volume["persistentVolumeClaim"] as JsonObject | undefined;
      return claim?.["claimName"] === name;
    });
  });
}

function metadataOf(object: JsonObject): JsonObject {
  return object["metadata"] as JsonObject;
}
