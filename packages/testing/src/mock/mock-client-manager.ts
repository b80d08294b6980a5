import {
  type CallOptions,
  chooseCluster,
  type ClientManager,
  type ClusterClient,
  type ClusterSearch,
  clusterChoiceError,
  ConfigNotFoundError,
  formatObjectKey,
  KUBEVIRT_CONFIG_ANNOTATION,
  type KubevirtConfig,
  MACHINE_FINALIZER,
  type Machine,
  type MachineClient,
  Namespace,
  needsClusterSearch,
  objectKeyOf,
  PLACEMENT_ANNOTATION,
  type RemoteClient,
  type SupervisorClient,
  VirtualMachine,
} from "@kvop/core";

/** Settings of {@link MockClientManager}. */
export interface MockClientManagerOptions {
  /** Default: `kubevirt-configs`. */
  readonly configNamespace?: string | undefined;
  /** What `getSupervisorClient` gives. */
  readonly supervisorClient?: SupervisorClient | undefined;
  /** The default config of the choice. */
  readonly defaultConfig?: string | undefined;
}

/**
 * A client manager without clusters: give it clients and configs, let methods fail or do as you say, and look at the calls.
 * For each method a function set in `...Func` comes first, then an error set in `...Error`, then the default, which
 * chooses clusters with the same function as the production manager.
 *
 * It does not dial, cache or watch; `healthCheck` calls every cluster well unless told otherwise.
 */
export class MockClientManager implements ClientManager {
  /** Names that `getClientForConfig` was called with, in order. */
  getClientCalls: string[] = [];
  getOrCreateFromMachineCalls = 0;
  listConfigsCalls = 0;
  /** Names that `validateConnection` was called with, in order. */
  validateConnectionCalls: string[] = [];
  healthCheckCalls = 0;
  /** Names that `getRESTConfigForConfig` was called with, in order. */
  getRESTConfigCalls: string[] = [];
  /** Names that `invalidateClient` was called with, in order. */
  invalidateClientCalls: string[] = [];
  invalidateAllCalls = 0;
  getConfigNamespaceCalls = 0;
  getSupervisorClientCalls = 0;

  getClientForConfigFunc: ClientManager["getClientForConfig"] | undefined;
  listKubevirtConfigsFunc: ClientManager["listKubevirtConfigs"] | undefined;
  invalidateClientFunc: ClientManager["invalidateClient"] | undefined;
  invalidateAllFunc: ClientManager["invalidateAll"] | undefined;
  getConfigNamespaceFunc: ClientManager["getConfigNamespace"] | undefined;
  validateConnectionFunc: ClientManager["validateConnection"] | undefined;
  getOrCreateClientFromMachineFunc: ClientManager["getOrCreateClientFromMachine"] | undefined;
  healthCheckFunc: ClientManager["healthCheck"] | undefined;
  getRESTConfigForConfigFunc: ClientManager["getRESTConfigForConfig"] | undefined;
  getSupervisorClientFunc: ClientManager["getSupervisorClient"] | undefined;

  getClientError: Error | undefined;
  listConfigsError: Error | undefined;
  validateConnectionError: Error | undefined;
  getOrCreateFromMachineError: Error | undefined;
  healthCheckError: Error | undefined;
  getRESTConfigError: Error | undefined;

  /** What `getRESTConfigForConfig` gives. */
  restConfig: unknown = {};

  readonly #clients = new Map<string, RemoteClient>();
  readonly #configs = new Map<string, KubevirtConfig>();
  readonly #options: MockClientManagerOptions;

  constructor(options: MockClientManagerOptions = {}) {
    this.#options = options;
  }

  /** Gives a config a client; a config of that name is implied. */
  addMockedClient(kubevirtConfigName: string, client: RemoteClient): void {
    this.#clients.set(kubevirtConfigName, client);
    if (this.#configs.has(kubevirtConfigName)) return;
    this.addMockedConfig({
      metadata: { name: kubevirtConfigName },
      spec: {
        name: kubevirtConfigName,
        kubeconfigSecretRef: kubevirtConfigName,
        secretNamespace: this.#configNamespace,
      },
    });
  }

  addMockedConfig(config: KubevirtConfig): void {
    this.#configs.set(config.metadata?.name ?? "", config);
  }

  /** Forgets the calls so far; clients, configs, functions and errors stay. */
  resetCallTracking(): void {
    this.getClientCalls = [];
    this.getOrCreateFromMachineCalls = 0;
    this.listConfigsCalls = 0;
    this.validateConnectionCalls = [];
    this.healthCheckCalls = 0;
    this.getRESTConfigCalls = [];
    this.invalidateClientCalls = [];
    this.invalidateAllCalls = 0;
    this.getConfigNamespaceCalls = 0;
    this.getSupervisorClientCalls = 0;
  }

  async getClientForConfig(
    kubevirtConfigName: string,
    options?: CallOptions,
  ): Promise<RemoteClient> {
    this.getClientCalls.push(kubevirtConfigName);
    options?.signal?.throwIfAborted();
    if (this.getClientForConfigFunc !== undefined)
      return this.getClientForConfigFunc(kubevirtConfigName, options);
    if (this.getClientError !== undefined) throw this.getClientError;
    return this.#clientOf(kubevirtConfigName);
  }

  async listKubevirtConfigs(options?: CallOptions): Promise<KubevirtConfig[]> {
    this.listConfigsCalls += 1;
    options?.signal?.throwIfAborted();
    if (this.listKubevirtConfigsFunc !== undefined) return this.listKubevirtConfigsFunc(options);
    if (this.listConfigsError !== undefined) throw this.listConfigsError;
    return this.#configNames().flatMap((name) => this.#configs.get(name) ?? []);
  }

  invalidateClient(kubevirtConfigName: string): void {
    this.invalidateClientCalls.push(kubevirtConfigName);
    this.invalidateClientFunc?.(kubevirtConfigName);
  }

  invalidateAll(): void {
    this.invalidateAllCalls += 1;
    this.invalidateAllFunc?.();
  }

  getConfigNamespace(): string {
    this.getConfigNamespaceCalls += 1;
    return this.getConfigNamespaceFunc?.() ?? this.#configNamespace;
  }

  async validateConnection(kubevirtConfigName: string, options?: CallOptions): Promise<void> {
    this.validateConnectionCalls.push(kubevirtConfigName);
    options?.signal?.throwIfAborted();
    if (this.validateConnectionFunc !== undefined)
      return this.validateConnectionFunc(kubevirtConfigName, options);
    if (this.validateConnectionError !== undefined) throw this.validateConnectionError;
    this.#clientOf(kubevirtConfigName);
  }

  async getOrCreateClientFromMachine(
    machine: Machine,
    options?: CallOptions,
  ): Promise<MachineClient> {
    this.getOrCreateFromMachineCalls += 1;
    options?.signal?.throwIfAborted();
    if (this.getOrCreateClientFromMachineFunc !== undefined) {
      return this.getOrCreateClientFromMachineFunc(machine, options);
    }
    if (this.getOrCreateFromMachineError !== undefined) throw this.getOrCreateFromMachineError;
    const { annotations, finalizers } = machine.metadata ?? {};
    const facts = {
      annotation: annotations?.[KUBEVIRT_CONFIG_ANNOTATION],
      placement: annotations?.[PLACEMENT_ANNOTATION],
      hasFinalizer: finalizers?.includes(MACHINE_FINALIZER) ?? false,
      defaultConfig: this.#options.defaultConfig,
      configNames: this.#configNames(),
    };
    const search = needsClusterSearch(facts) ? await this.#search(machine, options) : undefined;
    const choice = chooseCluster({ ...facts, search });
    // As in production, a recorded placement is held against the cluster that the config leads to.
    const clusterUids =
      choice.type === "chosen" && choice.source === "placement"
        ? await this.#readClusterUid(choice.configName, options)
        : undefined;
    const checked = clusterUids === undefined ? choice : chooseCluster({ ...facts, clusterUids });
    if (checked.type !== "chosen") {
      const name = formatObjectKey(objectKeyOf(machine));
      throw clusterChoiceError(checked, { machine: name, configNamespace: this.#configNamespace });
    }
    const { configName, needsUpdate } = checked;
    return { client: this.#clientOf(configName), configName, needsUpdate };
  }

  async healthCheck(options?: CallOptions): Promise<Map<string, Error>> {
    this.healthCheckCalls += 1;
    options?.signal?.throwIfAborted();
    if (this.healthCheckFunc !== undefined) return this.healthCheckFunc(options);
    if (this.healthCheckError !== undefined) throw this.healthCheckError;
    const error = this.validateConnectionError;
    return new Map(error === undefined ? [] : this.#configNames().map((name) => [name, error]));
  }

  async getRESTConfigForConfig(
    kubevirtConfigName: string,
    options?: CallOptions,
  ): Promise<unknown> {
    this.getRESTConfigCalls.push(kubevirtConfigName);
    options?.signal?.throwIfAborted();
    if (this.getRESTConfigForConfigFunc !== undefined) {
      return this.getRESTConfigForConfigFunc(kubevirtConfigName, options);
    }
    if (this.getRESTConfigError !== undefined) throw this.getRESTConfigError;
    this.#clientOf(kubevirtConfigName);
    return this.restConfig;
  }

  getSupervisorClient(): SupervisorClient {
    this.getSupervisorClientCalls += 1;
    const client = this.getSupervisorClientFunc?.() ?? this.#options.supervisorClient;
    if (client === undefined) {
      throw new TypeError(
        "The mock has no supervisor client: pass { supervisorClient } to its constructor.",
      );
    }
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  get #configNamespace(): string {
    return this.#options.configNamespace ?? "kubevirt-configs";
  }

  #configNames(): string[] {
    return [...this.#configs.keys()].sort();
  }

  #clientOf(configName: string): RemoteClient {
    const client = this.#clients.get(configName);
    if (client !== undefined) return client;
    if (!this.#configs.has(configName)) throw new ConfigNotFoundError({ configName });
    throw new TypeError(
      `The mock has a config "${configName}" and no client for it: call addMockedClient("${configName}", client).`,
    );
  }

  async #readClusterUid(
    configName: string,
    options: CallOptions | undefined,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const { signal } = options ?? {};
    const namespace = await this.#clientOf(configName)
      .find(Namespace, { name: "kube-system" }, { signal })
      .catch(() => undefined);
    const uid = namespace?.metadata?.uid;
    return uid === undefined ? undefined : new Map([[configName, uid]]);
  }

  async #search(machine: Machine, options: CallOptions | undefined): Promise<ClusterSearch> {
    const found: Array<ClusterSearch["found"][number]> = [];
    const unreachable: string[] = [];
    await Promise.all(
      this.#configNames().map(async (configName) => {
        const client: ClusterClient | undefined = this.#clients.get(configName);
        try {
          if (client === undefined) throw new TypeError("no client");
          const vm = await client.find(VirtualMachine, objectKeyOf(machine), options);
          if (vm !== undefined)
            found.push({ configName, virtualMachineUid: vm.metadata?.uid ?? "" });
        } catch {
          unreachable.push(configName);
        }
      }),
    );
    return { found, unreachable };
  }
}
