import { type Clock, sleep } from "@kvop/core";

/** Settings of {@link RateLimiter}. */
export interface RateLimiterOptions {
  readonly requestsPerSecond: number;
  /** Requests that may go out at once after a quiet time. */
  readonly burst: number;
  readonly clock: Clock;
}

/** A token bucket: requests beyond the burst wait their turn, in order. */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(options: RateLimiterOptions) {
    this.#perMs = options.requestsPerSecond / 1000;
    this.#burst = options.burst;
    this.#clock = options.clock;
    this.#tokens = options.burst;
    this.#filledAt = options.clock.monotonic();
  }

  /** Takes a token and gives the milliseconds to wait for it; 0 when it is there. */
  take(): number {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }

  /** Resolves when a request may go out. @throws the signal's reason */
  async wait(signal?: AbortSignal): Promise<void> {
    const delayMs = this.take();
    if (delayMs === 0) return;
    try {
      await sleep(this.#clock, delayMs, { signal });
    } catch (error) {
      // Whoever gave up does not hold up those behind.
      this.#tokens += 1;
      throw error;
    }
  }
}
