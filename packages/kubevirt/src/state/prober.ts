import { type Clock, type ClockTimer, jitter, type Random } from "@kvop/core";

/** Settings of {@link Prober}. */
export interface ProberOptions {
  /** Observes the cluster once; never rejects. Gives the milliseconds until the next time, or undefined for the interval. */
  readonly probe: () => Promise<number | undefined>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Observes a cluster again and again, one probe at a time; the phases of many clusters are spread over the interval. */
export class Prober {
  readonly #options: ProberOptions;
  #timer: ClockTimer | undefined;
  #running: Promise<void> | undefined;
  #isActive = false;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  start(): void {
    if (this.#isActive) return;
    this.#isActive = true;
    const { intervalMs, random } = this.#options;
    this.#schedule(intervalMs * random.next());
  }

  /** Probes now, unless a probe runs: everyone who asks at the same time shares one. */
  probeNow(): Promise<void> {
    this.#timer?.cancel();
    this.#running ??= this.#probe().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Moves the next probe to the given time from now. */
  schedule(delayMs: number): void {
    if (this.#isActive && this.#running === undefined) this.#schedule(delayMs);
  }

  /** No further probe begins; one that runs is waited for. */
  async stop(): Promise<void> {
    this.#isActive = false;
    this.#timer?.cancel();
    await this.#running;
  }

  async #probe(): Promise<void> {
    const { intervalMs, random } = this.#options;
    const delayMs = await this.#options.probe();
    if (this.#isActive) this.#schedule(delayMs ?? jitter(random, intervalMs));
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(() => void this.probeNow(), delayMs, {
      background: true,
    });
  }
}
