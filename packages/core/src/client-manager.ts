import type { CallOptions, RemoteClient, SupervisorClient } from "./client/cluster-client.js";
import type { KubevirtConfig } from "./resources/kubevirt-config.js";
import type { Machine } from "./resources/machine.js";

/** The client that a Machine's objects are written with, and the choice behind it. */
export interface MachineClient {
  readonly client: RemoteClient;
  /** Name of the KubevirtConfig that was chosen. */
  readonly configName: string;
  /**
   * True when the Machine does not record the choice yet: write `configName` into its annotation
   * `vitistack.io/kubevirt-config` before the first write to the cluster.
   */
  readonly needsUpdate: boolean;
}

/**
 * Clients of many KubeVirt clusters, one a KubevirtConfig.
 *
 * @typeParam RestConfig what `getRESTConfigForConfig` gives; `KubeConfig` of `@kubernetes/client-node` in production.
 */
export interface ClientManager<RestConfig = unknown> extends AsyncDisposable {
  /**
   * The client of a config's cluster: cached, and built once for any number of concurrent callers.
   *
   * @throws ConfigNotFoundError, SecretNotFoundError, SecretKeyMissingError, KubeconfigInvalidError, KubeconfigRefusedError,
   *   TransportError, ApiError
   */
  getClientForConfig(kubevirtConfigName: string, options?: CallOptions): Promise<RemoteClient>;
  /** All KubevirtConfigs, sorted by name. */
  listKubevirtConfigs(options?: CallOptions): Promise<KubevirtConfig[]>;
  /** Drops the cached client; the next call builds a new one, also when a build is under way now. */
  invalidateClient(kubevirtConfigName: string): void;
  /** `invalidateClient` for every config. */
  invalidateAll(): void;
  /** Namespace of the KubevirtConfigs (where they are namespaced) and of their Secrets. */
  getConfigNamespace(): string;
  /** Resolves when the cluster answers a request with the config's credentials, else rejects with a typed error. */
  validateConnection(kubevirtConfigName: string, options?: CallOptions): Promise<void>;
  /**
   * The client of the cluster that a Machine belongs to, chosen by `chooseCluster`.
   *
   * @throws AmbiguousClusterError, NoClusterError, DuplicateVirtualMachineError, PlacementConflictError,
   *   PlacementUnknownError, and whatever `getClientForConfig` throws
   */
  getOrCreateClientFromMachine(machine: Machine, options?: CallOptions): Promise<MachineClient>;
  /** The unhealthy configs with the reason of each; empty when all are well. All are asked in parallel. */
  healthCheck(options?: CallOptions): Promise<Map<string, Error>>;
  /** The connection settings of a config's cluster for other libraries. */
  getRESTConfigForConfig(kubevirtConfigName: string, options?: CallOptions): Promise<RestConfig>;
  /** The supervisor's client that the manager was made with. */
  getSupervisorClient(): SupervisorClient;
}
