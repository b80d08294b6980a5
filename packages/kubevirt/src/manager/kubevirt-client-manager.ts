import type { KubeConfig } from "@kubernetes/client-node";
import {
  type CallOptions,
  checkObjectName,
  type ClockTimer,
  type ClientManager,
  DisposedError,
  type KubernetesObject,
  type KubevirtConfig,
  type Machine,
  type MachineClient,
  type RemoteClient,
  type Resource,
  type SupervisorClient,
} from "@kvop/core";

import { createKubeConfig } from "../client-node/create-kube-config.js";
import { ConfigFollower } from "../configs/config-follower.js";
import { ConfigReader } from "../configs/config-reader.js";
import { timeLeft } from "../link/time-left.js";
import { ClusterMetrics } from "../metrics/cluster-metrics.js";
import { Placement } from "../placement/placement.js";
import type { SearchedCluster } from "../search/search-virtual-machine.js";
import { checkClusters } from "../state/check-clusters.js";
import type { ClusterState } from "../state/cluster-state.js";
import { StateBoard } from "../state/state-board.js";
import { StatusWriter } from "../status/status-writer.js";
import type { ResourceWatch, WatchResourceOptions } from "../watch/resource-watch.js";
import { ResourceWatches } from "../watch/resource-watches.js";
import { chooseMachineCluster } from "./choose-machine-cluster.js";
import { ClusterMap } from "./cluster-map.js";
import {
  type KubevirtClientManagerOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./manager-options.js";

/**
 * Clients of many KubeVirt clusters: from KubevirtConfig and kubeconfig Secret through the kubeconfig policy to one pooled,
 * cached connection a cluster. The constructor does nothing; each cluster is connected at its first use, once for any
 * number of callers, and from then on probed and kept true to its Secret. Dispose of the manager to end all of that.
 */
export class KubevirtClientManager implements ClientManager<KubeConfig> {
  readonly #supervisorClient: SupervisorClient;
  readonly #options: ResolvedOptions;
  readonly #reader: ConfigReader;
  readonly #configs: ConfigFollower;
  readonly #board = new StateBoard();
  readonly #clusters: ClusterMap;
  readonly #status: StatusWriter;
  readonly #metrics: ClusterMetrics;
  readonly #watches: ResourceWatches;
  readonly #placement: Placement;
  #starting: ClockTimer | undefined;
  #isDisposed = false;

  constructor(supervisorClient: SupervisorClient, options: KubevirtClientManagerOptions = {}) {
    this.#supervisorClient = supervisorClient;
    this.#options = resolveOptions(options);
    this.#reader = new ConfigReader(supervisorClient, this.#options);
    this.#metrics = new ClusterMetrics(this.#options.metrics);
    const reader = this.#reader;
    this.#clusters = new ClusterMap(
      {
        ...this.#options,
        supervisorClient,
        reader,
        linkSettings: {
          ...this.#options,
          observerOf: (name, server) => this.#metrics.observerOf(name, server),
        },
        onProbe: (name, isSuccess) => this.#metrics.probed(name, isSuccess),
      },
      { changed: (state) => this.#stateChanged(state), of: (name) => this.#board.get(name) },
    );
    this.#configs = new ConfigFollower({
      ...this.#options,
      client: supervisorClient,
      reader,
      onEvent: (event) => this.#clusters.configChanged(event),
      onSynced: () => this.#clusters.configsListed((name) => this.#configs.get(name) !== undefined),
      onForbidden: () => this.#clusters.followEach(),
    });
    this.#watches = new ResourceWatches({
      ...this.#options,
      connect: (name, call) => this.getClientForConfig(name, call),
    });
    this.#placement = new Placement({
      ...this.#options,
      supervisorClient,
      stateOf: (name) => this.getClusterState(name),
    });
    this.#status = new StatusWriter({
      ...this.#options,
      client: supervisorClient,
      stateOf: (name) => this.#board.get(name),
      readConfig: (name, call) => this.#configs.read(name, call),
    });
  }

  /** Begins to follow the KubevirtConfigs now; without it the first call does so when it is done. */
  start(): void {
    if (!this.#isDisposed) this.#configs.start();
  }

  async getClientForConfig(
    kubevirtConfigName: string,
    options: CallOptions = {},
  ): Promise<RemoteClient> {
    const client = this.#clusters.get(kubevirtConfigName)?.readyClient;
    if (client !== undefined && options.signal?.aborted !== true) return client;
    checkObjectName(kubevirtConfigName, "KubevirtConfig");
    return this.#running(options, () => this.#clusters.resolveClient(kubevirtConfigName, options));
  }

  listKubevirtConfigs(options: CallOptions = {}): Promise<KubevirtConfig[]> {
    return this.#running(options, () => this.#reader.list(options));
  }

  invalidateClient(kubevirtConfigName: string): void {
    this.#clusters.invalidate(kubevirtConfigName);
  }

  invalidateAll(): void {
    this.#clusters.invalidateAll();
  }

  getConfigNamespace(): string {
    return this.#options.configNamespace;
  }

  /** Asks the cluster now, whatever is remembered of it; all who ask at the same time share one request. */
  async validateConnection(kubevirtConfigName: string, options: CallOptions = {}): Promise<void> {
    checkObjectName(kubevirtConfigName, "KubevirtConfig");
    const { timeoutMs = 2 * this.#options.probeTimeoutMs, signal } = options;
    await this.#running(options, () =>
      this.#clusters.validate(kubevirtConfigName, { signal, timeoutMs }),
    );
  }

  async getOrCreateClientFromMachine(
    machine: Machine,
    options: CallOptions = {},
  ): Promise<MachineClient> {
    const sources = {
      options: this.#options,
      listConfigs: (call: CallOptions) => this.listKubevirtConfigs(call),
      connect: (configName: string, call: CallOptions) => this.#connect(configName, call),
      resolveStrategy: (call: CallOptions) => this.#placement.resolve(call),
    };
    const left = timeLeft(options, this.#options.clock);
    const { configName, needsUpdate } = await chooseMachineCluster(machine, sources, left());
    const client = await this.getClientForConfig(configName, left());
    return { client, configName, needsUpdate };
  }

  /** Asks every cluster now, and gives those that do not answer or are not ready, with the reason. */
  async healthCheck(options: CallOptions = {}): Promise<Map<string, Error>> {
    const left = timeLeft(options, this.#options.clock);
    const configs = await this.listKubevirtConfigs(left());
    const names = configs.map((config) => config.metadata?.name ?? "");
    const { concurrency } = this.#options;
    const check = (name: string, { signal }: CallOptions): Promise<Error | undefined> =>
      this.#checkCluster(name, { ...left(), signal });
    return checkClusters(names, check, { signal: options.signal, concurrency });
  }

  async getRESTConfigForConfig(
    kubevirtConfigName: string,
    options: CallOptions = {},
  ): Promise<KubeConfig> {
    const left = timeLeft(options, this.#options.clock);
    const client = await this.getClientForConfig(kubevirtConfigName, left());
    const { connection } = await this.#clusters.of(kubevirtConfigName).acquire(left());
    return createKubeConfig(kubevirtConfigName, connection, client);
  }

  getSupervisorClient(): SupervisorClient {
    return this.#supervisorClient;
  }

  /** What is known of a cluster; of type `unknown` when nothing is, not even whether there is a config of that name. */
  getClusterState(kubevirtConfigName: string): ClusterState {
    const used = this.#clusters.get(kubevirtConfigName)?.state;
    if (used !== undefined) return used;
    const state = this.#board.get(kubevirtConfigName) ?? {
      type: "unknown",
      configName: kubevirtConfigName,
      changedAtMs: this.#options.clock.now(),
      reason: "NotSeen",
      message: "No KubevirtConfig of this name was seen yet.",
    };
    const failure = this.#clusters.supervisorFailureOf(kubevirtConfigName);
    if (failure === undefined) return state;
    return { ...state, reason: "SupervisorUnavailable", message: failure.message };
  }

  /**
   * The states of all clusters as they are now, one after another, then each change, until the signal aborts or the manager is
   * disposed of. A slow reader gets the newest state of each cluster, and never more of them than there are clusters.
   */
  watchClusterStates(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<ClusterState> {
    this.start();
    return this.#board.watch(options.signal);
  }

  /**
   * Follows a resource of a cluster in a local copy; begins at once, connects the cluster where it is not, and goes on over
   * outages and new credentials until the handle is disposed of or the KubevirtConfig is deleted.
   *
   * @throws DisposedError, InvalidNameError
   */
  watchResource<T extends KubernetesObject>(
    kubevirtConfigName: string,
    resource: Resource<T>,
    options: WatchResourceOptions<T> = {},
  ): ResourceWatch<T> {
    if (this.#isDisposed) throw new DisposedError({ subject: "The client manager" });
    checkObjectName(kubevirtConfigName, "KubevirtConfig");
    return this.#watches.open(kubevirtConfigName, resource, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#starting?.cancel();
    await this.#watches.dispose();
    await this.#placement[Symbol.asyncDispose]();
    await this.#status[Symbol.asyncDispose]();
    await Promise.all([this.#configs[Symbol.asyncDispose](), this.#clusters.dispose()]);
    this.#board.end();
    this.#metrics.end();
  }

  #stateChanged(state: ClusterState): void {
    this.#board.set(state);
    this.#metrics.stateChanged(state);
    this.#watches.stateChanged(state);
    if (this.#options.writeStatus) this.#status.changed(state);
  }

  #startSoon(): void {
    if (this.#isDisposed || this.#starting !== undefined) return;
    const { clock } = this.#options;
    this.#starting = clock.setTimer(() => this.start(), 0, { background: true });
  }

  async #checkCluster(configName: string, call: CallOptions): Promise<Error | undefined> {
    await this.validateConnection(configName, call);
    const state = this.getClusterState(configName);
    return "error" in state ? state.error : undefined;
  }

  async #connect(configName: string, call: CallOptions): Promise<SearchedCluster> {
    const left = timeLeft(call, this.#options.clock);
    const client = await this.getClientForConfig(configName, left());
    const { clusterUid } = await this.#clusters.of(configName).acquire(left());
    return { client, clusterUid };
  }

  /** Runs a call; the first one starts what goes on in the background when it is done, not to be in its way. */
  async #running<Result>(options: CallOptions, call: () => Promise<Result>): Promise<Result> {
    if (this.#isDisposed) throw new DisposedError({ subject: "The client manager" });
    try {
      return await call();
    } finally {
      if (options.signal?.aborted !== true) this.#startSoon();
    }
  }
}
