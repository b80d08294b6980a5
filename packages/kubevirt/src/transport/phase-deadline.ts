import type { Clock, ClockTimer } from "@kvop/core";

/** What a {@link PhaseDeadline} keeps to. */
export interface PhaseDeadlineLimits {
  readonly clock: Clock;
  /** Milliseconds left for the whole. 0: any. */
  readonly timeoutMs: number;
  /** The whole as the caller set it, for the error. */
  readonly wholeTimeoutMs: number;
}

/**
 * One timer for the deadline of the whole and of its phases, whichever comes first. A phase that could not end it earlier costs no
 * timer, which is the case of nearly every request.
 */
export class PhaseDeadline {
  readonly #limits: PhaseDeadlineLimits;
  readonly #onLate: (timeoutMs: number) => void;
  readonly #endMs: number;
  #timer: ClockTimer | undefined;
  #isDone = false;
  /** Whether the timer is that of a phase. */
  #isOfPhase = false;

  /** @param onLate Is told how long was waited for: the whole, or a phase. */
  constructor(limits: PhaseDeadlineLimits, onLate: (timeoutMs: number) => void) {
    this.#limits = limits;
    this.#onLate = onLate;
    const { clock, timeoutMs, wholeTimeoutMs } = limits;
    this.#endMs = timeoutMs === 0 ? Infinity : clock.monotonic() + timeoutMs;
    if (timeoutMs !== 0) this.#set(timeoutMs, wholeTimeoutMs);
  }

  /** The next phase begins: what was left of the last one does not count any more. */
  startPhase(phaseTimeoutMs: number): void {
    if (this.#isDone) return;
    const leftMs = this.#endMs - this.#limits.clock.monotonic();
    if (phaseTimeoutMs < leftMs) {
      this.#isOfPhase = true;
      this.#set(phaseTimeoutMs, phaseTimeoutMs);
    } else if (this.#isOfPhase) {
      this.#isOfPhase = false;
      this.#set(leftMs, this.#limits.wholeTimeoutMs);
    }
  }

  cancel(): void {
    this.#isDone = true;
    this.#timer?.cancel();
  }

  #set(delayMs: number, timeoutMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#limits.clock.setTimer(() => this.#onLate(timeoutMs), delayMs);
  }
}
