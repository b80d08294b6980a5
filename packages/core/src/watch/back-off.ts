import { type Clock, sleep } from "../clock.js";
import { ApiError } from "../errors/api-error.js";
import { jitter, type Random } from "../random.js";

/** Settings of {@link BackOff}. */
export interface BackOffOptions {
  /** First wait after a failure. Default: 800, as client-go. */
  readonly baseDelayMs?: number | undefined;
  /** Longest wait after failures in a row. Default: 30,000, as client-go. */
  readonly maxDelayMs?: number | undefined;
}

/** Waits after failures in a row: twice as long each time up to a bound, spread, and no shorter than the server asks for. */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;

  constructor(options: BackOffOptions, clock: Clock, random: Random) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
  }

  /** The next failure is the first one again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits after a failure, or until the signal aborts; what follows from that is for its owner. */
  async wait(error: unknown, signal: AbortSignal): Promise<void> {
    const { baseDelayMs = 800, maxDelayMs = 30_000 } = this.#options;
    const delay = Math.min(baseDelayMs * 2 ** Math.min(this.#failures, 20), maxDelayMs);
    this.#failures += 1;
    const asked = ApiError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(jitter(this.#random, delay, 1), asked);
    await sleep(this.#clock, delayMs, { signal }).catch(() => undefined);
  }
}
