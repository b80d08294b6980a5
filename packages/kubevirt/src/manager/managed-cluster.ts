import {
  type CallOptions,
  type Clock,
  ClusterUnavailableError,
  ConfigNotFoundError,
  DisposedError,
  isUnauthorized,
  type KubevirtConfig,
  TransportError,
} from "@kvop/core";

import type { KubeconfigSource } from "../configs/config-reader.js";
import { abortable } from "../link/abortable.js";
import type { ClusterLink } from "../link/cluster-link.js";
import { LinkSlot } from "../link/link-slot.js";
import { ClusterHealth } from "../state/cluster-health.js";
import type { ClusterState } from "../state/cluster-state.js";
import { isGatewayFailure, isServerFailure } from "../state/failure-reason.js";
import { isWebhookFailure } from "../state/write-health.js";
import type { ClusterContext } from "./cluster-context.js";
import { ClusterProbe } from "./cluster-probe.js";
import { ClusterSource } from "./cluster-source.js";
import { CredentialRefresh } from "./credential-refresh.js";
import { type CallOutcome, type LinkSource, ManagedClient } from "./managed-client.js";

/**
 * One cluster of a manager: its link, what is known of its health, and what keeps both true. Nothing in here waits for
 * another cluster.
 */
export class ManagedCluster implements LinkSource {
  readonly configName: string;
  /** Whether another config of the name was seen: what is asked of this one is to be asked of that. */
  isReplaced = false;
  readonly #context: ClusterContext;
  readonly #abort = new AbortController();
  readonly #health: ClusterHealth;
  readonly #source: ClusterSource;
  readonly #slot: LinkSlot;
  readonly #refresh: CredentialRefresh;
  readonly #probe: ClusterProbe;
  #client: ManagedClient | undefined;

  constructor(configName: string, context: ClusterContext) {
    this.configName = configName;
    this.#context = context;
    const { clock, random, logger } = context;
    const { signal } = this.#abort;
    // Settings are written out: a spread gives each cluster's a shape of its own, which counts in a thousand of them.
    this.#health = new ClusterHealth({
      configName,
      clock,
      onChange: (state, old) => this.#tellState(state, old),
    });
    this.#source = new ClusterSource({
      configName,
      context,
      signal,
      onRead: (fingerprint) => void this.#refresh.seen(fingerprint),
      onKubeconfig: (fingerprint) => {
        if (this.#refresh.seen(fingerprint)) this.#sourceChanged();
      },
      onReplaced: (configUid) => context.onReplaced(this, configUid),
      onConfig: (config) => {
        if (config === undefined) context.onMissing(configName);
        else this.configSeen(config);
      },
      onFacts: (facts) => this.#health.setFacts(facts),
    });
    this.#slot = new LinkSlot({
      configName,
      clock,
      random,
      open: ({ signal }) => this.#build(signal),
      onChange: (link) => this.#linkChanged(link),
    });
    this.#refresh = new CredentialRefresh({
      configName,
      clock,
      random,
      logger,
      signal,
      slot: this.#slot,
      read: (signal) => this.#source.read(signal).finally(() => this.#source.follow()),
      open: (source, signal) => this.#source.open(source, signal),
      onProblem: (error) => this.#health.setNewCredentials(error),
      onSuccess: () => this.#health.succeeded(),
      supervisorName: context.supervisorClient.name,
    });
    this.#probe = new ClusterProbe({
      configName,
      context,
      signal,
      slot: this.#slot,
      health: this.#health,
      renew: (refused) => this.#refresh.renew(refused),
    });
  }

  get state(): ClusterState {
    return this.#health.state;
  }

  /** True as long as no config of this name was seen. */
  get isUnseen(): boolean {
    return !this.#source.isSeen;
  }

  get isBuilding(): boolean {
    return this.#slot.isBuilding;
  }

  /** The failure that is given to callers at the moment. */
  get failure(): Error | undefined {
    return this.#slot.failure.recall();
  }

  get configUid(): string | undefined {
    return this.#source.configUid;
  }

  /** The client, when it can be used right away. */
  get readyClient(): ManagedClient | undefined {
    return this.#health.outage === undefined ? this.#client : undefined;
  }

  /** The client; it stays the same object until the next invalidation. */
  async resolveClient(call: CallOptions = {}): Promise<ManagedClient> {
    await this.acquire(call);
    this.#client ??= new ManagedClient(this.configName, this);
    return this.#client;
  }

  async acquire(call: CallOptions = {}): Promise<ClusterLink> {
    call.signal?.throwIfAborted();
    if (this.#slot.link !== undefined && this.#health.outage !== undefined)
      throw this.#unavailable(this.#health.outage);
    return this.#slot.acquire(call);
  }

  /** Asks the cluster now, whatever is remembered; all who ask at the same time share one request. */
  async validate(call: CallOptions = {}): Promise<void> {
    call.signal?.throwIfAborted();
    if (this.#slot.link === undefined) {
      await this.#slot.acquire({ ...call, isFresh: true });
      return;
    }
    const wait = { ...call, clock: this.#context.clock, cluster: this.configName, phase: "probe" };
    const failure = await abortable(this.#probe.now(), wait);
    if (failure !== undefined) throw failure;
  }

  renew(refused: ClusterLink): Promise<ClusterLink | undefined> {
    return this.#refresh.renew(refused);
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  report({ written, error }: CallOutcome): void {
    if (written !== undefined) {
      if (error === undefined) this.#health.writeSucceeded(written);
      else if (isWebhookFailure(error)) this.#health.writeFailed(written, error);
    }
    const isDoubtful = TransportError.isInstance(error) || isGatewayFailure(error);
    if (isDoubtful || isUnauthorized(error)) this.#probe.poke();
  }

  /** Drops the client and its connection, and forgets failures; the next use builds anew. */
  invalidate(): void {
    this.#client = undefined;
    this.#refresh.reset();
    this.#slot.invalidate();
    if (this.#slot.isBuilding || !this.#health.isKnown) return;
    this.#probe.isDormant = true;
    this.#health.reset("Invalidated", "The client was invalidated and not used since.");
  }

  /** The KubevirtConfig as it is now: it may name another Secret, or be another object of the same name. */
  configSeen(config: KubevirtConfig): void {
    if (this.#source.configSeen(config)) this.#sourceChanged();
  }

  /** Looks whether there still is a config: it may have been deleted before anybody followed it. */
  async lookForConfig(): Promise<void> {
    await this.#source.readConfig(this.#abort.signal).catch(() => undefined);
  }

  /** From now on nobody else tells what becomes of the KubevirtConfig. */
  followConfig(): void {
    this.#source.followConfig();
  }

  /** The KubevirtConfig was deleted: everything that belongs to it is closed. */
  async remove(): Promise<void> {
    this.#health.removed();
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = this.#gone();
    this.#abort.abort(reason);
    this.#client = undefined;
    const parts = [this.#probe.stop(), this.#source.stop(), this.#slot.dispose(reason)];
    await Promise.all([...parts, this.#refresh.stop()]);
  }

  /** The first connection, or the one after an invalidation or a failure. */
  async #build(signal: AbortSignal): Promise<ClusterLink> {
    if (this.#abort.signal.aborted) throw this.#gone();
    this.#probe.isDormant = false;
    try {
      return await this.#connect(signal);
    } finally {
      this.#source.follow();
    }
  }

  async #connect(signal: AbortSignal): Promise<ClusterLink> {
    const source = await this.#readForBuild(signal);
    this.#health.connecting();
    try {
      const link = await this.#source.open(source, signal);
      // A state that says ready says of what.
      this.#linkChanged(link);
      this.#health.succeeded();
      return link;
    } catch (error) {
      if (!signal.aborted) this.#buildFailed(error as Error);
      throw error;
    } finally {
      this.#probe.start();
    }
  }

  async #readForBuild(signal: AbortSignal): Promise<KubeconfigSource> {
    try {
      return await this.#source.read(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (ConfigNotFoundError.isInstance(error) || !this.#source.isSeen) throw error;
      const isSupervisor = TransportError.isInstance(error) || isServerFailure(error);
      if (!isSupervisor) this.#buildFailed(error as Error);
      else if (!this.#health.isKnown)
        this.#health.reset("SupervisorUnavailable", (error as Error).message);
      this.#probe.start();
      throw error;
    }
  }

  #buildFailed(error: Error): void {
    this.#health.failed(error);
    this.#context.onProbe(this.configName, false);
  }

  /** The config or its Secret says something else than before. */
  #sourceChanged(): void {
    if (this.#abort.signal.aborted) return;
    const { link, isBuilding } = this.#slot;
    const { isWanted } = this.#probe;
    if (link !== undefined) void this.#refresh.run(link);
    // A build that read the old content starts anew; a remembered failure is of the old content, too.
    else if (isBuilding || isWanted) this.#slot.invalidate();
    if (link === undefined && isWanted) this.#probe.soon();
  }

  #linkChanged(link: ClusterLink | undefined): void {
    if (link === undefined) return;
    const { clusterUid = this.#health.state.clusterUid, expiry } = link;
    this.#health.setFacts({ clusterUid, credentialExpiresAtMs: expiry?.expiresAtMs });
  }

  #tellState(state: ClusterState, old: ClusterState): void {
    const { logger, onState } = this.#context;
    if (state.type === old.type && state.reason === old.reason) {
      onState(state);
      return;
    }
    const fields = {
      config: this.configName,
      state: state.type,
      reason: state.reason,
      was: old.type,
    };
    if (state.type === "unreachable" || state.type === "refused" || state.type === "degraded")
      logger.warn(fields, "the state of a cluster changed");
    else logger.info(fields, "the state of a cluster changed");
    onState(state);
  }

  #unavailable(cause: Error): ClusterUnavailableError {
    const { clock, probeIntervalMs } = this.#context;
    const retryAtMs = clock.now() + probeIntervalMs;
    return new ClusterUnavailableError({ configName: this.configName, retryAtMs }, { cause });
  }

  #gone(): Error {
    if (this.#health.state.type !== "removed")
      return new DisposedError({ subject: "The client manager" });
    return new ConfigNotFoundError({ configName: this.configName, configNamespace: undefined });
  }
}
