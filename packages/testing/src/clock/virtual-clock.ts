import { type Clock, type ClockTimer, DeadlineExceededError, yieldToEventLoop } from "@kvop/core";

interface VirtualTimer {
  readonly callback: () => void;
  readonly dueMs: number;
  readonly order: number;
  readonly origin: Error | undefined;
}

/** A timer of a {@link VirtualClock} that has not fired. */
export interface PendingTimer {
  /** Virtual milliseconds from now. */
  readonly inMs: number;
  /** Where it was set, as a stack; undefined unless the clock traces its timers. */
  readonly stack: string | undefined;
}

/** Settings of a {@link VirtualClock}. */
export interface VirtualClockOptions {
  /** Wall time at the start, in milliseconds since 1970. Default: 2026-01-01T00:00:00Z. */
  readonly startMs?: number | undefined;
  /** Remembers where each timer was set, for reports of what was left behind. Default: false. */
  readonly tracesTimers?: boolean | undefined;
}

/**
 * A clock that moves only when told: what waits for hours passes in milliseconds, in the same order each time.
 *
 * Give it to everything in the test that takes a `clock`: server, simulator, client manager, reconciler. Then
 * `advance(60_000)` lets a minute pass, and `runUntil(condition)` as much as it takes. Between two timers everything that is
 * due runs to its end, so that the code under test has settled when these resolve. Timers that are due at the same moment
 * fire in the order in which they were set; with a `seededRandom`, a run repeats itself exactly.
 *
 * Do not wait for something that waits for this clock without moving it: `await clock.advance(...)` first, or start the work,
 * advance, and then await it. The clock governs the in-process door; over HTTPS, sockets keep real time.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #tracesTimers: boolean;
  readonly #timers = new Set<VirtualTimer>();
  #nowMs: number;
  #order = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.#tracesTimers = options.tracesTimers ?? false;
    this.#startMs = options.startMs ?? 1_767_225_600_000;
    this.#nowMs = this.#startMs;
  }

  /** Timers that have not fired: 0 once everything on this clock is disposed of. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Timers that have not fired, the next one first. */
  pending(): readonly PendingTimer[] {
    return [...this.#timers]
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)
      .map(({ dueMs, origin }) => ({ inMs: dueMs - this.#nowMs, stack: origin?.stack }));
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer = {
      callback,
      dueMs: this.#nowMs + Math.max(delayMs, 0),
      order: (this.#order += 1),
      origin: this.#tracesTimers ? new Error("timer") : undefined,
    };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Moves time on, firing each timer at its moment. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.#settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.dueMs > endMs) break;
      await this.#fire(next);
    }
    this.#nowMs = endMs;
    await this.#settle();
  }

  /**
   * Moves time on from timer to timer until the condition holds.
   *
   * @param options.timeoutMs Virtual milliseconds after which it gives up. Default: 600,000.
   * @throws DeadlineExceededError
   */
  async runUntil(
    condition: () => boolean | Promise<boolean>,
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<void> {
    const { timeoutMs = 600_000 } = options;
    const endMs = this.#nowMs + timeoutMs;
    await this.#settle();
    while (!(await condition())) {
      const next = this.#next();
      if (next === undefined || next.dueMs > endMs) {
        throw new DeadlineExceededError({
          cluster: "virtual clock",
          timeoutMs,
          phase: "condition",
        });
      }
      await this.#fire(next);
    }
  }

  async #fire(timer: VirtualTimer): Promise<void> {
    this.#timers.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.callback();
    await this.#settle();
  }

  #next(): VirtualTimer | undefined {
    let next: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      const isSooner =
        next === undefined ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order);
      if (isSooner) next = timer;
    }
    return next;
  }

  async #settle(): Promise<void> {
    // One turn runs all promise callbacks; the second, what they have put off to the next turn.
    await yieldToEventLoop();
    await yieldToEventLoop();
  }
}
