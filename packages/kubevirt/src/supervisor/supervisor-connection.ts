import type { ClusterConnection } from "../policy/cluster-connection.js";

/** How the supervisor is reached at the moment. */
export interface SupervisorConnection {
  readonly connection: ClusterConnection;
  /** Milliseconds after which it is to be read anew; undefined when nothing of it rotates. */
  readonly refreshAfterMs: number | undefined;
}

/** Reads how the supervisor is reached, again and again where files or a program say so. The server stays the one it was. */
export type ReadSupervisor = () => Promise<SupervisorConnection>;

/** kubelet replaces a token when four fifths of its life, an hour as a rule, are over; client-go re-reads each minute. */
export const FILE_REFRESH_MS = 60_000;
