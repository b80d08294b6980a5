import type { Clock, ClockTimer } from "@kvop/core";

/** What a server will do later by its clock. Nothing of it keeps the process alive, and all of it ends with the server. */
export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Map<string, ClockTimer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` once after the delay, unless a timer of that name is pending: then that one counts. */
  set(name: string, delayMs: number, run: () => void): void {
    if (this.#pending.has(name)) return;
    const fire = (): void => {
      this.#pending.delete(name);
      run();
    };
    this.#pending.set(name, this.#clock.setTimer(fire, delayMs, { background: true }));
  }

  /** As {@link set}, but of several of that name the last one counts. */
  replace(name: string, delayMs: number, run: () => void): void {
    this.#pending.get(name)?.cancel();
    this.#pending.delete(name);
    this.set(name, delayMs, run);
  }

  isPending(name: string): boolean {
    return this.#pending.has(name);
  }

  cancelAll(): void {
    for (const timer of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }
}
