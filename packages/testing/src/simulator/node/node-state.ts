import type { Clock } from "@kvop/core";

/** The node, which can be lost: nothing on it is heard of then. */
export class NodeState {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #lostAt: number | undefined;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** For how many milliseconds the node has been lost; undefined while it is there. */
  lostMs(): number | undefined {
    return this.#lostAt === undefined ? undefined : this.#clock.now() - this.#lostAt;
  }

  /** Until disposed of. */
  lose(): Disposable {
    this.#lostAt ??= this.#clock.now();
    this.#onChange();
    return {
      [Symbol.dispose]: () => {
        if (this.#lostAt === undefined) return;
        this.#lostAt = undefined;
        this.#onChange();
      },
    };
  }
}
