import {
  formatObjectKey,
  type KubernetesObject,
  type ObjectKey,
  objectKeyOf,
} from "../client/kubernetes-object.js";

/** Named functions that give the values under which an object is found in an index. */
export type Indexers<T extends KubernetesObject> = Readonly<
  Record<string, (object: T) => readonly string[]>
>;

/** Reading side of an {@link ObjectCache}. What it gives is shared: do not change it. */
export interface ObjectReader<T extends KubernetesObject> {
  readonly size: number;
  /** The object as last seen. */
  get(key: ObjectKey): T | undefined;
  /** All objects as last seen, in no particular order. */
  list(): readonly T[];
  /**
   * The objects that an indexer gave this value for.
   *
   * @throws TypeError when there is no index of that name
   */
  byIndex(index: string, value: string): readonly T[];
}

/** A set of objects by key, with indexes that are kept with every change. */
export class ObjectCache<T extends KubernetesObject> implements ObjectReader<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #indexers: Indexers<T>;
  readonly #onError: (error: unknown) => void;

  /** @param onError Told when an indexer throws; the object is then in none of its values. */
  constructor(indexers: Indexers<T> = {}, onError: (error: unknown) => void = () => undefined) {
    this.#indexers = indexers;
    this.#onError = onError;
    for (const name of Object.keys(indexers)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatObjectKey(key));
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Keys as `formatObjectKey` writes them. */
  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  byIndex(index: string, value: string): readonly T[] {
    const values = this.#indexes.get(index);
    if (values === undefined)
      throw new TypeError(`There is no index "${index}": name it in the indexers.`);
    return [...(values.get(value) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Puts the object in the place of what has its key, and gives what was there. */
  put(object: T): T | undefined {
    const key = formatObjectKey(objectKeyOf(object));
    const old = this.#objects.get(key);
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    for (const [values, value] of this.#valuesOf(object)) {
      const keys = values.get(value);
      if (keys === undefined) values.set(value, new Set([key]));
      else keys.add(key);
    }
    return old;
  }

  /** Takes the object of a key (as `formatObjectKey` writes it) out, and gives it. */
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#unindex(key, old);
    this.#objects.delete(key);
    return old;
  }

  #unindex(key: string, object: T): void {
    for (const [values, value] of this.#valuesOf(object)) {
      const keys = values.get(value);
      keys?.delete(key);
      if (keys?.size === 0) values.delete(value);
    }
  }

  *#valuesOf(object: T): Generator<readonly [Map<string, Set<string>>, string]> {
    for (const [name, values] of this.#indexes) {
      let found: readonly string[] = [];
      try {
        found = this.#indexers[name]?.(object) ?? [];
      } catch (error) {
        this.#onError(error);
      }
      for (const value of found) yield [values, value];
    }
  }
}
