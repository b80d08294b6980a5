import type { ClientManager, Clock, Logger, Random, SupervisorClient } from "@kvop/core";
import type { ReconcilerSettings } from "./settings.js";

/** What each step of one pass works with. */
export interface ReconcileContext {
  readonly supervisor: SupervisorClient;
  readonly clientManager: ClientManager;
  readonly settings: ReconcilerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
  /** Throws when the cluster is known to be unusable at the moment, so that no worker waits for its deadline. */
  readonly checkCluster: (configName: string) => void;
}
