import type { ClusterConnection } from "../policy/cluster-connection.js";

/** How the supervisor is reached, and how its token is read anew where it is in a file. */
export interface SupervisorConnection {
  readonly connection: ClusterConnection;
  /** File with the bearer token of the moment. */
  readonly tokenFile?: string | undefined;
}
