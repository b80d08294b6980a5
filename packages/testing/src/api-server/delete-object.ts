import { inPrintedOrder } from "./printed-order.js";
import { formatTime } from "@kvop/core";
import { copyJson, type JsonObject, jsonEqual } from "../schema/json.js";
import { judgeDeletion } from "../dynamic-admission/admit-write.js";
import { checkNamespaceDeletion, judgeObject, mutateObject } from "./admit-object.js";
import { decideGracefulDeletion, type GracefulDeletion } from "./graceful-deletion.js";
import { refuse } from "./refusal.js";
import type { ServerContext } from "./server-context.js";
import {
  CLEANUP_FINALIZER,
  DEFINITIONS,
  TERMINATING,
  terminatingStatus,
} from "./terminate-definition.js";
import { isHeldBySpec } from "./update-object.js";
import { metadataOf, requestedKey, type WriteTarget } from "./write-target.js";

/** Options in the body or the query of a delete. */
export interface DeleteRequest {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  /** Deletes what cannot be read, and nothing else: an object of this server can always be. */
  readonly isForUnreadable?: boolean | undefined;
}

/** Deletes at once, or marks the object when something holds it; `waits` tells which. */
export function deleteObject(
  options: DeleteRequest,
  target: WriteTarget,
  context: ServerContext,
): Deleted {
  const { resource, namespace, name = "" } = target;
  checkNamespaceDeletion(resource, name);
  const stored = context.store.get(resource.storageKey, requestedKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(resource, name);
  if (options.isForUnreadable === true) throw refuse.readable(resource, namespace, name);
  checkPreconditions(options, stored, target);
  const admission = {
    operation: "DELETE",
    old: stored,
    target,
    context,
    remarks: [] as string[],
  } as const;
  mutateObject(copyJson(stored), admission);
  const graceful = decideGracefulDeletion(
    resource,
    stored,
    options.gracePeriodSeconds,
    context.clock.now(),
  );
  const seconds =
    graceful === undefined || graceful.kind === "pending"
      ? options.gracePeriodSeconds
      : Number(metadataOf(graceful.marked)["deletionGracePeriodSeconds"]);
  const asked = { ...options, gracePeriodSeconds: seconds };
  judgeDeletion({ ...admission, options: optionsOf(asked, target.dryRun) });
  judgeObject(stored, admission);
  const finalizers = finalizersAfter(metadataOf(stored), options);
  return graceful === undefined
    ? deleteAtOnce(stored, finalizers, target, context)
    : deleteGracefully(graceful, stored, finalizers, target, context);
}

/** As webhooks are told of it. */
function optionsOf(options: DeleteRequest, dryRun: boolean): JsonObject {
  const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = options;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    kind: "DeleteOptions",
    apiVersion: "meta.k8s.io/v1",
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(dryRun ? { dryRun: ["All"] } : {}),
  };
}

interface Deleted {
  readonly object: JsonObject;
  readonly waits: boolean;
}

function deleteAtOnce(
  stored: JsonObject,
  asked: readonly string[],
  target: WriteTarget,
  context: ServerContext,
): Deleted {
  const { resource } = target;
  const old = metadataOf(stored);
  const isDefinition = resource.storageKey === DEFINITIONS;
  const finalizers =
    isDefinition && old["deletionTimestamp"] === undefined
      ? [...asked.filter((each) => each !== CLEANUP_FINALIZER), CLEANUP_FINALIZER]
      : asked;
  if (finalizers.length === 0 && !isHeldBySpec(stored, resource.storageKey)) {
    if (target.dryRun) return { object: stored, waits: false };
    const deleted = context.store.delete(resource.storageKey, stored);
    context.afterWrite(resource, deleted);
    return { object: deleted, waits: false };
  }
  const isMarked = old["deletionTimestamp"] !== undefined;
  const isHeldMore = finalizers.length !== ((old["finalizers"] ?? []) as string[]).length;
  if (isMarked && !isHeldMore) return { object: stored, waits: true };
  const metadata: JsonObject = isMarked
    ? { ...old }
    : {
        ...old,
        deletionTimestamp: formatTime(context.clock.now()),
        ...(resource.storageKey === "/namespaces" ? {} : { deletionGracePeriodSeconds: 0 }),
      };
  if (finalizers.length > 0) metadata["finalizers"] = [...finalizers];
  if (!isMarked && !isDefinition && Number(old["generation"] ?? 0) > 0)
    metadata["generation"] = Number(old["generation"]) + 1;
  const next: JsonObject = { ...stored, metadata };
  if (isDefinition && !isMarked)
    next["status"] = terminatingStatus(stored, TERMINATING.pending, context);
  if (resource.storageKey === "/namespaces")
    next["status"] = { ...(stored["status"] as JsonObject), phase: "Terminating" };
  if (target.dryRun) return { object: next, waits: true };
  const saved = context.store.put(resource.storageKey, inPrintedOrder(next, resource));
  context.afterWrite(resource, saved);
  return { object: saved, waits: true };
}

function deleteGracefully(
  deletion: GracefulDeletion,
  stored: JsonObject,
  finalizers: readonly string[],
  { resource, dryRun }: WriteTarget,
  context: ServerContext,
): Deleted {
  if (deletion.kind === "pending") return { object: stored, waits: true };
  const metadata = {
    ...metadataOf(deletion.marked),
    ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }),
  };
  const marked = { ...deletion.marked, metadata };
  const waits = deletion.kind === "later" || finalizers.length > 0;
  if (dryRun) return { object: marked, waits };
  const saved = jsonEqual(marked, stored)
    ? stored
    : context.store.put(resource.storageKey, inPrintedOrder(marked, resource));
  if (waits) {
    context.afterWrite(resource, saved);
    return { object: saved, waits };
  }
  const deleted = context.store.delete(resource.storageKey, saved);
  context.afterWrite(resource, deleted);
  return { object: saved, waits };
}

function checkPreconditions(
  options: DeleteRequest,
  stored: JsonObject,
  { resource, name = "" }: WriteTarget,
): void {
  const old = metadataOf(stored);
  for (const [field, label, why] of [
    ["uid", "UID", "The object might have been deleted and then recreated"],
    ["resourceVersion", "ResourceVersion", "The object might have been modified"],
  ] as const) {
    const wanted = options[field];
    if (wanted === undefined || wanted === old[field]) continue;
    // The real server names the kind here, where everywhere else it names the resource.
    throw refuse.conflict(
      { ...resource, plural: resource.kind },
      name,
      `the ${label} in the precondition (${wanted}) does not match the ${label} in record (${String(old[field])}). ${why}`,
    );
  }
}

function finalizersAfter(old: JsonObject, { propagationPolicy }: DeleteRequest): string[] {
  const finalizers = new Set((old["finalizers"] ?? []) as string[]);
  if (propagationPolicy !== undefined) {
    finalizers.delete("foregroundDeletion");
    finalizers.delete("orphan");
  }
  if (propagationPolicy === "Foreground") finalizers.add("foregroundDeletion");
  if (propagationPolicy === "Orphan") finalizers.add("orphan");
  return [...finalizers];
}
