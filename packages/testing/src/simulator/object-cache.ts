import {
  type Clock,
  type ClusterClient,
  formatObjectKey,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  objectKeyOf,
  type Random,
  type Reflector,
  type Resource,
  startReflector,
} from "@kvop/core";

/** What a watch tells of an object. */
export type ObjectChange = "added" | "modified" | "deleted";

/** Settings of an {@link ObjectCache}. */
export interface ObjectCacheOptions<T extends KubernetesObject> {
  readonly client: ClusterClient;
  readonly resource: Resource<T>;
  readonly labelSelector?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What objects are found by, besides their keys. */
  readonly indexOf?: ((object: T) => readonly string[]) | undefined;
  readonly onChange: (object: T, change: ObjectChange) => void;
}

/** The objects of one kind as last seen, by the watch or in the answer to a write of one's own: whichever is newer. */
export class ObjectCache<T extends KubernetesObject> implements AsyncDisposable {
  readonly #options: ObjectCacheOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #index = new Map<string, Set<string>>();
  readonly #reflector: Reflector<T>;
  /** The newest version that the watch has told of: older answers have nothing to add. */
  #seen = 0;

  constructor(options: ObjectCacheOptions<T>) {
    this.#options = options;
    const { client, resource, labelSelector, clock, random, logger } = options;
    this.#reflector = startReflector<T>({
      connect: () => Promise.resolve(client),
      resource,
      labelSelector,
      clock,
      random,
      logger,
      onEvent: (event) => {
        const { object } = event;
        this.#seen = Math.max(this.#seen, versionOf(object));
        const key = formatObjectKey(objectKeyOf(object));
        const present = this.#objects.get(key);
        if (event.type === "deleted") {
          // A new object of the same name may be known already from the answer to its creation.
          if (present?.metadata?.uid === object.metadata?.uid) this.#delete(key);
        } else if (present === undefined || versionOf(present) < versionOf(object)) {
          this.#set(key, object);
        }
        options.onChange(object, event.type);
      },
    });
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatObjectKey(key));
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** The objects that the index function gave this value for. */
  by(value: string): readonly T[] {
    const found: T[] = [];
    for (const key of this.#index.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Takes over what a write answered, so that the next step does not work on what was there before. */
  remember(object: T): T {
    const version = versionOf(object);
    if (version <= this.#seen) return object;
    const key = formatObjectKey(objectKeyOf(object));
    const { deletionTimestamp, finalizers = [] } = object.metadata ?? {};
    const isGone =
      deletionTimestamp !== undefined &&
      finalizers.length === 0 &&
      object.metadata?.deletionGracePeriodSeconds === 0;
    const present = this.#objects.get(key);
    if (isGone) this.#delete(key);
    else if (present === undefined || versionOf(present) < version) this.#set(key, object);
    return object;
  }

  waitForSync(): Promise<void> {
    return this.#reflector.waitForSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#reflector[Symbol.asyncDispose]());
  }

  #set(key: string, object: T): void {
    this.#unindex(key);
    this.#objects.set(key, object);
    for (const value of this.#options.indexOf?.(object) ?? []) {
      const keys = this.#index.get(value);
      if (keys === undefined) this.#index.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  #delete(key: string): void {
    this.#unindex(key);
    this.#objects.delete(key);
  }

  #unindex(key: string): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    for (const value of this.#options.indexOf?.(old) ?? []) {
      const keys = this.#index.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#index.delete(value);
    }
  }
}

function versionOf(object: KubernetesObject): number {
  return Number(object.metadata?.resourceVersion ?? 0);
}
