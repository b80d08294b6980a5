import type { JsonObject } from "../schema/json.js";

/**
 * The objects of a resource in the order of their keys. A list that was given out never changes: the next change makes a copy,
 * which costs far less than sorting anew.
 */
export class SortedObjects {
  #keys: string[];
  #objects: JsonObject[];
  #isGivenOut = false;

  constructor(objects: ReadonlyMap<string, JsonObject>) {
    const entries = [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#keys = entries.map(([key]) => key);
    this.#objects = entries.map(([, object]) => object);
  }

  list(): readonly JsonObject[] {
    this.#isGivenOut = true;
    return this.#objects;
  }

  set(key: string, object: JsonObject): void {
    this.#own();
    const index = firstFrom(this.#keys, key);
    if (this.#keys[index] === key) this.#objects[index] = object;
    else {
      this.#keys.splice(index, 0, key);
      this.#objects.splice(index, 0, object);
    }
  }

  delete(key: string): void {
    const index = firstFrom(this.#keys, key);
    if (this.#keys[index] !== key) return;
    this.#own();
    this.#keys.splice(index, 1);
    this.#objects.splice(index, 1);
  }

  #own(): void {
    if (!this.#isGivenOut) return;
    this.#objects = [...this.#objects];
    this.#isGivenOut = false;
  }
}

/** Index of the first key that is not before the given one. */
function firstFrom(keys: readonly string[], key: string): number {
  return partition(keys.length, (index) => (keys[index] ?? "") < key);
}

/** Index of the first of so many that is not before, where all that are before come first. */
export function partition(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
