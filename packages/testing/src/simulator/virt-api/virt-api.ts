import type { OwnWrites } from "../own-writes.js";
import type { ClusterClient, ObjectKey } from "@kvop/core";
import type { StageFailure } from "../stage-control.js";
import type { SimulatedInstance } from "../simulated-kinds.js";

/** What virt-api's calls reach. */
export interface VirtApi {
  readonly client: ClusterClient;
  /** Tells virt-handler to pause a guest, or to let it go on. */
  readonly pause: (key: ObjectKey, isPaused: boolean) => void;
  /** Why virt-handler cannot do so; undefined when it can. */
  readonly pauseFailure: (key: ObjectKey) => StageFailure | undefined;
  /** Writes down a migration that fails. */
  readonly refuseMigration: (instance: SimulatedInstance) => Promise<void>;
  /** Writes of instances that virt-api itself makes. */
  readonly ownWrites: OwnWrites;
}
