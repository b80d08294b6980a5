import type { ClusterConnection } from "../policy/cluster-connection.js";

/** How the supervisor is reached, and how that is read anew where parts of it are in files that rotate. */
export interface SupervisorConnection {
  readonly connection: ClusterConnection;
  /** Reads the files again; undefined when there are none. The server stays the one it was. */
  readonly read: (() => Promise<ClusterConnection>) | undefined;
}
