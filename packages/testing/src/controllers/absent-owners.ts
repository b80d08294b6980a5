import { copyJson, type JsonObject } from "../schema/json.js";
import { keyOf } from "../store/object-store.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import { storeKey } from "../api-server/write-target.js";

interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * Looks for the owners that a stored object names. Those that do not exist are taken from its list, as long as another one
 * does.
 *
 * @returns whether none of them exists: the object is garbage. An owner of a kind that is not served may exist.
 */
export function isOfAbsentOwners(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): boolean {
  const stored = context.store.get(resource.storageKey, keyOf(object));
  if (stored === undefined) return false;
  const { ownerReferences, deletionTimestamp, namespace } = stored["metadata"] as {
    ownerReferences?: readonly OwnerReference[];
    deletionTimestamp?: string;
    namespace?: string;
  };
  if (ownerReferences === undefined || deletionTimestamp !== undefined) return false;
  const present = ownerReferences.filter((owner) => !isAbsent(owner, namespace, context));
  if (present.length === ownerReferences.length) return false;
  if (present.length === 0) return true;
  const kept = new Set(present.map(({ uid }) => uid));
  const next = copyJson(stored);
  const metadata = next["metadata"] as JsonObject;
  metadata["ownerReferences"] = (metadata["ownerReferences"] as JsonObject[]).filter(({ uid }) =>
    kept.has(String(uid)),
  );
  context.store.put(resource.storageKey, next);
  return false;
}

function isAbsent(
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string | undefined,
  context: ServerContext,
): boolean {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const resource = context.registry
    .all()
    .find((each) => each.kind === kind && each.version === version && each.group === group);
  // What is outside all namespaces cannot be owned from within one: nothing is done about it.
  if (resource === undefined || (resource.namespaced && namespace === undefined)) return false;
  const key = storeKey(resource.namespaced ? (namespace ?? "") : "", name);
  const owner = context.store.get(resource.storageKey, key);
  return (owner?.["metadata"] as JsonObject | undefined)?.["uid"] !== uid;
}
