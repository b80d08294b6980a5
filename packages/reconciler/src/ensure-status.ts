import { isDeepStrictEqual } from "node:util";
import {
  type Condition,
  formatTime,
  Machine,
  type MachineStatus,
  objectKeyOf,
  setCondition,
} from "@kvop/core";
import type { MachineConditionType } from "./machine-blocked-error.js";
import type { ReconcileContext } from "./reconcile-context.js";
import { asStoredMachine, type StoredMachine } from "./served-machine.js";

/** A condition as a step decides on it; the time comes from the clock. */
export interface WantedCondition {
  readonly type: MachineConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** What a pass wants the status to say. Fields that are absent stay as they are; `undefined` and empty lists are removed. */
export interface WantedStatus {
  readonly fields: Partial<Omit<MachineStatus, "conditions">>;
  readonly conditions: readonly WantedCondition[];
}

/**
 * The merge patch that makes the status say what is wanted, or undefined when it says so already. Pure.
 *
 * @param time RFC 3339, for conditions whose status changes.
 */
export function buildStatusPatch(
  present: MachineStatus | undefined,
  wanted: WantedStatus,
  time: string,
): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const old: Readonly<Record<string, unknown>> = { ...present };
  for (const [name, value] of Object.entries(wanted.fields)) {
    const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
    if (isEmpty) {
      if (old[name] !== undefined) patch[name] = null;
    } else if (!isDeepStrictEqual(plain(old[name]), plain(value))) {
      patch[name] = value;
    }
  }
  // Entries of type "Unknown" are what the Go operator appends for ever; no reader can use them.
  const kept = (present?.conditions ?? []).filter(({ type }) => type !== "Unknown") as Condition[];
  const conditions = wanted.conditions.reduce<Condition[]>(
    (list, condition) => setCondition(list, condition, time),
    kept,
  );
  if (!isDeepStrictEqual(plain(present?.conditions ?? []), plain(conditions)))
    patch["conditions"] = conditions;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Writes the status where it says something else than wanted; nobody else's change is overwritten. */
export async function ensureStatus(
  context: ReconcileContext,
  machine: StoredMachine,
  wanted: WantedStatus,
): Promise<StoredMachine> {
  const time = formatTime(context.clock.now());
  const status = buildStatusPatch(machine.status, wanted, time);
  if (status === undefined) return machine;
  const { uid, resourceVersion } = machine.metadata;
  const patched = await context.supervisor.patch(
    Machine,
    objectKeyOf(machine),
    { type: "merge", patch: { metadata: { uid, resourceVersion }, status } },
    { subresource: "status", signal: context.signal },
  );
  return asStoredMachine(patched);
}

/** As it would come back from the server: without fields that are undefined. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
