import {
  ApiError,
  type CallOptions,
  ClusterUnavailableError,
  ConfigNotFoundError,
  DisposedError,
  isUnauthorized,
  type KubevirtConfig,
  TransportError,
} from "@kvop/core";

import { abortable } from "../link/abortable.js";
import type { KubeconfigSource } from "../configs/config-reader.js";
import { SecretFollower } from "../configs/secret-follower.js";
import type { ClusterLink } from "../link/cluster-link.js";
import { LinkSlot } from "../link/link-slot.js";
import { openLink } from "../link/open-link.js";
import { ClusterHealth } from "../state/cluster-health.js";
import type { ClusterState } from "../state/cluster-state.js";
import { probeCluster } from "../state/probe-cluster.js";
import { Prober } from "../state/prober.js";
import { isWebhookFailure } from "../state/write-health.js";
import type { ClusterContext } from "./cluster-context.js";
import { CredentialRefresh } from "./credential-refresh.js";
import { type CallOutcome, type LinkSource, ManagedClient } from "./managed-client.js";

/** Each of the two reads of a build has so long: a supervisor that hangs must not hold callers for half a minute. */
const READ_TIMEOUT_MS = 10_000;
/** Failures of callers are a reason to probe no more often than so. */
const POKE_INTERVAL_MS = 1000;
/** A cluster that has just answered after an outage is asked again after so long. */
const DOUBT_DELAY_MS = 1000;

/**
 * One cluster of a manager: its link, what is known of its health, and what keeps both true. Nothing in here waits for
 * another cluster.
 */
export class ManagedCluster implements LinkSource {
  readonly configName: string;
  readonly #context: ClusterContext;
  readonly #health: ClusterHealth;
  readonly #slot: LinkSlot;
  readonly #prober: Prober;
  readonly #secret: SecretFollower;
  readonly #refresh: CredentialRefresh;
  readonly #abort = new AbortController();
  #isSeen = false;
  #configUid: string | undefined;
  /** Identity of the cluster that this config leads to, once it was seen. */
  #clusterUid: string | undefined;
  #client: ManagedClient | undefined;
  /** True after an invalidation: nothing is done for a cluster that nobody asks for. */
  #isDormant = false;
  #probeError: Error | undefined;
  #probedAtMs = -Infinity;

  constructor(configName: string, context: ClusterContext) {
    this.configName = configName;
    this.#context = context;
    const { clock, random, logger, probeIntervalMs, pollIntervalMs } = context;
    this.#health = new ClusterHealth({
      configName,
      clock,
      onChange: (state, old) => this.#tellState(state, old),
    });
    this.#slot = new LinkSlot({
      configName,
      open: ({ signal }) => this.#build(signal),
      onChange: (link) => this.#onLink(link),
      clock,
      random,
    });
    this.#prober = new Prober({
      probe: () => this.#probe(),
      intervalMs: probeIntervalMs,
      clock,
      random,
    });
    this.#secret = new SecretFollower({
      configName,
      client: context.supervisorClient,
      pollIntervalMs,
      clock,
      random,
      logger,
      onChange: (fingerprint) => {
        if (this.#refresh.seen(fingerprint)) this.#sourceChanged();
      },
      onModeChange: (secretMode) => this.#health.setFacts({ secretMode }),
    });
    this.#refresh = new CredentialRefresh({
      configName,
      slot: this.#slot,
      read: (signal) => this.#read(signal),
      open: (source, signal) => this.#open(source, signal),
      onProblem: (error) => this.#health.setNewCredentials(error),
      onSuccess: () => this.#health.succeeded(),
      supervisorName: context.supervisorClient.name,
      signal: this.#abort.signal,
      clock,
      random,
      logger,
    });
  }

  get state(): ClusterState {
    return this.#health.state;
  }

  /** True as long as no config of this name was seen. */
  get isUnseen(): boolean {
    return !this.#isSeen;
  }

  get configUid(): string | undefined {
    return this.#configUid;
  }

  get link(): ClusterLink | undefined {
    return this.#slot.link;
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
    const { clock } = this.#context;
    const cluster = this.configName;
    await abortable(this.#prober.probeNow(), { ...call, clock, cluster, phase: "probe" });
    if (this.#probeError !== undefined) throw this.#probeError;
  }

  renew(refused: ClusterLink): Promise<ClusterLink | undefined> {
    return this.#refresh.renew(refused);
  }

  report({ written, error }: CallOutcome): void {
    if (written !== undefined) {
      if (error === undefined) this.#health.writeSucceeded(written);
      else if (isWebhookFailure(error)) this.#health.writeFailed(written, error);
    }
    // What a caller met is a reason to look, not a verdict.
    const isPoked = TransportError.isInstance(error) || isUnauthorized(error);
    if (isPoked && this.#context.clock.monotonic() - this.#probedAtMs >= POKE_INTERVAL_MS)
      this.#prober.schedule(0);
  }

  /** Drops the client and its connection, and forgets failures; the next use builds anew. */
  invalidate(): void {
    this.#client = undefined;
    this.#refresh.reset();
    this.#slot.invalidate();
    if (this.#slot.isBuilding || !this.#health.isKnown) return;
    this.#isDormant = true;
    this.#health.reset("Invalidated", "The client was invalidated and not used since.");
  }

  /** The KubevirtConfig as it is now: it may name another Secret, or be another object of the same name. */
  configSeen(config: KubevirtConfig): void {
    const uid = this.#configUid;
    this.#setConfig(config);
    try {
      const key = this.#context.reader.secretKeyOf(config);
      if (this.#secret.isFollowing(key) && uid === this.#configUid) return;
      if (this.#prober.isActive) this.#secret.follow(key, undefined);
    } catch {
      // The next build says what is wrong with it.
    }
    this.#sourceChanged();
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
    const parts = [this.#prober.stop(), this.#secret.stop(), this.#slot.dispose(reason)];
    await Promise.all([...parts, this.#refresh.stop()]);
  }

  /** The first connection, or the one after an invalidation or a failure. */
  async #build(signal: AbortSignal): Promise<ClusterLink> {
    if (this.#abort.signal.aborted) throw this.#gone();
    this.#isDormant = false;
    const source = await this.#readForBuild(signal);
    this.#health.connecting();
    try {
      const link = await this.#open(source, signal);
      this.#health.succeeded();
      return link;
    } catch (error) {
      if (!signal.aborted) this.#buildFailed(error as Error);
      throw error;
    } finally {
      this.#startProber();
    }
  }

  async #readForBuild(signal: AbortSignal): Promise<KubeconfigSource> {
    try {
      return await this.#read(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (ConfigNotFoundError.isInstance(error) || !this.#isSeen) {
        this.#context.onMissing(this.configName);
        throw error;
      }
      const isSupervisor = TransportError.isInstance(error) || isServerFailure(error);
      if (!isSupervisor) this.#buildFailed(error as Error);
      else if (!this.#health.isKnown)
        this.#health.reset("SupervisorUnavailable", (error as Error).message);
      this.#startProber();
      throw error;
    }
  }

  #startProber(): void {
    if (!this.#abort.signal.aborted) this.#prober.start();
  }

  #buildFailed(error: Error): void {
    this.#health.failed(error);
    this.#context.onProbe(this.configName, false);
  }

  async #read(signal: AbortSignal): Promise<KubeconfigSource> {
    const { reader } = this.#context;
    const call = { signal, timeoutMs: READ_TIMEOUT_MS };
    const config = await reader.readConfig(this.configName, call);
    this.#setConfig(config);
    const key = reader.secretKeyOf(config);
    try {
      const source = await reader.readKubeconfig(config, call);
      if (!this.#abort.signal.aborted) this.#secret.follow(key, source.resourceVersion);
      this.#refresh.seen(source.fingerprint);
      return source;
    } catch (error) {
      // What is missing or wrong is seen at once when it is put right.
      if (!this.#abort.signal.aborted && !signal.aborted) this.#secret.follow(key, undefined);
      throw error;
    }
  }

  async #open(source: KubeconfigSource, signal: AbortSignal): Promise<ClusterLink> {
    const { linkSettings, logger } = this.#context;
    const expectedUid = this.#clusterUid;
    const link = await openLink(this.configName, source, linkSettings, { expectedUid, signal });
    this.#clusterUid ??= link.clusterUid;
    const { server } = link.connection;
    logger.debug({ config: this.configName, server }, "connected to a cluster");
    return link;
  }

  /** The config or its Secret says something else than before. */
  #sourceChanged(): void {
    if (this.#abort.signal.aborted) return;
    const { link, isBuilding } = this.#slot;
    if (link !== undefined) {
      void this.#refresh.run(link);
      return;
    }
    const isWanted = this.#prober.isActive && !this.#isDormant;
    // A build that read the old content starts anew; a remembered failure is of the old content, too.
    if (isBuilding || isWanted) this.#slot.invalidate();
    if (isWanted) this.#prober.schedule(0);
  }

  #setConfig(config: KubevirtConfig): void {
    const { uid } = config.metadata ?? {};
    this.#isSeen = true;
    if (uid === undefined || uid === this.#configUid) return;
    const isReplaced = this.#configUid !== undefined;
    this.#configUid = uid;
    this.#health.setFacts({ configUid: uid });
    if (!isReplaced) return;
    // The name was used again: it is another config, which may lead to another cluster.
    this.#clusterUid = undefined;
    this.#slot.invalidate();
  }

  #onLink(link: ClusterLink | undefined): void {
    if (link !== undefined) {
      this.#health.setFacts({
        clusterUid: link.clusterUid ?? this.#clusterUid,
        credentialExpiresAtMs: link.expiry?.expiresAtMs,
      });
    }
  }

  async #probe(): Promise<number | undefined> {
    const { link, failure } = this.#slot;
    this.#probedAtMs = this.#context.clock.monotonic();
    if (link !== undefined) await this.#probeLink(link);
    else if (this.#isDormant) return undefined;
    else if (failure.retryInMs > 0) return failure.retryInMs;
    else await this.#slot.acquire({ signal: this.#abort.signal }).catch(() => undefined);
    if (this.#slot.link === undefined) return Math.max(this.#slot.failure.retryInMs, 1);
    if (!this.#health.isInDoubt) return undefined;
    return this.#health.state.reason === "Recovering" ? DOUBT_DELAY_MS : 0;
  }

  async #probeLink(link: ClusterLink): Promise<void> {
    const { onProbe, probeTimeoutMs: timeoutMs } = this.#context;
    try {
      const result = await this.#askOrRenew(link, timeoutMs);
      this.#probeError = result.isReady ? undefined : result.error;
      if (result.isReady) this.#health.succeeded();
      else this.#health.notReady(result.error);
      onProbe(this.configName, true);
    } catch (error) {
      // An answer over a link that was replaced meanwhile says nothing about the new one.
      if (this.#abort.signal.aborted || this.#slot.link !== link) return;
      this.#probeError = error as Error;
      this.#health.failed(error as Error);
      onProbe(this.configName, false);
    }
  }

  async #askOrRenew(link: ClusterLink, timeoutMs: number) {
    const { signal } = this.#abort;
    const ask = (target: ClusterLink) =>
      target.run((client) => probeCluster(client, { signal, timeoutMs }));
    try {
      return await ask(link);
    } catch (error) {
      const renewed = isUnauthorized(error) ? await this.renew(link) : undefined;
      if (renewed === undefined) throw error;
      return ask(renewed);
    }
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

/** The server itself failed, or does not let anybody in: nothing that is wrong with what was asked for. */
function isServerFailure(error: unknown): boolean {
  return (
    ApiError.isInstance(error) && (error.httpStatus >= 500 || [401, 429].includes(error.httpStatus))
  );
}
