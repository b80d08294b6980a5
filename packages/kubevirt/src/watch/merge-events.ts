import type { KubernetesObject, ReflectorEvent } from "@kvop/core";

/** What happened to one object, not yet read: nothing longer than `deleted` and `added` of the next of its name. */
export type PendingEvents<T extends KubernetesObject> = readonly ReflectorEvent<T>[];

/**
 * Puts the events of one object that wait for a slow reader together with a newer one, so that reading what is left gives the
 * same state; undefined when nothing is left.
 */
export function mergeEvents<T extends KubernetesObject>(
  waiting: PendingEvents<T>,
  next: PendingEvents<T>,
): PendingEvents<T> | undefined {
  const merged = next.reduce<PendingEvents<T>>(addEvent, waiting);
  return merged.length === 0 ? undefined : merged;
}

function addEvent<T extends KubernetesObject>(
  waiting: PendingEvents<T>,
  next: ReflectorEvent<T>,
): PendingEvents<T> {
  const last = waiting.at(-1);
  const before = waiting.slice(0, -1);
  if (last === undefined) return [next];
  if (last.type === "deleted") return [...waiting, next];
  if (next.type === "deleted") return last.type === "added" ? before : [...before, next];
  // What the reader has not seen yet has no old version for it.
  if (last.type === "added") return [...before, { type: "added", object: next.object }];
  return [...before, { type: "modified", object: next.object, old: last.old }];
}
