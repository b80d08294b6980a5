import { createHash } from "node:crypto";

import type { KubeConfig } from "@kubernetes/client-node";
import {
  ApiError,
  type CallOptions,
  checkObjectName,
  chooseCluster,
  type ClientManager,
  type Clock,
  type ClusterFacts,
  clusterChoiceError,
  createClusterClient,
  KUBEVIRT_CONFIG_ANNOTATION,
  type KubevirtConfig,
  type Logger,
  type Machine,
  MACHINE_FINALIZER,
  type MachineClient,
  needsClusterSearch,
  type OwnedClient,
  PLACEMENT_ANNOTATION,
  type PlacementStrategy,
  type Random,
  type RemoteClient,
  silentLogger,
  type SupervisorClient,
  systemClock,
  systemRandom,
} from "@kvop/core";

import { createKubeConfig } from "../client-node/create-kube-config.js";
import type { ClusterConnection } from "../policy/cluster-connection.js";
import type { KubeconfigPolicy } from "../policy/kubeconfig-policy.js";
import { parseKubeconfig } from "../policy/parse-kubeconfig.js";
import { checkedLookup } from "../transport/checked-lookup.js";
import { createUndiciTransport } from "../transport/undici-transport.js";
import { checkConnection } from "./check-connection.js";
import { ClusterLink } from "./cluster-link.js";
import { ConfigReader } from "./config-reader.js";
import { LinkCache } from "./link-cache.js";
import { ManagedClient } from "./managed-client.js";
import { readClusterUid, searchVirtualMachine } from "./search-virtual-machine.js";

/** Opens a client of a cluster; by default over HTTPS. */
export type Connect = (
  connection: ClusterConnection,
  options: { readonly name: string; readonly signal: AbortSignal },
) => Promise<RemoteClient | OwnedClient<RemoteClient>>;

/** Settings of {@link KubevirtClientManager}. */
export interface KubevirtClientManagerOptions {
  /** Namespace of KubevirtConfigs (where they are namespaced) and of kubeconfig Secrets. Default: `kubevirt-configs`. */
  readonly configNamespace?: string | undefined;
  /** Further namespaces from which kubeconfig Secrets are read. Default: none. */
  readonly secretNamespaces?: readonly string[] | undefined;
  /** Config of Machines that name none. */
  readonly defaultConfig?: string | undefined;
  /** Places Machines that nothing else places. */
  readonly strategy?: PlacementStrategy | undefined;
  /** What kubeconfigs may ask for. */
  readonly policy?: KubeconfigPolicy | undefined;
  /** How clusters are reached. Default: HTTPS on kept connections. */
  readonly connect?: Connect | undefined;
  /** Milliseconds for the check of a connection, in a build and in `healthCheck`. Default: 5,000. */
  readonly probeTimeoutMs?: number | undefined;
  /** Milliseconds for each cluster of a search. Default: 5,000. */
  readonly searchTimeoutMs?: number | undefined;
  /** Clusters searched or probed at once. Default: 50, as dialling is fastest so. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for TCP and TLS together. Default: `probeTimeoutMs`. */
  readonly connectTimeoutMs?: number | undefined;
  /** Largest answer that is read from a cluster. Default: 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Requests a second to each cluster. Default: 50. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests at once after a quiet time. Default: 100. */
  readonly burst?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
}

const DEFAULT_PROBE_TIMEOUT_MS = 5000;
/** Credentials that stay refused are read again no more often than so. */
const RENEW_INTERVAL_MS = 1000;

/**
 * Clients of many KubeVirt clusters: from KubevirtConfig and kubeconfig Secret through the kubeconfig policy to one pooled,
 * cached connection a cluster. The constructor does nothing; each cluster is connected at its first use, once for any
 * number of callers. Dispose of the manager to close every connection.
 */
export class KubevirtClientManager implements ClientManager<KubeConfig> {
  readonly #supervisorClient: SupervisorClient;
  readonly #options: KubevirtClientManagerOptions;
  readonly #configNamespace: string;
  readonly #probeTimeoutMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reader: ConfigReader;
  readonly #links: LinkCache;
  readonly #clients = new Map<
    string,
    { readonly link: ClusterLink; readonly client: ManagedClient }
  >();
  readonly #renewals = new Map<string, Promise<ClusterLink | undefined>>();
  readonly #refusedAt = new WeakMap<ClusterLink, number>();

  constructor(supervisorClient: SupervisorClient, options: KubevirtClientManagerOptions = {}) {
    this.#supervisorClient = supervisorClient;
    this.#options = options;
    this.#configNamespace = options.configNamespace ?? "kubevirt-configs";
    this.#probeTimeoutMs = options.probeTimeoutMs ?? DEFAULT_PROBE_TIMEOUT_MS;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#reader = new ConfigReader(supervisorClient, {
      configNamespace: this.#configNamespace,
      secretNamespaces: options.secretNamespaces ?? [],
    });
    this.#links = new LinkCache((name, { signal }) => this.#openLink(name, signal));
  }

  async getClientForConfig(
    kubevirtConfigName: string,
    options: CallOptions = {},
  ): Promise<RemoteClient> {
    const held = this.#clients.get(kubevirtConfigName);
    const current = this.#links.peek(kubevirtConfigName);
    if (held !== undefined && held.link === current && options.signal?.aborted !== true)
      return held.client;
    checkObjectName(kubevirtConfigName, "KubevirtConfig");
    const link = await this.#links.acquire(kubevirtConfigName, options.signal);
    const known = this.#clients.get(kubevirtConfigName);
    if (known?.link === link) return known.client;
    const client = new ManagedClient(kubevirtConfigName, {
      acquire: (name, signal) => this.#links.acquire(name, signal),
      renew: (name, refused) => this.#renew(name, refused),
    });
    this.#clients.set(kubevirtConfigName, { link, client });
    return client;
  }

  listKubevirtConfigs(options: CallOptions = {}): Promise<KubevirtConfig[]> {
    return this.#reader.list(options);
  }

  invalidateClient(kubevirtConfigName: string): void {
    this.#clients.delete(kubevirtConfigName);
    this.#links.invalidate(kubevirtConfigName);
  }

  invalidateAll(): void {
    this.#clients.clear();
    this.#links.invalidateAll();
  }

  getConfigNamespace(): string {
    return this.#configNamespace;
  }

  async validateConnection(kubevirtConfigName: string, options: CallOptions = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? this.#probeTimeoutMs;
    const hadLink = this.#links.peek(kubevirtConfigName) !== undefined;
    const client = await this.getClientForConfig(kubevirtConfigName, options);
    // A build has just checked the connection by the same request.
    if (hadLink) await checkConnection(client, { signal: options.signal, timeoutMs });
  }

  async getOrCreateClientFromMachine(
    machine: Machine,
    options: CallOptions = {},
  ): Promise<MachineClient> {
    const { namespace = "", name = "", annotations = {}, finalizers = [] } = machine.metadata ?? {};
    const annotation = annotations[KUBEVIRT_CONFIG_ANNOTATION];
    const placement = annotations[PLACEMENT_ANNOTATION];
    const isRecorded = (annotation ?? "") !== "" || (placement ?? "") !== "";
    const configs = isRecorded ? [] : await this.listKubevirtConfigs(options);
    const facts: ClusterFacts = {
      annotation,
      placement,
      hasFinalizer: finalizers.includes(MACHINE_FINALIZER),
      defaultConfig: this.#options.defaultConfig,
      configNames: configs.map((config) => config.metadata?.name ?? ""),
      strategy: this.#options.strategy,
    };
    const search = needsClusterSearch(facts)
      ? await searchVirtualMachine(
          { namespace, name },
          facts.configNames,
          (configName, call) => this.getClientForConfig(configName, call),
          {
            signal: options.signal,
            timeoutMs: this.#options.searchTimeoutMs ?? DEFAULT_PROBE_TIMEOUT_MS,
            concurrency: this.#options.concurrency ?? 50,
          },
        )
      : undefined;
    const context = { machine: `${namespace}/${name}`, configNamespace: this.#configNamespace };
    const choice = chooseCluster({ ...facts, search });
    if (choice.type !== "chosen") throw clusterChoiceError(choice, context);
    const { configName, needsUpdate } = choice;
    const client = await this.getClientForConfig(configName, options);
    if (choice.source === "placement") {
      const clusterUid = await readClusterUid(client, options);
      const clusterUids =
        clusterUid === undefined ? undefined : new Map([[configName, clusterUid]]);
      const checked = chooseCluster({ ...facts, clusterUids });
      if (checked.type !== "chosen") throw clusterChoiceError(checked, context);
    }
    return { client, configName, needsUpdate };
  }

  async healthCheck(options: CallOptions = {}): Promise<Map<string, Error>> {
    const timeoutMs = options.timeoutMs ?? this.#probeTimeoutMs;
    const configs = await this.listKubevirtConfigs(options);
    const unhealthy = new Map<string, Error>();
    const waiting = configs.map((config) => config.metadata?.name ?? "");
    const worker = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        try {
          await this.validateConnection(name, { signal: options.signal, timeoutMs });
        } catch (error) {
          options.signal?.throwIfAborted();
          unhealthy.set(name, error as Error);
        }
      }
    };
    const concurrency = Math.min(this.#options.concurrency ?? 50, waiting.length);
    await Promise.all(Array.from({ length: concurrency }, worker));
    return new Map([...unhealthy].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async getRESTConfigForConfig(
    kubevirtConfigName: string,
    options: CallOptions = {},
  ): Promise<KubeConfig> {
    const client = await this.getClientForConfig(kubevirtConfigName, options);
    const { connection } = await this.#links.acquire(kubevirtConfigName, options.signal);
    return createKubeConfig(kubevirtConfigName, connection, client);
  }

  getSupervisorClient(): SupervisorClient {
    return this.#supervisorClient;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients.clear();
    await this.#links.dispose();
  }

  async #openLink(name: string, signal: AbortSignal): Promise<ClusterLink> {
    const config = await this.#reader.readConfig(name, { signal });
    return this.#connect(name, await this.#reader.readKubeconfig(config, { signal }), signal);
  }

  async #connect(name: string, kubeconfig: string, signal: AbortSignal): Promise<ClusterLink> {
    const connection = parseKubeconfig(kubeconfig, this.#options.policy);
    const connect =
      this.#options.connect ?? ((target, own) => this.#connectByHttps(target, own.name));
    const client = asOwned(await connect(connection, { name, signal }));
    try {
      await checkConnection(client, { signal, timeoutMs: this.#probeTimeoutMs });
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
    this.#logger.debug({ config: name, server: connection.server }, "connected to a cluster");
    return new ClusterLink({
      client,
      connection,
      fingerprint: fingerprintOf(kubeconfig),
      clock: this.#clock,
    });
  }

  #connectByHttps(connection: ClusterConnection, name: string): Promise<OwnedClient<RemoteClient>> {
    const { policy = {} } = this.#options;
    const transport = createUndiciTransport(connection, {
      name,
      clock: this.#clock,
      random: this.#options.random ?? systemRandom,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? this.#probeTimeoutMs,
      maxResponseBytes: this.#options.maxResponseBytes,
      requestsPerSecond: this.#options.requestsPerSecond,
      burst: this.#options.burst,
      lookup: checkedLookup(policy),
    });
    return Promise.resolve(createClusterClient(transport, { role: "cluster", name }));
  }

  /** One reading of the Secret for any number of calls that were answered 401. */
  #renew(name: string, refused: ClusterLink): Promise<ClusterLink | undefined> {
    const current = this.#links.peek(name);
    if (current !== undefined && current !== refused) return Promise.resolve(current);
    const lastAt = this.#refusedAt.get(refused);
    if (lastAt !== undefined && this.#clock.monotonic() - lastAt < RENEW_INTERVAL_MS)
      return Promise.resolve(undefined);
    let renewal = this.#renewals.get(name);
    if (renewal === undefined) {
      renewal = this.#readAgain(name, refused).finally(() => this.#renewals.delete(name));
      this.#renewals.set(name, renewal);
    }
    return renewal;
  }

  async #readAgain(name: string, refused: ClusterLink): Promise<ClusterLink | undefined> {
    const { signal } = new AbortController();
    try {
      const config = await this.#reader.readConfig(name, { signal });
      const kubeconfig = await this.#reader.readKubeconfig(config, { signal });
      if (fingerprintOf(kubeconfig) !== refused.fingerprint) {
        const link = await this.#connect(name, kubeconfig, signal);
        const held = this.#clients.get(name);
        if (this.#links.swap(name, refused, link)) {
          // The object that callers hold stays the one that is cached.
          if (held !== undefined) this.#clients.set(name, { link, client: held.client });
          return link;
        }
        await link.close();
        return this.#links.peek(name);
      }
    } catch (error) {
      // The caller's answer is the 401; what kept new credentials from being used is for the log.
      const code = ApiError.isInstance(error) ? error.reason : (error as Error).name;
      this.#logger.warn(
        { config: name, code },
        "credentials were refused and no new ones could be used",
      );
    }
    this.#refusedAt.set(refused, this.#clock.monotonic());
    return undefined;
  }
}

function asOwned(client: RemoteClient | OwnedClient<RemoteClient>): OwnedClient<RemoteClient> {
  if (Symbol.asyncDispose in client) return client;
  // What nobody disposes of belongs to whoever handed it in.
  const dispose = { [Symbol.asyncDispose]: { value: () => Promise.resolve() } };
  return Object.create(client, dispose) as OwnedClient<RemoteClient>;
}

function fingerprintOf(kubeconfig: string): string {
  return createHash("sha256").update(kubeconfig).digest("hex");
}
