import { type ClockTimer, ConfigNotFoundError, type KubevirtConfig } from "@kvop/core";

import type { KubeconfigSource } from "../configs/config-reader.js";
import { followConfig } from "../configs/followed-config.js";
import type { SecretKey } from "../configs/secret-key.js";
import { SecretFollower } from "../configs/secret-follower.js";
import type { ClusterLink } from "../link/cluster-link.js";
import { openLink } from "../link/open-link.js";
import type { ClusterFacts } from "../state/cluster-health.js";
import type { ClusterContext } from "./cluster-context.js";

/** Settings of {@link ClusterSource}. */
export interface ClusterSourceOptions {
  readonly configName: string;
  readonly context: ClusterContext;
  /** Called with the fingerprint of each kubeconfig that is read here. */
  readonly onRead: (fingerprint: string) => void;
  /** Called with the fingerprint of each kubeconfig that the Secret comes to hold; undefined for none. */
  readonly onKubeconfig: (fingerprint: string | undefined) => void;
  /** Called when the config turns out to be another object of the same name: what this one led to is over. */
  readonly onReplaced: (configUid: string) => void;
  /** Called with each state of the config that is seen, where it is followed by name; undefined when it is gone. */
  readonly onConfig: (config: KubevirtConfig | undefined) => void;
  readonly onFacts: (facts: ClusterFacts) => void;
  readonly signal: AbortSignal;
}

/** Each of the two reads of a build has so long: a supervisor that hangs must not hold callers for half a minute. */
const READ_TIMEOUT_MS = 10_000;

/**
 * Where the connection to a cluster comes from: its KubevirtConfig and the Secret that this names, which is followed from the
 * first read on, and the identity of the cluster that they lead to.
 */
export class ClusterSource {
  readonly #options: ClusterSourceOptions;
  readonly #secret: SecretFollower;
  #isSeen = false;
  #configUid: string | undefined;
  /** Of the Secret that was read last. */
  #key: SecretKey | undefined;
  #toFollow: { readonly key: SecretKey; readonly resourceVersion: string | undefined } | undefined;
  #mustFollowConfig = false;
  #config: AsyncDisposable | undefined;
  #timer: ClockTimer | undefined;
  /** UID of the `kube-system` of the cluster that this config leads to, once it was seen. */
  #clusterUid: string | undefined;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    const { context, configName } = options;
    this.#secret = new SecretFollower({
      configName,
      client: context.supervisorClient,
      pollIntervalMs: context.pollIntervalMs,
      clock: context.clock,
      random: context.random,
      logger: context.logger,
      onChange: options.onKubeconfig,
      onModeChange: (secretMode) => options.onFacts({ secretMode }),
    });
  }

  /** Whether there was a config of this name. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  get configUid(): string | undefined {
    return this.#configUid;
  }

  /** Takes over the config as it is now; true when its kubeconfig is to be read again. */
  configSeen(config: KubevirtConfig): boolean {
    const uid = this.#configUid;
    this.#setConfig(config);
    try {
      const key = this.#options.context.reader.secretKeyOf(config);
      if (isSameKey(key, this.#key)) return uid !== this.#configUid;
    } catch {
      // The next build says what is wrong with it.
    }
    return true;
  }

  /** Reads the config; where it is gone, or another one, everything here ends. @throws ConfigNotFoundError */
  async readConfig(signal: AbortSignal): Promise<KubevirtConfig> {
    const { context, configName } = this.#options;
    const call = { signal, timeoutMs: READ_TIMEOUT_MS };
    try {
      const config = await context.reader.readConfig(configName, call);
      this.#setConfig(config);
      signal.throwIfAborted();
      return config;
    } catch (error) {
      if (ConfigNotFoundError.isInstance(error) && !signal.aborted) context.onMissing(configName);
      throw error;
    }
  }

  /** Reads the config and its kubeconfig; `follow` then follows that Secret, also while it is missing. */
  async read(signal: AbortSignal): Promise<KubeconfigSource> {
    const { context, onRead } = this.#options;
    const call = { signal, timeoutMs: READ_TIMEOUT_MS };
    const config = await this.readConfig(signal);
    const key = context.reader.secretKeyOf(config);
    this.#key = key;
    try {
      const source = await context.reader.readKubeconfig(config, call);
      this.#toFollow = { key, resourceVersion: source.resourceVersion };
      onRead(source.fingerprint);
      return source;
    } catch (error) {
      if (!signal.aborted) this.#toFollow = { key, resourceVersion: undefined };
      throw error;
    }
  }

  /**
   * Makes a checked connection to the cluster.
   *
   * @throws ClusterIdentityChangedError when it is another cluster than before, and what `openLink` throws
   */
  async open(source: KubeconfigSource, signal: AbortSignal): Promise<ClusterLink> {
    const { context, configName } = this.#options;
    const expectedUid = this.#clusterUid;
    const link = await openLink(configName, source, context.linkSettings, { expectedUid, signal });
    this.#clusterUid ??= link.clusterUid;
    const { server } = link.connection;
    context.logger.debug({ config: configName, server }, "connected to a cluster");
    return link;
  }

  /** Follows the Secret that was read; it begins when those who waited for the connection have been served. */
  follow(): void {
    this.#followConfig();
    const wanted = this.#toFollow;
    this.#toFollow = undefined;
    const { signal, context } = this.#options;
    if (wanted === undefined || signal.aborted || this.#secret.isFollowing(wanted.key)) return;
    const begin = (): void => this.#secret.follow(wanted.key, wanted.resourceVersion);
    this.#timer?.cancel();
    this.#timer = context.clock.setTimer(begin, 0, { background: true });
  }

  /** Follows the config itself, too, from its first read on. */
  followConfig(): void {
    this.#mustFollowConfig = true;
    this.#followConfig();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all([this.#secret.stop(), this.#config?.[Symbol.asyncDispose]()]);
  }

  #followConfig(): void {
    const { context, configName, onConfig, signal } = this.#options;
    const resource = context.reader.scope;
    const isDue = this.#mustFollowConfig && this.#isSeen && !signal.aborted;
    if (!isDue || resource === undefined || this.#config !== undefined) return;
    const client = context.supervisorClient;
    this.#config = followConfig({ ...context, client, configName, resource, onChange: onConfig });
  }

  #setConfig(config: KubevirtConfig): void {
    const { uid } = config.metadata ?? {};
    this.#isSeen = true;
    if (uid === undefined || uid === this.#configUid) return;
    if (this.#configUid !== undefined) {
      this.#options.onReplaced(uid);
      return;
    }
    this.#configUid = uid;
    this.#options.onFacts({ configUid: uid });
  }
}

function isSameKey(a: SecretKey, b: SecretKey | undefined): boolean {
  return a.namespace === b?.namespace && a.name === b.name;
}
