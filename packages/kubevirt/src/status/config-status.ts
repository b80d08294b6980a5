import type { KubevirtConfigStatus } from "@kvop/core";

import type { ClusterState } from "../state/cluster-state.js";

/** What is shown of a state in the status of its KubevirtConfig. */
export type ShownStatus = Required<Pick<KubevirtConfigStatus, "phase" | "status" | "message">>;

/** Longer messages are cut: a status is read in a terminal. */
const MAX_MESSAGE_LENGTH = 1024;

/**
 * The status of a KubevirtConfig in this state: `phase` is the type of the state, `status` its reason. Undefined for states
 * that say nothing yet (a manager that has just started does not overwrite what it does not know better) or nothing any
 * more.
 */
export function buildConfigStatus(state: ClusterState): ShownStatus | undefined {
  if (!["ready", "degraded", "unreachable", "refused"].includes(state.type)) return undefined;
  return {
    phase: `${state.type.slice(0, 1).toUpperCase()}${state.type.slice(1)}`,
    status: state.reason,
    message: state.message.slice(0, MAX_MESSAGE_LENGTH),
  };
}

/** Whether the status shows this already. */
export function isShown(current: KubevirtConfigStatus | undefined, shown: ShownStatus): boolean {
  if (current === undefined) return false;
  return (
    current.phase === shown.phase &&
    current.status === shown.status &&
    current.message === shown.message
  );
}
