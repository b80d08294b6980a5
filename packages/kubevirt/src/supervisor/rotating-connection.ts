import { type Clock, sleep } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import type { ReadSupervisor, SupervisorConnection } from "./supervisor-connection.js";

/** Files that do not fit together are about to be replaced as well; a program may work again soon. */
const RETRY_MS = 5000;
/** Requests wait so long for a new reading at most, and go out with the old one then: a file takes no time, a program may. */
const PATIENCE_MS = 1000;

/**
 * A connection whose token, CA or client certificate rotate: read again when it is due, by one reader for all who ask. The last
 * good one is kept while there is no better.
 */
export function rotatingConnection(
  initial: SupervisorConnection,
  read: ReadSupervisor,
  clock: Clock,
): () => Promise<ClusterConnection> {
  let current = initial;
  let dueMs = clock.monotonic() + (initial.refreshAfterMs ?? Infinity);
  let reading: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    let delayMs = RETRY_MS;
    try {
      current = await read();
      delayMs = current.refreshAfterMs ?? Infinity;
    } catch {
      // Replaced at this moment, or gone for a while: what was read before may still be good.
    }
    dueMs = clock.monotonic() + delayMs;
    reading = undefined;
  };
  return async () => {
    if (clock.monotonic() >= dueMs) await patiently((reading ??= refresh()), clock);
    return current.connection;
  };
}

async function patiently(reading: Promise<void>, clock: Clock): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const pause = sleep(clock, PATIENCE_MS, { signal, background: true }).catch(() => undefined);
  await Promise.race([reading, pause]);
  controller.abort();
}
