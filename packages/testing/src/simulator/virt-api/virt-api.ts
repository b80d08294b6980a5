import type { ClusterClient, ObjectKey } from "@kvop/core";
import type { SimulatedInstance } from "../simulated-kinds.js";

/** What virt-api's calls reach. */
export interface VirtApi {
  readonly client: ClusterClient;
  /** Tells virt-handler to pause a guest, or to let it go on. */
  readonly pause: (key: ObjectKey, isPaused: boolean) => void;
  /** Writes down a migration that fails. */
  readonly refuseMigration: (instance: SimulatedInstance) => Promise<void>;
  /** Runs a write that changes the spec of an instance: nobody else may do so. */
  readonly changingSpec: <T>(uid: string, write: () => Promise<T>) => Promise<T>;
}
