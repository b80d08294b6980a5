import type { Clock } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";

/** kubelet replaces a token when four fifths of its life, an hour as a rule, are over; client-go re-reads each minute. */
const MAX_AGE_MS = 60_000;
/** Files that do not fit together are about to be replaced as well. */
const RETRY_MS = 5000;

/**
 * A connection whose token, CA or client certificate stand in files: read again at most once a minute, by one reader for all who
 * ask. The last good one is kept while the files cannot be read or do not fit together.
 */
export function rotatingConnection(
  initial: ClusterConnection,
  read: () => Promise<ClusterConnection>,
  clock: Clock,
): () => Promise<ClusterConnection> {
  let connection = initial;
  let dueMs = clock.monotonic() + MAX_AGE_MS;
  let reading: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    let isGood = true;
    try {
      connection = await read();
    } catch {
      // Replaced at this moment, or gone for a while: what was read before may still be good.
      isGood = false;
    }
    dueMs = clock.monotonic() + (isGood ? MAX_AGE_MS : RETRY_MS);
    reading = undefined;
  };
  return async () => {
    if (clock.monotonic() >= dueMs) await (reading ??= refresh());
    return connection;
  };
}
