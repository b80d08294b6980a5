import type { ClusterClient, WatchEvent } from "../client/cluster-client.js";
import {
  formatObjectKey,
  type KubernetesObject,
  type ObjectKey,
  objectKeyOf,
} from "../client/kubernetes-object.js";
import type { Resource } from "../client/resource.js";
import { type Clock, sleep, systemClock } from "../clock.js";
import { ApiError, isGone } from "../errors/api-error.js";
import { DisposedError } from "../errors/disposed-error.js";
import { type Logger, silentLogger } from "../logger.js";
import { jitter, type Random, systemRandom } from "../random.js";
import type { Indexer, Indexers, ObjectReader } from "./object-cache.js";
import { openWatch } from "./open-watch.js";
import { ReflectedSet, type ReflectorHandler } from "./reflected-set.js";
import { SyncWaiters, type WaitForSyncOptions } from "./sync-waiters.js";
import { isStreamingListRefused, isVersionLost, isWatchRefused } from "./watch-failures.js";

/** How a reflector follows its set: by a watch, or, where that is not allowed, by reading again from time to time. */
export type ReflectorMode = "watching" | "polling";

/** Settings of {@link startReflector}. */
export interface ReflectorOptions<T extends KubernetesObject> {
  /** The client to list and watch with, asked for anew before each list and watch: a rotated credential is then picked up. */
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<ClusterClient>;
  readonly resource: Resource<T>;
  /** One namespace. Default: all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Ask for metadata alone; objects then have no spec and no status. Default: false. */
  readonly metadataOnly?: boolean | undefined;
  /**
   * How the first state comes: in pages, or as the beginning of the watch (`sendInitialEvents`, KEP-3157), which costs a
   * server less; where a server does not know that, pages are read after all. Default: `paged`.
   */
  readonly initialList?: "paged" | "streaming" | undefined;
  /**
   * Called for each change, in order. What it throws is logged and goes no further. When it gives a promise, the next event
   * waits for it, and the connection is read no faster.
   */
  readonly onEvent?: ReflectorHandler<T> | undefined;
  /** Called when a list is complete: first, and after each relist. */
  readonly onSynced?: (() => void) | undefined;
  /** Called for each failure of a list or watch; the reflector goes on by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Called for each answer, event and bookmark of the server: it lives. */
  readonly onAlive?: (() => void) | undefined;
  /** Called when the mode changes; the first mode is `watching`. */
  readonly onModeChange?: ((mode: ReflectorMode, error: unknown) => void) | undefined;
  /** Trims an object before it is kept. Default: kept whole. */
  readonly transform?: ((object: T) => T) | undefined;
  /** Indexes of the kept objects, for `byIndex`. Default: none. */
  readonly indexers?: Indexers<T> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  /** First wait after a failure. Default: 800, as client-go. */
  readonly baseDelayMs?: number | undefined;
  /** Longest wait after failures in a row. Default: 30,000, as client-go. */
  readonly maxDelayMs?: number | undefined;
  /** Milliseconds between two reads where watching is not allowed. Default: 0, a refused watch is tried again as any failure. */
  readonly pollIntervalMs?: number | undefined;
  /**
   * A watch on which bookmarks have come before is taken for dead after so many milliseconds without any event. Default:
   * 150,000, as a server sends a bookmark about once a minute.
   */
  readonly silenceTimeoutMs?: number | undefined;
}

/** A local copy of a set of objects that follows the server. */
export interface Reflector<T extends KubernetesObject> extends ObjectReader<T>, AsyncDisposable {
  /** True once the first list is complete. */
  readonly isSynced: boolean;
  readonly mode: ReflectorMode;
  /**
   * Resolves once the first list is complete.
   *
   * @throws DeadlineExceededError, DisposedError, the signal's reason
   */
  waitForSync(options?: WaitForSyncOptions): Promise<void>;
  /** Adds an index for `byIndex`, of what is there and what comes, until disposed of. @throws TypeError when the name is taken */
  addIndex(name: string, indexer: Indexer<T>): Disposable;
  /** Ends the present request or wait and goes on at once from where it was, with a client asked for anew. */
  restart(): void;
}

/** A watch that lived so long was a good one: the waits after failures begin small again. */
const GOOD_WATCH_MS = 10_000;
/** A watch that ended sooner, and gave nothing, is not opened again at once. */
const SHORT_WATCH_MS = 1000;
const DEFAULT_SILENCE_TIMEOUT_MS = 150_000;
/** A streaming list that gives nothing for so long comes from a server that does not know how to end one. */
const STREAMING_SILENCE_MS = 10_000;
/** Where watching was refused, it is tried again after so many reads: rights may have been granted. */
const POLLS_PER_WATCH = 10;
/** Pages of a list whose version expired on the way are read in larger pages the next time. */
const LARGE_PAGE_SIZE = 10_000;

/**
 * Lists a resource and then watches it for ever: resumes where a watch ended, lists anew when the server no longer has the
 * version (410) and backs off with jitter after failures. Objects that vanished in between are reported as deleted.
 */
export function startReflector<T extends KubernetesObject>(
  options: ReflectorOptions<T>,
): Reflector<T> {
  const reflector = new RunningReflector(options);
  reflector.start();
  return reflector;
}

class RunningReflector<T extends KubernetesObject> implements Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #set: ReflectedSet<T>;
  readonly #waiters: SyncWaiters;
  /** Of the present turn: one list and watch, and the wait after it. */
  #turn = new AbortController();
  #run: Promise<void> = Promise.resolve();
  #isDisposed = false;
  #mode: ReflectorMode = "watching";
  #isStreaming: boolean;
  #hasBookmarks = false;
  #resourceVersion: string | undefined;
  #pageSize: number | undefined;
  #failures = 0;
  #polls = 0;

  constructor(options: ReflectorOptions<T>) {
    const { clock = systemClock, random = systemRandom, logger = silentLogger } = options;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#isStreaming = options.initialList === "streaming";
    const { transform, indexers, onEvent, resource } = options;
    this.#set = new ReflectedSet({
      transform,
      indexers,
      onEvent,
      logger,
      resource: resource.plural,
    });
    this.#waiters = new SyncWaiters(clock, resource.plural);
  }

  get isSynced(): boolean {
    return this.#waiters.isSynced;
  }

  get mode(): ReflectorMode {
    return this.#mode;
  }

  get size(): number {
    return this.#set.cache.size;
  }

  start(): void {
    this.#run = this.#loop();
  }

  waitForSync(options: WaitForSyncOptions = {}): Promise<void> {
    return this.#waiters.wait(options);
  }

  get(key: ObjectKey): T | undefined {
    return this.#set.cache.get(key);
  }

  list(): readonly T[] {
    return this.#set.cache.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#set.cache.byIndex(index, value);
  }

  addIndex(name: string, indexer: Indexer<T>): Disposable {
    this.#set.cache.addIndex(name, indexer);
    return { [Symbol.dispose]: () => this.#set.cache.removeIndex(name) };
  }

  restart(): void {
    this.#failures = 0;
    this.#turn.abort(new DisposedError({ subject: "A watch that is restarted" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#turn.abort(new DisposedError({ subject: "The reflector" }));
    this.#waiters.dispose();
    await this.#run;
  }

  async #loop(): Promise<void> {
    while (!this.#isDisposed) {
      this.#turn = new AbortController();
      const { signal } = this.#turn;
      try {
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) continue;
        this.#report(error);
        await this.#backOff(error, signal);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const client = await this.#options.connect({ signal });
    const isFirst = this.#resourceVersion === undefined;
    if (isFirst && this.#isStreaming && this.#mode === "watching") {
      await this.#streamList(client, signal);
      return;
    }
    if (isFirst) {
      await this.#relist(client, signal);
      // Nothing comes between this and the request for the watch.
      this.#announce();
    }
    if (this.#mode === "polling" && this.#polls % POLLS_PER_WATCH !== 0) {
      await this.#waitForPoll(signal);
      return;
    }
    try {
      await this.#watch(client, signal);
    } catch (error) {
      const { pollIntervalMs = 0 } = this.#options;
      if (pollIntervalMs === 0 || !isWatchRefused(error) || signal.aborted) throw error;
      this.#setMode("polling", error);
      await this.#waitForPoll(signal);
    }
  }

  async #waitForPoll(signal: AbortSignal): Promise<void> {
    this.#polls += 1;
    this.#resourceVersion = undefined;
    const delayMs = jitter(this.#random, this.#options.pollIntervalMs ?? 0);
    await sleep(this.#clock, delayMs, { signal, background: true });
  }

  async #relist(client: ClusterClient, signal: AbortSignal): Promise<void> {
    const selection = { ...this.#selection(), pageSize: this.#pageSize, signal };
    const seen = new Set<string>();
    let resourceVersion: string | undefined;
    for await (const page of client.listPages(this.#options.resource, selection)) {
      this.#tellAlive();
      for (const object of page.items) {
        seen.add(formatObjectKey(objectKeyOf(object)));
        await this.#set.put(object);
      }
      ({ resourceVersion } = page.metadata);
    }
    await this.#finishList(seen, resourceVersion);
  }

  /** The present state and what comes after it in one watch; pages are read instead where the server does not play along. */
  async #streamList(client: ClusterClient, signal: AbortSignal): Promise<void> {
    try {
      await this.#watch(client, signal, new Set());
    } catch (error) {
      // Where watches are refused altogether, a list may still be allowed.
      const isUnknown = isStreamingListRefused(error) || isWatchRefused(error);
      if (signal.aborted || this.#resourceVersion !== undefined || !isUnknown) throw error;
      this.#isStreaming = false;
    }
  }

  async #finishList(seen: ReadonlySet<string>, resourceVersion: string | undefined): Promise<void> {
    await this.#set.retain(seen);
    this.#resourceVersion = resourceVersion;
    this.#pageSize = undefined;
  }

  #announce(): void {
    this.#waiters.setSynced();
    this.#set.guard(() => this.#options.onSynced?.());
  }

  /** @param seen For a streaming list: gathers the keys until the bookmark that ends the present state. */
  async #watch(client: ClusterClient, signal: AbortSignal, seen?: Set<string>): Promise<void> {
    const startedMs = this.#clock.monotonic();
    const isListing = (): boolean => seen !== undefined && this.#resourceVersion === undefined;
    const events = openWatch(client, this.#options.resource, {
      ...this.#selection(),
      ...(seen === undefined
        ? { resourceVersion: this.#resourceVersion }
        : { sendInitialEvents: true }),
      clock: this.#clock,
      random: this.#random,
      signal,
      silenceTimeoutMs: () => (isListing() ? STREAMING_SILENCE_MS : this.#silenceTimeoutMs()),
    });
    let count = 0;
    try {
      for await (const event of events) {
        count += 1;
        if (count === 1) this.#setMode("watching", undefined);
        this.#tellAlive();
        if (seen !== undefined && isListing()) await this.#takeInitial(event, seen);
        else await this.#take(event);
      }
    } finally {
      if (this.#clock.monotonic() - startedMs >= GOOD_WATCH_MS) this.#failures = 0;
    }
    // A server that ends watches at once would otherwise be dialled in a tight loop.
    const isEmpty = count === 0 && this.#clock.monotonic() - startedMs < SHORT_WATCH_MS;
    if (isEmpty || isListing()) await this.#backOff(undefined, signal);
  }

  async #takeInitial(event: WatchEvent<T>, seen: Set<string>): Promise<void> {
    if (event.type === "bookmark") {
      if (!event.initialEventsEnd) return;
      await this.#finishList(seen, event.resourceVersion);
      this.#announce();
      return;
    }
    const key = formatObjectKey(objectKeyOf(event.object));
    if (event.type === "deleted") seen.delete(key);
    else seen.add(key);
    await this.#apply(event);
  }

  async #take(event: WatchEvent<T>): Promise<void> {
    if (event.type === "bookmark") {
      this.#hasBookmarks = true;
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    this.#resourceVersion = event.object.metadata?.resourceVersion ?? this.#resourceVersion;
    await this.#apply(event);
  }

  async #apply(event: Exclude<WatchEvent<T>, { type: "bookmark" }>): Promise<void> {
    if (event.type === "deleted") await this.#set.remove(event.object);
    else await this.#set.put(event.object);
  }

  #silenceTimeoutMs(): number {
    // Without bookmarks silence says nothing.
    if (!this.#hasBookmarks) return Infinity;
    return this.#options.silenceTimeoutMs ?? DEFAULT_SILENCE_TIMEOUT_MS;
  }

  #selection() {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    return { namespace, labelSelector, fieldSelector, metadataOnly };
  }

  #setMode(mode: ReflectorMode, error: unknown): void {
    if (this.#mode === mode) return;
    this.#mode = mode;
    this.#polls = 0;
    this.#set.guard(() => this.#options.onModeChange?.(mode, error));
  }

  #tellAlive(): void {
    this.#set.guard(() => this.#options.onAlive?.());
  }

  #report(error: unknown): void {
    if (!isVersionLost(error)) {
      this.#set.guard(() => this.#options.onError?.(error));
      return;
    }
    // An expired version is part of normal life: the next turn lists anew.
    if (isGone(error) && this.#resourceVersion === undefined) this.#pageSize = LARGE_PAGE_SIZE;
    this.#resourceVersion = undefined;
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const { baseDelayMs = 800, maxDelayMs = 30_000 } = this.#options;
    const delay = Math.min(baseDelayMs * 2 ** Math.min(this.#failures, 20), maxDelayMs);
    this.#failures += 1;
    const asked = ApiError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(jitter(this.#random, delay, 1), asked);
    // An abort here is a restart or the end; either is seen to by the loop.
    await sleep(this.#clock, delayMs, { signal }).catch(() => undefined);
  }
}
