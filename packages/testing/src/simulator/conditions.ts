import type { SimulatedCondition } from "./simulated-kinds.js";

export function findSimulatedCondition(
  conditions: readonly SimulatedCondition[] | undefined,
  type: string,
): SimulatedCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function hasCondition(
  conditions: readonly SimulatedCondition[] | undefined,
  type: string,
  status: string,
  reason?: string,
): boolean {
  const found = findSimulatedCondition(conditions, type);
  return found?.status === status && (reason === undefined || found.reason === reason);
}

/** Replaces a condition when status, reason or message differ; times alone change nothing. New ones go to the end. */
export function withCondition(
  conditions: readonly SimulatedCondition[] | undefined,
  condition: SimulatedCondition,
): SimulatedCondition[] {
  const complete = {
    ...condition,
    lastProbeTime: condition.lastProbeTime ?? null,
    lastTransitionTime: condition.lastTransitionTime ?? null,
  };
  const present = findSimulatedCondition(conditions, condition.type);
  if (present === undefined) return [...(conditions ?? []), complete];
  const isSame =
    present.status === condition.status &&
    present.reason === condition.reason &&
    present.message === condition.message;
  return (conditions ?? []).map((each) =>
    each.type === condition.type && !isSame ? complete : each,
  );
}

export function withoutCondition(
  conditions: readonly SimulatedCondition[] | undefined,
  type: string,
): SimulatedCondition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
