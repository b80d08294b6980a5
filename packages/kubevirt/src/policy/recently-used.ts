/** What was made of the keys that were used last, so many of them. */
export class RecentlyUsed<Value> {
  readonly #values = new Map<string, Value>();
  readonly #limit: number;

  /** @param limit Number of values that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value of the key, made when it is not kept; nothing is kept of a `make` that throws. */
  get(key: string, make: () => Value): Value {
    const kept = this.#values.get(key);
    const value = kept ?? make();
    // A map keeps the order of insertion: the first one is the one used longest ago.
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#limit) {
      const [oldest = key] = this.#values.keys();
      this.#values.delete(oldest);
    }
    return value;
  }
}
