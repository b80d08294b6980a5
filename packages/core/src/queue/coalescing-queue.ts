import { onAbort } from "../on-abort.js";

/** Settings of {@link CoalescingQueue}. */
export interface CoalescingQueueOptions<Value> {
  /** What is left of a value that waits and a newer one of the same key; undefined for nothing. Default: the newer. */
  readonly merge?: ((waiting: Value, next: Value) => Value | undefined) | undefined;
}

/**
 * A queue in which one value waits for each key, however slow its reader is: it never holds more than there are keys. One
 * reader at a time.
 */
export class CoalescingQueue<Key, Value> {
  readonly #waiting = new Map<Key, Value>();
  readonly #merge: (waiting: Value, next: Value) => Value | undefined;
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor(options: CoalescingQueueOptions<Value> = {}) {
    this.#merge = options.merge ?? ((_waiting, next) => next);
  }

  /** Keys that have a value waiting. */
  get size(): number {
    return this.#waiting.size;
  }

  push(key: Key, value: Value): void {
    if (this.#isEnded) return;
    const waiting = this.#waiting.get(key);
    const merged = waiting === undefined ? value : this.#merge(waiting, value);
    if (merged === undefined) this.#waiting.delete(key);
    else this.#waiting.set(key, merged);
    this.#wake();
  }

  /** What waits is still read; then the reading ends. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** The values as they come, until `end` or the signal's abort. */
  async *read(signal?: AbortSignal): AsyncGenerator<Value, void, undefined> {
    const leave = onAbort(signal, () => this.#wake());
    try {
      while (signal?.aborted !== true) {
        const [next] = this.#waiting;
        if (next !== undefined) {
          const [key, value] = next;
          this.#waiting.delete(key);
          yield value;
        } else if (this.#isEnded) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      leave();
    }
  }
}
