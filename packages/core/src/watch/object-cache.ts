import {
  formatObjectKey,
  type KubernetesObject,
  type ObjectKey,
  objectKeyOf,
} from "../client/kubernetes-object.js";

/** Named functions that give the values under which an object is found in an index. */
export type Indexers<T extends KubernetesObject> = Readonly<Record<string, Indexer<T>>>;

/** Gives the values under which an object is found. It must give the same ones for the same object, always. */
export type Indexer<T extends KubernetesObject> = (object: T) => readonly string[];

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

interface Index<T extends KubernetesObject> {
  readonly indexer: Indexer<T>;
  readonly values: Map<string, Set<string>>;
}

/** A set of objects by key, with indexes that are kept with every change. */
export class ObjectCache<T extends KubernetesObject> implements ObjectReader<T> {
  readonly #objects = new Map<string, T>();
  /** Made with the first index: most sets have none. */
  #indexes: Map<string, Index<T>> | undefined;
  readonly #onError: (error: unknown) => void;

  /** @param onError Told when an indexer throws; the object is then in none of its values. */
  constructor(indexers: Indexers<T> = {}, onError: (error: unknown) => void = () => undefined) {
    this.#onError = onError;
    for (const [name, indexer] of Object.entries(indexers)) this.addIndex(name, indexer);
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
    const values = this.#indexes?.get(index)?.values;
    if (values === undefined)
      throw new TypeError(`There is no index "${index}": name it in the indexers.`);
    return [...(values.get(value) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Makes an index of all objects that are there and come. @throws TypeError when there is one of that name */
  addIndex(name: string, indexer: Indexer<T>): void {
    this.#indexes ??= new Map();
    if (this.#indexes.has(name)) throw new TypeError(`There is an index "${name}" already.`);
    const index: Index<T> = { indexer, values: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) this.#addTo(index, key, object);
  }

  removeIndex(name: string): void {
    this.#indexes?.delete(name);
  }

  /** Puts the object in the place of what has its key, and gives what was there. */
  put(object: T): T | undefined {
    const key = formatObjectKey(objectKeyOf(object));
    const old = this.#objects.get(key);
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    if (this.#indexes !== undefined)
      for (const index of this.#indexes.values()) this.#addTo(index, key, object);
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

  #addTo(index: Index<T>, key: string, object: T): void {
    const { values } = index;
    for (const value of this.#valuesOf(index, object)) {
      const keys = values.get(value);
      if (keys === undefined) values.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  #unindex(key: string, object: T): void {
    if (this.#indexes === undefined) return;
    for (const index of this.#indexes.values()) {
      for (const value of this.#valuesOf(index, object)) {
        const keys = index.values.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.values.delete(value);
      }
    }
  }

  #valuesOf({ indexer }: Index<T>, object: T): readonly string[] {
    try {
      return indexer(object);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }
}
