import { type Clock, formatTime, type Random } from "@kvop/core";
import type { SimulatedInstance, StartFailure } from "../simulated-kinds.js";
import { isFinal } from "./virtual-machine-pass.js";

const LONGEST_DELAY_SECONDS = 300;
const SHORTEST_INTERVAL_SECONDS = 10;
const COUNTED_STRATEGIES = new Set(["Always", "RerunOnFailure", "Once"]);

/** Counts starts that failed before the guest ever ran, and says when the next may be tried. */
export function nextStartFailure(
  present: StartFailure | undefined,
  runStrategy: string,
  instance: SimulatedInstance | undefined,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): StartFailure | undefined {
  const hasRun = (instance?.status?.phaseTransitionTimestamps ?? []).some(
    ({ phase }) => phase === "Running",
  );
  if (hasRun || !COUNTED_STRATEGIES.has(runStrategy)) return undefined;
  if (instance === undefined || !isFinal(instance)) return present;
  const uid = instance.metadata?.uid ?? "";
  if (present?.lastFailedVMIUID === uid) return present;
  const count = (present?.consecutiveFailCount ?? 0) + 1;
  const delayMs = startBackOffSeconds(count, random) * 1000;
  return {
    consecutiveFailCount: count,
    lastFailedVMIUID: uid,
    retryAfterTimestamp: formatTime(clock.now() + delayMs),
  };
}

/** Seconds to wait after so many failed starts: 10 to 15, 40 to 60, 90 to 135, ..., at most 300. */
export function startBackOffSeconds(failCount: number, random: Random): number {
  const interval = Math.max(Math.floor(LONGEST_DELAY_SECONDS / 30), SHORTEST_INTERVAL_SECONDS);
  const delay = interval * Math.max(failCount, 1) ** 2;
  // Spread, so that many machines that failed together do not start together.
  const spread = Math.floor(random.next() * (Math.floor(delay / 2) + 1));
  return Math.min(delay + spread, LONGEST_DELAY_SECONDS);
}
