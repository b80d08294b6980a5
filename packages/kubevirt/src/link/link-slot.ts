import {
  type CallOptions,
  type Clock,
  DisposedError,
  jitter,
  type Random,
  sleep,
} from "@kvop/core";

import { abortable } from "./abortable.js";
import type { ClusterLink } from "./cluster-link.js";
import { FailureMemory } from "./failure-memory.js";

/** Makes a checked link to a cluster; it closes what it opened when it fails. */
export type OpenLink = (options: { readonly signal: AbortSignal }) => Promise<ClusterLink>;

/** Settings of {@link LinkSlot}. */
export interface LinkSlotOptions {
  readonly configName: string;
  readonly open: OpenLink;
  /** Called when the link is another one, or none. */
  readonly onChange?: ((link: ClusterLink | undefined) => void) | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

interface Build {
  readonly promise: Promise<ClusterLink>;
  readonly controller: AbortController;
  waiting: number;
}

/** Of links that wait for their last requests, no more than so many are kept open. */
const MAX_RETIRING = 8;
/** A build that was invalidated so often is used after all: under a storm of invalidations none would ever be. */
const MAX_RESTARTS = 5;
const RESTART_DELAY_MS = 20;

/**
 * The place of one cluster's link: one build in flight, shared by every caller. An invalidation during a build makes it start
 * anew, so that nobody gets what was read before. A failure is remembered for a while and given to all who ask.
 */
export class LinkSlot {
  readonly failure: FailureMemory;
  readonly #options: LinkSlotOptions;
  readonly #retiring = new Map<ClusterLink, Promise<void>>();
  /** Raised by each invalidation: a build that began before must not be kept. */
  #generation = 0;
  #link: ClusterLink | undefined;
  #build: Build | undefined;
  #end: Error | undefined;

  constructor(options: LinkSlotOptions) {
    this.#options = options;
    this.failure = new FailureMemory(options.clock, options.random);
  }

  get link(): ClusterLink | undefined {
    return this.#link;
  }

  get isBuilding(): boolean {
    return this.#build !== undefined;
  }

  /**
   * The link, built when there is none. A caller that leaves does not end the build, until nobody waits for it.
   *
   * @param call.isFresh Tries although a failure is still remembered. Default: false.
   */
  async acquire(
    call: CallOptions & { readonly isFresh?: boolean | undefined } = {},
  ): Promise<ClusterLink> {
    call.signal?.throwIfAborted();
    if (this.#end !== undefined) throw this.#end;
    if (this.#link !== undefined) return this.#link;
    const remembered = call.isFresh === true ? undefined : this.failure.recall();
    if (this.#build === undefined && remembered !== undefined) throw remembered;
    const build = (this.#build ??= this.#startBuild());
    build.waiting += 1;
    try {
      const { configName: cluster, clock } = this.#options;
      return await abortable(build.promise, { ...call, clock, cluster, phase: "connect" });
    } finally {
      build.waiting -= 1;
      if (build.waiting === 0 && this.#build === build) {
        this.#build = undefined;
        build.controller.abort(new DisposedError({ subject: "A build that nobody waits for" }));
      }
    }
  }

  /** Puts a link in the place of another, which is retired; false (and nothing done) when that is no longer in its place. */
  swap(old: ClusterLink, link: ClusterLink): boolean {
    if (this.#link !== old || this.#end !== undefined) return false;
    this.#setLink(link);
    this.#retire(old);
    return true;
  }

  /** Drops the link and what is remembered of failures; a build in flight starts anew. */
  invalidate(): void {
    this.failure.forget();
    this.#generation += 1;
    const link = this.#link;
    if (link === undefined) return;
    this.#setLink(undefined);
    this.#retire(link);
  }

  /** Closes everything; who waits, or comes later, gets this error. */
  async dispose(reason: Error): Promise<void> {
    this.#end = reason;
    this.#generation += 1;
    const link = this.#link;
    if (link !== undefined) this.#setLink(undefined);
    const build = this.#build;
    build?.controller.abort(reason);
    await build?.promise.catch(() => undefined);
    await link?.close();
    await Promise.all([...this.#retiring.keys()].map((retiring) => retiring.close()));
    await Promise.all(this.#retiring.values());
  }

  #startBuild(): Build {
    const controller = new AbortController();
    const promise = this.#run(controller.signal).finally(() => {
      if (this.#build === build) this.#build = undefined;
    });
    // Every waiter may have left.
    promise.catch(() => undefined);
    const build: Build = { promise, controller, waiting: 0 };
    return build;
  }

  async #run(signal: AbortSignal): Promise<ClusterLink> {
    for (let restarts = 0; ; restarts += 1) {
      const generation = this.#generation;
      const mayRestart = (): boolean =>
        this.#generation !== generation && !signal.aborted && restarts < MAX_RESTARTS;
      let link: ClusterLink;
      try {
        link = await this.#options.open({ signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason as Error;
        if (!mayRestart()) {
          this.failure.remember(error as Error);
          throw error;
        }
        await this.#pause(restarts, signal);
        continue;
      }
      if (!signal.aborted && !mayRestart()) {
        this.failure.forget();
        this.#setLink(link);
        return link;
      }
      await link.close();
      signal.throwIfAborted();
      await this.#pause(restarts, signal);
    }
  }

  /** The first restart is at once; in a storm of invalidations the next ones take their time. */
  async #pause(restarts: number, signal: AbortSignal): Promise<void> {
    if (restarts === 0) return;
    const { clock, random } = this.#options;
    const delayMs = jitter(random, RESTART_DELAY_MS * 2 ** restarts, 0.5);
    await sleep(clock, delayMs, { signal, background: true });
  }

  #setLink(link: ClusterLink | undefined): void {
    this.#link = link;
    this.#options.onChange?.(link);
  }

  #retire(link: ClusterLink): void {
    const retiring = link.retire().finally(() => this.#retiring.delete(link));
    this.#retiring.set(link, retiring);
    const [oldest] = this.#retiring.keys();
    if (this.#retiring.size > MAX_RETIRING && oldest !== undefined) void oldest.close();
  }
}
