import {
  type Clock,
  type ClockTimer,
  jitter,
  type Logger,
  type Random,
  TransportError,
} from "@kvop/core";

import type { KubeconfigSource } from "../configs/config-reader.js";
import type { ClusterLink } from "../link/cluster-link.js";
import type { LinkSlot } from "../link/link-slot.js";
import { failureReason } from "../state/failure-reason.js";

/** Settings of {@link CredentialRefresh}. */
export interface CredentialRefreshOptions {
  readonly configName: string;
  readonly slot: LinkSlot;
  readonly read: (signal: AbortSignal) => Promise<KubeconfigSource>;
  readonly open: (source: KubeconfigSource, signal: AbortSignal) => Promise<ClusterLink>;
  /** Told of new credentials that cannot be used; undefined when there are none such any more. */
  readonly onProblem: (error: Error | undefined) => void;
  /** Told when a new link is in place. */
  readonly onSuccess: () => void;
  /** Name of the supervisor's client: its outages say nothing about credentials. */
  readonly supervisorName: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Credentials that stay refused are read again after so long, and longer each time. */
const FIRST_RENEWAL_MS = 250;
const LONGEST_RENEWAL_MS = 4000;
/** New credentials that cannot be used are tried again after so long, and longer each time. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Replaces the link of a cluster by one with the credentials that its Secret holds now: builds the new one, checks it, swaps,
 * and retires the old one. One that cannot be used leaves the old one in place.
 */
export class CredentialRefresh {
  readonly #options: CredentialRefreshOptions;
  /** Links whose credentials were refused while the Secret held no others, and when that is looked at again. */
  readonly #refused = new WeakMap<
    ClusterLink,
    { readonly untilMs: number; readonly times: number }
  >();
  /** Of the Secret as it was last seen. */
  #latest: string | undefined;
  #running: Promise<ClusterLink | undefined> | undefined;
  #retry: ClockTimer | undefined;
  #failures = 0;

  constructor(options: CredentialRefreshOptions) {
    this.#options = options;
  }

  /** The Secret was seen with this kubeconfig (none: undefined); true when that is news. */
  seen(fingerprint: string | undefined): boolean {
    const { link } = this.#options.slot;
    const isNews =
      fingerprint !== this.#latest || (fingerprint === undefined && link !== undefined);
    this.#latest = fingerprint;
    if (link === undefined || link.fingerprint !== fingerprint) return isNews;
    // It was put back to what is in use.
    this.#retry?.cancel();
    this.#succeeded();
    return false;
  }

  /** After a 401: a link with other credentials, when there is one or the Secret gives one. */
  renew(refused: ClusterLink): Promise<ClusterLink | undefined> {
    const current = this.#options.slot.link;
    if (current !== undefined && current !== refused) return Promise.resolve(current);
    const untilMs = this.#refused.get(refused)?.untilMs ?? 0;
    const isNewer =
      this.#failures === 0 && this.#latest !== undefined && this.#latest !== refused.fingerprint;
    const mayRead = isNewer || this.#options.clock.monotonic() >= untilMs;
    return this.#running ?? (mayRead ? this.run(refused) : Promise.resolve(undefined));
  }

  /** One reading of the Secret for any number of reasons; never rejects. */
  run(old: ClusterLink): Promise<ClusterLink | undefined> {
    this.#retry?.cancel();
    this.#running ??= this.#try(old).finally(() => {
      this.#running = undefined;
      this.#retryWhereDue();
    });
    return this.#running;
  }

  /** Forgets what is known; what runs goes on and finds nobody. */
  reset(): void {
    this.#retry?.cancel();
    this.#failures = 0;
    this.#latest = undefined;
  }

  async stop(): Promise<void> {
    this.reset();
    await this.#running;
  }

  async #try(old: ClusterLink): Promise<ClusterLink | undefined> {
    const { slot, read, open, signal, clock, logger, configName } = this.#options;
    try {
      const source = await read(signal);
      if (source.fingerprint !== old.fingerprint) {
        const link = await open(source, signal);
        if (!slot.swap(old, link)) {
          await link.close();
          return slot.link;
        }
        this.#succeeded();
        this.#options.onSuccess();
        logger.info({ config: configName }, "new credentials are in use");
        return link;
      }
      this.#succeeded();
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#failed(error as Error);
    }
    const { times = 0 } = this.#refused.get(old) ?? {};
    const delayMs = Math.min(FIRST_RENEWAL_MS * 2 ** times, LONGEST_RENEWAL_MS);
    this.#refused.set(old, { untilMs: clock.monotonic() + delayMs, times: times + 1 });
    return undefined;
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#options.onProblem(undefined);
  }

  #failed(error: Error): void {
    const { logger, configName, supervisorName } = this.#options;
    this.#failures += 1;
    const fields = { config: configName, code: failureReason(error) };
    logger.warn(fields, "newer credentials could not be used; the old ones are kept");
    if (!TransportError.isInstance(error) || error.cluster !== supervisorName)
      this.#options.onProblem(error);
  }

  /** The Secret may have changed again meanwhile, and what it holds may be usable later. */
  #retryWhereDue(): void {
    const { slot, signal, clock, random } = this.#options;
    const isBehind = this.#latest !== undefined && this.#latest !== slot.link?.fingerprint;
    if (slot.link === undefined || signal.aborted) return;
    if (this.#failures === 0 && !isBehind) return;
    const delayMs =
      this.#failures === 0
        ? 0
        : Math.min(FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 10), LONGEST_RETRY_MS);
    const again = (): void => {
      const { link } = slot;
      if (link !== undefined) void this.run(link);
    };
    this.#retry = clock.setTimer(again, jitter(random, delayMs, 0.5), { background: true });
  }
}
