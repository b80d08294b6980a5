import type { ClusterClient, WatchEvent } from "../client/cluster-client.js";
import {
  formatObjectKey,
  type KubernetesObject,
  type ObjectKey,
  objectKeyOf,
} from "../client/kubernetes-object.js";
import { type Clock, sleep, systemClock } from "../clock.js";
import { isGone } from "../errors/api-error.js";
import { DisposedError } from "../errors/disposed-error.js";
import { silentLogger } from "../logger.js";
import { jitter, type Random, systemRandom } from "../random.js";
import { BackOff } from "./back-off.js";
import type { Indexer } from "./object-cache.js";
import { ReflectedSet } from "./reflected-set.js";
import type { Reflector, ReflectorMode, ReflectorOptions } from "./reflector.js";
import { runWatch } from "./run-watch.js";
import { SyncWaiters, type WaitForSyncOptions } from "./sync-waiters.js";
import { versionAfter } from "./version-after.js";
import {
  isStreamingListRefused,
  isVersionLost,
  isVersionRefused,
  isWatchRefused,
} from "./watch-failures.js";

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
  readonly #backOff: BackOff;
  /** Of the present turn: one list and watch, and the wait after it. */
  #turn = new AbortController();
  #run: Promise<void> = Promise.resolve();
  #isDisposed = false;
  /** By its owner, which may come when the turn was given up already as its connection seemed dead. */
  #isInterrupted = false;
  #mode: ReflectorMode = "watching";
  #isStreaming: boolean;
  #hasBookmarks = false;
  /** Of a streaming list: the keys so far, until the bookmark that ends the present state. */
  #initialKeys: Set<string> | undefined;
  #resourceVersion: string | undefined;
  #pageSize: number | undefined;
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
    this.#backOff = new BackOff(options, clock, random);
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
    this.#isInterrupted = true;
    this.#backOff.reset();
    this.#turn.abort(new DisposedError({ subject: "A watch that is restarted" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#isInterrupted = true;
    this.#turn.abort(new DisposedError({ subject: "The reflector" }));
    this.#waiters.dispose();
    await this.#run;
  }

  async #loop(): Promise<void> {
    while (!this.#isDisposed) {
      this.#turn = new AbortController();
      this.#isInterrupted = false;
      try {
        await this.#follow(this.#turn);
      } catch (error) {
        if (this.#isInterrupted) continue;
        // A watch that seemed dead was given up by its turn; the wait after it has one of its own.
        this.#turn = new AbortController();
        this.#report(error);
        await this.#backOff.wait(error, this.#turn.signal);
      }
    }
  }

  async #follow(turn: AbortController): Promise<void> {
    const client = await this.#options.connect({ signal: turn.signal });
    const isFirst = this.#resourceVersion === undefined;
    if (isFirst && this.#isStreaming && this.#mode === "watching") {
      await this.#streamList(client, turn);
      return;
    }
    if (isFirst) {
      await this.#relist(client, turn.signal);
      // Nothing comes between this and the request for the watch.
      this.#announce();
    }
    if (this.#mode === "polling" && this.#polls % POLLS_PER_WATCH !== 0) {
      await this.#waitForPoll(turn);
      return;
    }
    try {
      await this.#watch(client, turn);
    } catch (error) {
      const { pollIntervalMs = 0 } = this.#options;
      if (pollIntervalMs === 0 || !isWatchRefused(error) || turn.signal.aborted) throw error;
      this.#setMode("polling", error);
      await this.#waitForPoll(turn);
    }
  }

  async #waitForPoll({ signal }: AbortController): Promise<void> {
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
  async #streamList(client: ClusterClient, turn: AbortController): Promise<void> {
    this.#initialKeys = new Set();
    try {
      await this.#watch(client, turn);
    } catch (error) {
      // Where watches are refused altogether, a list may still be allowed.
      const isUnknown = isStreamingListRefused(error) || isWatchRefused(error);
      if (this.#isInterrupted || this.#resourceVersion !== undefined || !isUnknown) throw error;
      this.#isStreaming = false;
    } finally {
      this.#initialKeys = undefined;
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

  async #watch(client: ClusterClient, turn: AbortController): Promise<void> {
    const startedMs = this.#clock.monotonic();
    let count = 0;
    try {
      await runWatch(client, this.#options.resource, {
        selection: {
          ...this.#selection(),
          ...(this.#initialKeys === undefined
            ? { resourceVersion: this.#resourceVersion }
            : { sendInitialEvents: true }),
        },
        turn,
        clock: this.#clock,
        random: this.#random,
        silenceTimeoutMs: () => this.#silenceTimeoutMs(),
        onEvent: (event) => {
          count += 1;
          if (count === 1) this.#setMode("watching", undefined);
          this.#tellAlive();
          return this.#initialKeys === undefined
            ? this.#take(event)
            : this.#takeInitial(event, this.#initialKeys);
        },
      });
    } finally {
      if (this.#clock.monotonic() - startedMs >= GOOD_WATCH_MS) this.#backOff.reset();
    }
    // A server that ends watches at once would otherwise be dialled in a tight loop.
    const isEmpty = count === 0 && this.#clock.monotonic() - startedMs < SHORT_WATCH_MS;
    if (isEmpty || this.#initialKeys !== undefined)
      await this.#backOff.wait(undefined, turn.signal);
  }

  async #takeInitial(event: WatchEvent<T>, seen: Set<string>): Promise<void> {
    if (event.type === "bookmark") {
      if (!event.initialEventsEnd) return;
      this.#initialKeys = undefined;
      await this.#finishList(seen, versionAfter(event, undefined));
      this.#announce();
      return;
    }
    const key = formatObjectKey(objectKeyOf(event.object));
    if (event.type === "deleted") seen.delete(key);
    else seen.add(key);
    await this.#apply(event);
  }

  async #take(event: WatchEvent<T>): Promise<void> {
    this.#resourceVersion = versionAfter(event, this.#resourceVersion);
    if (event.type === "bookmark") {
      this.#hasBookmarks = true;
      return;
    }
    await this.#apply(event);
  }

  async #apply(event: Exclude<WatchEvent<T>, { type: "bookmark" }>): Promise<void> {
    if (event.type === "deleted") await this.#set.remove(event.object);
    else await this.#set.put(event.object);
  }

  #silenceTimeoutMs(): number {
    if (this.#initialKeys !== undefined) return STREAMING_SILENCE_MS;
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
    // An expired version is part of normal life: the next turn lists anew.
    const isLost = isVersionLost(error);
    if (!isLost) this.#set.guard(() => this.#options.onError?.(error));
    if (!isLost && !isVersionRefused(error)) return;
    if (isGone(error) && this.#resourceVersion === undefined) this.#pageSize = LARGE_PAGE_SIZE;
    this.#resourceVersion = undefined;
  }
}
