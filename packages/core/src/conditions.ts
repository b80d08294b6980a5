import type { Condition } from "./client/kubernetes-object.js";

/**
 * The conditions with one set: the others stay as they are, the one of the same type is replaced in place, a new one goes to
 * the end. `lastTransitionTime` moves only when the status does (Kubernetes API conventions). Pure.
 *
 * @param time RFC 3339, used when the status changed.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  condition: Omit<Condition, "lastTransitionTime">,
  time: string,
): Condition[] {
  const present = conditions ?? [];
  const old = present.find(({ type }) => type === condition.type);
  const isTransition = old === undefined || old.status !== condition.status;
  const next: Condition = {
    ...condition,
    lastTransitionTime: isTransition ? time : (old.lastTransitionTime ?? time),
  };
  if (old === undefined) return [...present, next];
  // A list that another writer appended to for ever is healed: one entry a type remains.
  return present
    .filter((entry) => entry === old || entry.type !== condition.type)
    .map((entry) => (entry === old ? next : entry));
}

/** The condition of a type, or undefined. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
