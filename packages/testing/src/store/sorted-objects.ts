import type { JsonObject } from "../schema/json.js";

/** How many objects a run has at most; it is halved when it grows beyond. */
const RUN_LENGTH = 512;

/** Neighbours in the order of their keys; never empty. */
interface Run {
  readonly keys: string[];
  readonly objects: JsonObject[];
}

/**
 * The objects of a resource in the order of their keys. They are kept in short runs, so that a change among very many costs no
 * more than one among few. A list that was given out never changes: the first one after a change is put together anew.
 */
export class SortedObjects {
  readonly #runs: Run[] = [];
  #list: readonly JsonObject[] | undefined;

  constructor(objects: ReadonlyMap<string, JsonObject> = new Map()) {
    const entries = [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    for (let from = 0; from < entries.length; from += RUN_LENGTH / 2) {
      const run = entries.slice(from, from + RUN_LENGTH / 2);
      this.#runs.push({
        keys: run.map(([key]) => key),
        objects: run.map(([, object]) => object),
      });
    }
  }

  /** The same objects, to be changed on their own. */
  copy(): SortedObjects {
    const copy = new SortedObjects();
    for (const { keys, objects } of this.#runs)
      copy.#runs.push({ keys: [...keys], objects: [...objects] });
    return copy;
  }

  list(): readonly JsonObject[] {
    return (this.#list ??= ([] as JsonObject[]).concat(
      ...this.#runs.map(({ objects }) => objects),
    ));
  }

  set(key: string, object: JsonObject): void {
    this.#list = undefined;
    const at = this.#runOf(key);
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push({ keys: [key], objects: [object] });
      return;
    }
    const index = firstFrom(run.keys, key);
    if (run.keys[index] === key) {
      run.objects[index] = object;
      return;
    }
    run.keys.splice(index, 0, key);
    run.objects.splice(index, 0, object);
    if (run.keys.length <= RUN_LENGTH) return;
    const half = RUN_LENGTH / 2;
    this.#runs.splice(at + 1, 0, {
      keys: run.keys.splice(half),
      objects: run.objects.splice(half),
    });
  }

  delete(key: string): void {
    const at = this.#runOf(key);
    const run = this.#runs[at];
    if (run === undefined) return;
    const index = firstFrom(run.keys, key);
    if (run.keys[index] !== key) return;
    this.#list = undefined;
    run.keys.splice(index, 1);
    run.objects.splice(index, 1);
    if (run.keys.length === 0) this.#runs.splice(at, 1);
  }

  /** Index of the run that a key is in or belongs to: the last that does not begin after it. */
  #runOf(key: string): number {
    const after = partition(
      this.#runs.length,
      (index) => (this.#runs[index]?.keys[0] ?? "") <= key,
    );
    return Math.max(0, after - 1);
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
