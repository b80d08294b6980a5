import type { Clock, Logger, Random, SupervisorClient } from "@kvop/core";

import type { ConfigReader } from "../configs/config-reader.js";
import type { LinkSettings } from "../link/open-link.js";
import type { ClusterState } from "../state/cluster-state.js";
import type { ManagedCluster } from "./managed-cluster.js";

/** What all clusters of a manager use. None of it makes one cluster wait for another. */
export interface ClusterContext {
  readonly supervisorClient: SupervisorClient;
  readonly reader: ConfigReader;
  readonly linkSettings: LinkSettings;
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  readonly pollIntervalMs: number;
  readonly configNamespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onState: (state: ClusterState) => void;
  /** Called when there is no config for the cluster. */
  readonly onMissing: (configName: string) => void;
  /** Called when there is another config of the cluster's name. */
  readonly onReplaced: (cluster: ManagedCluster, configUid: string) => void;
  readonly onProbe: (configName: string, isSuccess: boolean) => void;
}
