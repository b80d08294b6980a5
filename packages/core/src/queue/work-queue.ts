import { type Clock, type ClockTimer, systemClock } from "../clock.js";
import type { Metrics } from "../metrics/metrics.js";
import { QueueMetrics } from "./queue-metrics.js";
import { onAbort } from "../on-abort.js";

/** Settings of a {@link WorkQueue}. */
export interface WorkQueueOptions<Item> {
  /** What makes two items the same. Default: `String`. */
  readonly keyOf?: ((item: Item) => string) | undefined;
  readonly clock?: Clock | undefined;
  /** Wait after the first failure of an item. Default: 5, as client-go. */
  readonly baseDelayMs?: number | undefined;
  /** Longest wait after failures in a row. Default: 300,000. client-go's is 1,000 s; five minutes show a repair sooner. */
  readonly maxDelayMs?: number | undefined;
  /** Value of the label `name` of its metrics. Default: none are made. */
  readonly name?: string | undefined;
  /** Where its metrics (`workqueue_*`) go. Default: nowhere. */
  readonly metrics?: Metrics | undefined;
}

interface PendingTimer {
  readonly timer: ClockTimer;
  readonly dueMs: number;
}

/**
 * A queue of keys with the semantics of client-go's: an item waits at most once, no two workers hold the same item, and an
 * item added while it is worked on comes again after `done`.
 */
export class WorkQueue<Item = string> {
  readonly #keyOf: (item: Item) => string;
  readonly #clock: Clock;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  /** Items to hand out, in order of arrival. */
  readonly #ready = new Map<string, Item>();
  readonly #processing = new Set<string>();
  /** Items added while they were worked on. */
  readonly #again = new Map<string, Item>();
  readonly #timers = new Map<string, PendingTimer>();
  readonly #failures = new Map<string, number>();
  readonly #takers = new Set<() => void>();
  readonly #metrics: QueueMetrics | undefined;
  #isShutDown = false;

  constructor(options: WorkQueueOptions<Item> = {}) {
    this.#keyOf = options.keyOf ?? String;
    this.#clock = options.clock ?? systemClock;
    this.#baseDelayMs = options.baseDelayMs ?? 5;
    this.#maxDelayMs = options.maxDelayMs ?? 300_000;
    const { name, metrics } = options;
    if (name !== undefined && metrics !== undefined)
      this.#metrics = new QueueMetrics({ name, metrics, clock: this.#clock });
  }

  /** Items that wait to be taken; those with a delay still to run do not count. */
  get length(): number {
    return this.#ready.size;
  }

  /** True when nothing waits, runs or is delayed. */
  get isIdle(): boolean {
    return this.#ready.size === 0 && this.#processing.size === 0 && this.#timers.size === 0;
  }

  add(item: Item): void {
    if (this.#isShutDown) return;
    const key = this.#keyOf(item);
    if (this.#processing.has(key)) {
      this.#again.set(key, item);
      return;
    }
    if (this.#ready.has(key)) return;
    this.#ready.set(key, item);
    this.#metrics?.added(key);
    this.#wakeOne();
  }

  /** Adds the item after a delay; of several delays of one item the earliest counts. */
  addAfter(item: Item, delayMs: number): void {
    if (this.#isShutDown) return;
    if (delayMs <= 0) {
      this.add(item);
      return;
    }
    const key = this.#keyOf(item);
    const dueMs = this.#clock.monotonic() + delayMs;
    const pending = this.#timers.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.timer.cancel();
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(key);
      this.add(item);
    }, delayMs);
    this.#timers.set(key, { timer, dueMs });
  }

  /** Adds the item after a wait that doubles with each failure since the last `forget`. */
  addRateLimited(item: Item): void {
    const key = this.#keyOf(item);
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics?.retried();
    this.addAfter(
      item,
      Math.min(this.#baseDelayMs * 2 ** Math.min(failures, 30), this.#maxDelayMs),
    );
  }

  /** The item succeeded: its next failure waits the shortest time again. */
  forget(item: Item): void {
    this.#failures.delete(this.#keyOf(item));
  }

  /** The next item, when there is one; undefined once the queue is shut down or the signal aborts. Call `done` after. */
  async get(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Item | undefined> {
    const { signal } = options;
    while (!this.#isShutDown && signal?.aborted !== true) {
      const [next] = this.#ready;
      if (next !== undefined) {
        const [key, item] = next;
        this.#ready.delete(key);
        this.#processing.add(key);
        this.#metrics?.taken(key);
        return item;
      }
      await this.#untilWoken(signal);
    }
    // A taker that was woken for an item but aborted leaves the item to another one.
    if (this.#ready.size > 0) this.#wakeOne();
    return undefined;
  }

  /** The item taken by `get` is finished, well or not. */
  done(item: Item): void {
    const key = this.#keyOf(item);
    this.#processing.delete(key);
    this.#metrics?.done(key);
    const again = this.#again.get(key);
    if (again === undefined) return;
    this.#again.delete(key);
    this.add(again);
  }

  /** Ends all waits and drops what waits; items in work are not affected. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#ready.clear();
    this.#again.clear();
    this.#failures.clear();
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    for (const wake of [...this.#takers]) wake();
    this.#metrics?.end();
  }

  #untilWoken(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#takers.delete(wake);
        leave();
        resolve();
      };
      this.#takers.add(wake);
      const leave = onAbort(signal, wake);
    });
  }

  #wakeOne(): void {
    const [taker] = this.#takers;
    taker?.();
  }
}
