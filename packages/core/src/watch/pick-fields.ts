import type { KubernetesObject } from "../client/kubernetes-object.js";

/** What every kept object needs: its identity, its version, and whether it is going away. */
const ALWAYS = [
  "apiVersion",
  "kind",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.deletionTimestamp",
] as const;

type Picks = Map<string, Picks | undefined>;

/**
 * A function that makes a copy of an object with these fields alone, and those that identify it.
 *
 * @param fields Paths with dots, such as `metadata.labels` or `status.printableStatus`. A path into a list takes the whole
 *   list; a key that has dots itself cannot be named, only what is above it.
 */
export function pickFields<T extends KubernetesObject>(
  fields: readonly string[],
): (object: T) => T {
  const picks: Picks = new Map();
  for (const path of [...ALWAYS, ...fields]) addPath(picks, path.split("."));
  return (object) => pick(object as Record<string, unknown>, picks) as T;
}

/** Whether all fields are in the metadata, so that a watch of metadata alone is enough. */
export function areMetadataFields(fields: readonly string[]): boolean {
  return fields.every((path) => path === "metadata" || path.startsWith("metadata."));
}

function addPath(picks: Picks, path: readonly string[]): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    picks.set(first, undefined);
    return;
  }
  // A shorter path that was asked for already takes the whole.
  if (picks.has(first) && picks.get(first) === undefined) return;
  const inner = picks.get(first) ?? new Map<string, Picks | undefined>();
  picks.set(first, inner);
  addPath(inner, rest);
}

function pick(value: Record<string, unknown>, picks: Picks): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [field, inner] of picks) {
    // Own fields alone: an object from outside may have a field named like one of every object's.
    if (!Object.hasOwn(value, field)) continue;
    const found = value[field];
    const isMapping = typeof found === "object" && found !== null && !Array.isArray(found);
    picked[field] =
      inner === undefined || !isMapping ? found : pick(found as Record<string, unknown>, inner);
  }
  return picked;
}
