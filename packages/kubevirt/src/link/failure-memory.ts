import { type Clock, jitter, type Random } from "@kvop/core";

/** First time that a failure is remembered: long enough for a storm of callers, short enough not to be noticed. */
const FIRST_DELAY_MS = 500;
/** A dead cluster is dialled no more often than so. */
const LONGEST_DELAY_MS = 30_000;

/** The last failure of something that is tried again and again: while it is fresh, nobody needs to try. */
export class FailureMemory {
  readonly #clock: Clock;
  readonly #random: Random;
  #failure: { readonly error: Error; readonly untilMs: number } | undefined;
  #count = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Remembers the failure for a time that doubles with each in a row, spread by up to a half. */
  remember(error: Error): void {
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(this.#count, 20), LONGEST_DELAY_MS);
    this.#count += 1;
    const untilMs = this.#clock.monotonic() + jitter(this.#random, delayMs, 0.5);
    this.#failure = { error, untilMs };
  }

  /** The failure, as long as it counts. */
  recall(): Error | undefined {
    return this.retryInMs > 0 ? this.#failure?.error : undefined;
  }

  /** Milliseconds until the next try; 0 when there is nothing to wait for. */
  get retryInMs(): number {
    if (this.#failure === undefined) return 0;
    // Whole milliseconds, upwards: a timer that waits for it must not come a fraction too early.
    return Math.max(0, Math.ceil(this.#failure.untilMs - this.#clock.monotonic()));
  }

  /** Something is different now, or it worked: the next failure is the first one again. */
  forget(): void {
    this.#failure = undefined;
    this.#count = 0;
  }
}
