import type { Clock, Random } from "@kvop/core";

import { FailureMemory } from "../link/failure-memory.js";

/** More wrong names than this are not remembered: a stream of them must not fill the memory. */
const MAX_NAMES = 1000;

/** Names for which there was no config, with the failure that is given to whoever asks for them again soon. */
export class MissingConfigs {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #failures = new Map<string, FailureMemory>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#failures.size;
  }

  recall(configName: string): Error | undefined {
    return this.#failures.get(configName)?.recall();
  }

  remember(configName: string, error: Error): void {
    let failure = this.#failures.get(configName);
    if (failure === undefined) {
      failure = new FailureMemory(this.#clock, this.#random);
      this.#failures.set(configName, failure);
      const [oldest] = this.#failures.keys();
      if (this.#failures.size > MAX_NAMES && oldest !== undefined) this.#failures.delete(oldest);
    }
    failure.remember(error);
  }

  forget(configName: string): void {
    this.#failures.delete(configName);
  }

  clear(): void {
    this.#failures.clear();
  }
}
