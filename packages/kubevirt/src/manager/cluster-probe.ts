import { isUnauthorized } from "@kvop/core";

import type { ClusterLink } from "../link/cluster-link.js";
import type { LinkSlot } from "../link/link-slot.js";
import type { ClusterHealth } from "../state/cluster-health.js";
import { probeCluster, type ProbeResult } from "../state/probe-cluster.js";
import { Prober } from "../state/prober.js";
import type { ClusterContext } from "./cluster-context.js";

/** Settings of {@link ClusterProbe}. */
export interface ClusterProbeOptions {
  readonly configName: string;
  readonly context: ClusterContext;
  readonly slot: LinkSlot;
  readonly health: ClusterHealth;
  /** A link with newer credentials, after a 401. */
  readonly renew: (refused: ClusterLink) => Promise<ClusterLink | undefined>;
  readonly signal: AbortSignal;
}

/** Failures of callers are a reason to probe no more often than so. */
const POKE_INTERVAL_MS = 1000;
/** A cluster that has just answered after an outage is asked again after so long. */
const DOUBT_DELAY_MS = 1000;

/**
 * Keeps what is known of a cluster true: probes it over its link, or tries to make one where there is none, one at a time and
 * no more often than the memory of failures allows, whoever asks.
 */
export class ClusterProbe {
  /** True after an invalidation: nothing is done for a cluster that nobody asks for. */
  isDormant = false;
  readonly #options: ClusterProbeOptions;
  readonly #prober: Prober;
  #failure: Error | undefined;
  #askedAtMs = -Infinity;

  constructor(options: ClusterProbeOptions) {
    this.#options = options;
    const { clock, random, probeIntervalMs } = options.context;
    const settings = { intervalMs: probeIntervalMs, clock, random };
    this.#prober = new Prober({ ...settings, probe: () => this.#probe() });
  }

  /** Whether anybody wants the cluster to be connected. */
  get isWanted(): boolean {
    return this.#prober.isActive && !this.isDormant;
  }

  start(): void {
    if (!this.#options.signal.aborted) this.#prober.start();
  }

  /** Probes now; all who ask at the same time share one probe. Gives its failure. */
  async now(): Promise<Error | undefined> {
    await this.#prober.probeNow();
    return this.#failure;
  }

  /** Something is different: the next probe comes at once. */
  soon(): void {
    this.#prober.schedule(0);
  }

  /** A caller met a failure: that is a reason to look, not a verdict. */
  poke(): void {
    const nowMs = this.#options.context.clock.monotonic();
    if (nowMs - this.#askedAtMs >= POKE_INTERVAL_MS) this.soon();
  }

  stop(): Promise<void> {
    return this.#prober.stop();
  }

  /** Gives the milliseconds until the next probe; undefined for the interval. */
  async #probe(): Promise<number | undefined> {
    const { slot, health, signal, context } = this.#options;
    this.#askedAtMs = context.clock.monotonic();
    this.#failure = undefined;
    if (slot.link !== undefined) await this.#probeLink(slot.link);
    else if (this.isDormant) return undefined;
    else if (slot.failure.retryInMs > 0) return slot.failure.retryInMs;
    else await slot.acquire({ signal }).catch(() => undefined);
    if (slot.link === undefined) return Math.max(slot.failure.retryInMs, 1);
    if (!health.isInDoubt) return undefined;
    return health.state.reason === "Recovering" ? DOUBT_DELAY_MS : 0;
  }

  async #probeLink(link: ClusterLink): Promise<void> {
    const { configName, context, slot, health, signal } = this.#options;
    try {
      const result = await this.#askOrRenew(link);
      if (signal.aborted) return;
      if (result.isReady) health.succeeded();
      else health.notReady(result.error);
      this.#failure = result.isReady ? undefined : result.error;
      context.onProbe(configName, true);
    } catch (error) {
      // An answer over a link that was replaced meanwhile says nothing about the new one.
      if (signal.aborted || slot.link !== link) return;
      this.#failure = error as Error;
      health.failed(error as Error);
      context.onProbe(configName, false);
    }
  }

  async #askOrRenew(link: ClusterLink): Promise<ProbeResult> {
    const { context, renew, signal } = this.#options;
    const ask = (target: ClusterLink): Promise<ProbeResult> =>
      target.run((client) => probeCluster(client, { signal, timeoutMs: context.probeTimeoutMs }));
    try {
      return await ask(link);
    } catch (error) {
      const renewed = isUnauthorized(error) ? await renew(link) : undefined;
      if (renewed === undefined) throw error;
      return ask(renewed);
    }
  }
}
