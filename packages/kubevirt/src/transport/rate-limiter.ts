import type { Clock, ClockTimer } from "@kvop/core";

/** Settings of {@link RateLimiter}. */
export interface RateLimiterOptions {
  readonly requestsPerSecond: number;
  /** Requests that may go out at once after a quiet time. */
  readonly burst: number;
  readonly clock: Clock;
}

interface Waiter {
  readonly wake: () => void;
}

/**
 * A token bucket: requests beyond the burst wait their turn, in the order in which they came. Whoever gives up leaves the queue
 * and holds nobody up; whoever could not be served within its deadline does not even enter it.
 */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #tokens: number;
  #filledAtMs: number;
  #timer: ClockTimer | undefined;

  constructor(options: RateLimiterOptions) {
    this.#perMs = options.requestsPerSecond / 1000;
    this.#burst = Math.max(1, options.burst);
    this.#clock = options.clock;
    this.#tokens = this.#burst;
    this.#filledAtMs = options.clock.monotonic();
  }

  /** Takes a token when there is one and nobody waits. */
  tryTake(): boolean {
    if (this.#waiters.size > 0) return false;
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until a request that comes now would go out. */
  get waitMs(): number {
    this.#fill();
    const missing = this.#waiters.size + 1 - this.#tokens;
    return missing <= 0 ? 0 : missing / this.#perMs;
  }

  /**
   * Resolves when a request may go out.
   *
   * @param withinMs Longest useful wait. Default: any.
   * @returns false when the queue is longer than that; nothing was waited for then.
   * @throws the signal's reason
   */
  wait(signal?: AbortSignal, withinMs = Infinity): Promise<boolean> {
    if (this.tryTake()) return Promise.resolve(true);
    if (this.waitMs >= withinMs) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        this.#schedule();
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve(true);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#schedule();
    });
  }

  #fill(): void {
    const nowMs = this.#clock.monotonic();
    const added = (nowMs - this.#filledAtMs) * this.#perMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + added);
    this.#filledAtMs = nowMs;
  }

  /** One timer for the first in the queue, none for an empty one. */
  #schedule(): void {
    if (this.#waiters.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
      return;
    }
    this.#timer ??= this.#clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#serve();
      },
      Math.ceil((1 - this.#tokens) / this.#perMs),
    );
  }

  #serve(): void {
    this.#fill();
    for (const waiter of this.#waiters) {
      if (this.#tokens < 1) break;
      this.#tokens -= 1;
      this.#waiters.delete(waiter);
      waiter.wake();
    }
    this.#schedule();
  }
}
