import { deleteObject } from "../api-server/delete-object.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import { copyJson, type JsonObject } from "../schema/json.js";
import { keyOf } from "../store/object-store.js";
import { isOfAbsentOwners } from "./absent-owners.js";
import { controllerTarget } from "./controller-target.js";
import { storedResources } from "./stored-resources.js";

/** Deletes what an object owned once it is gone, and lets go of an owner that waited for its last dependent. */
export function collectGarbage(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): void {
  const metadata = object["metadata"] as {
    uid?: string;
    finalizers?: string[];
    deletionTimestamp?: string;
  };
  const isGone = context.store.get(resource.storageKey, keyOf(object)) === undefined;
  const isForeground =
    metadata.deletionTimestamp !== undefined &&
    metadata.finalizers?.includes("foregroundDeletion") === true;
  const isOrphaning =
    metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes("orphan") === true;
  if (isGone || isForeground) {
    const concerned = dependents(metadata.uid, context);
    for (const [each, dependent] of isGone ? concerned : blocking(concerned, metadata.uid)) {
      const {
        namespace = "",
        name,
        uid,
        deletionTimestamp,
      } = dependent["metadata"] as {
        namespace?: string;
        name: string;
        uid?: string;
        deletionTimestamp?: string;
      };
      const owners = ((dependent["metadata"] as JsonObject)["ownerReferences"] ?? []) as {
        uid: string;
      }[];
      const hasOther = owners.some(({ uid }) => uid !== metadata.uid && isAlive(uid, context));
      if (deletionTimestamp === undefined && !hasOther) {
        const how =
          isForeground && dependents(uid, context).length > 0
            ? { propagationPolicy: "Foreground" }
            : {};
        context.dynamic.asController(context, (own) =>
          deleteObject(how, controllerTarget(each, namespace, name), own),
        );
      } else if (isGone && hasOther) isOfAbsentOwners(each, dependent, context);
    }
  }
  if (isOrphaning) {
    for (const [each, dependent] of dependents(metadata.uid, context)) {
      const copied = copyJson(dependent);
      const inside = copied["metadata"] as JsonObject;
      const others = (inside["ownerReferences"] as { uid: string }[]).filter(
        ({ uid }) => uid !== metadata.uid,
      );
      if (others.length > 0) inside["ownerReferences"] = others;
      else delete inside["ownerReferences"];
      context.store.put(each.storageKey, copied);
    }
    dropFinalizer(resource, object, "orphan", context);
  }
  if (isForeground && blocking(dependents(metadata.uid, context), metadata.uid).length === 0)
    dropFinalizer(resource, object, "foregroundDeletion", context);
  if (isGone) releaseForegroundOwners(object, context);
  if (isOfAbsentOwners(resource, object, context)) {
    const { namespace = "", name } = object["metadata"] as { namespace?: string; name: string };
    const target = controllerTarget(resource, namespace, name);
    context.dynamic.asController(context, (own) => deleteObject({}, target, own));
  }
}

function releaseForegroundOwners(object: JsonObject, context: ServerContext): void {
  const owners = ((object["metadata"] as JsonObject)["ownerReferences"] ?? []) as { uid: string }[];
  for (const { uid } of owners) {
    for (const resource of storedResources(context)) {
      const owner = context.store
        .list(resource.storageKey)
        .objects.find((each) => (each["metadata"] as JsonObject)["uid"] === uid);
      const finalizers = ((owner?.["metadata"] as JsonObject | undefined)?.["finalizers"] ??
        []) as string[];
      if (owner === undefined || !finalizers.includes("foregroundDeletion")) continue;
      if (blocking(dependents(uid, context), uid).length === 0)
        dropFinalizer(resource, owner, "foregroundDeletion", context);
    }
  }
}

function dropFinalizer(
  resource: ServedResource,
  object: JsonObject,
  finalizer: string,
  context: ServerContext,
): void {
  const stored = context.store.get(resource.storageKey, keyOf(object));
  if (stored === undefined) return;
  const metadata = { ...(stored["metadata"] as JsonObject) };
  const rest = ((metadata["finalizers"] ?? []) as string[]).filter((each) => each !== finalizer);
  if (rest.length > 0) {
    context.store.put(resource.storageKey, {
      ...stored,
      metadata: { ...metadata, finalizers: rest },
    });
    return;
  }
  delete metadata["finalizers"];
  // What ends gracefully is deleted by whoever ends it.
  if (Number(metadata["deletionGracePeriodSeconds"] ?? 0) > 0) {
    context.store.put(resource.storageKey, { ...stored, metadata });
    return;
  }
  const gone = context.store.delete(resource.storageKey, { ...stored, metadata });
  context.afterWrite(resource, gone);
}

function dependents(
  uid: string | undefined,
  context: ServerContext,
): (readonly [ServedResource, JsonObject])[] {
  if (uid === undefined) return [];
  const found: (readonly [ServedResource, JsonObject])[] = [];
  for (const resource of storedResources(context)) {
    for (const object of context.store.list(resource.storageKey).objects) {
      const owners = ((object["metadata"] as JsonObject)["ownerReferences"] ?? []) as {
        uid?: string;
      }[];
      if (owners.some((owner) => owner.uid === uid)) found.push([resource, object]);
    }
  }
  return found;
}

/** Of dependents those that an owner being deleted in the foreground waits for. */
function blocking(
  found: ReturnType<typeof dependents>,
  ownerUid: string | undefined,
): ReturnType<typeof dependents> {
  return found.filter(([, dependent]) =>
    (
      ((dependent["metadata"] as JsonObject)["ownerReferences"] ?? []) as {
        uid?: string;
        blockOwnerDeletion?: boolean;
      }[]
    ).some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true),
  );
}

function isAlive(uid: string, context: ServerContext): boolean {
  return storedResources(context).some((resource) =>
    context.store
      .list(resource.storageKey)
      .objects.some((object) => (object["metadata"] as JsonObject)["uid"] === uid),
  );
}
