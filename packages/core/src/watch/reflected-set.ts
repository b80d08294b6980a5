import {
  formatObjectKey,
  type KubernetesObject,
  objectKeyOf,
} from "../client/kubernetes-object.js";
import type { Logger } from "../logger.js";
import { ObjectCache, type Indexers } from "./object-cache.js";

/** A change of the reflected set. */
export type ReflectorEvent<T extends KubernetesObject> =
  | { readonly type: "added"; readonly object: T }
  | { readonly type: "modified"; readonly object: T; readonly old: T }
  | { readonly type: "deleted"; readonly object: T };

/** Whoever hears of changes; a promise that it gives is waited for before the next change. */
export type ReflectorHandler<T extends KubernetesObject> = (
  event: ReflectorEvent<T>,
) => void | Promise<void>;

/** Settings of {@link ReflectedSet}. */
export interface ReflectedSetOptions<T extends KubernetesObject> {
  readonly transform?: ((object: T) => T) | undefined;
  readonly indexers?: Indexers<T> | undefined;
  readonly onEvent?: ReflectorHandler<T> | undefined;
  readonly logger: Logger;
  /** Plural of the resource, for the log. */
  readonly resource: string;
}

/** The objects of a reflector: what comes in is trimmed and kept, and what that changes is told, once. */
export class ReflectedSet<T extends KubernetesObject> {
  readonly cache: ObjectCache<T>;
  readonly #options: ReflectedSetOptions<T>;

  constructor(options: ReflectedSetOptions<T>) {
    this.#options = options;
    this.cache = new ObjectCache(options.indexers, (error) => this.#logHandlerError(error));
  }

  /** The object is there, in this version. */
  async put(received: T): Promise<void> {
    const object = this.#trim(received);
    const known = this.cache.get(objectKeyOf(object));
    // The name was used again: what was there before is gone, for whoever looks between the two events, too.
    if (known !== undefined && known.metadata?.uid !== object.metadata?.uid)
      await this.remove(known);
    const old = this.cache.put(object);
    if (old === undefined) await this.#emit({ type: "added", object });
    else if (old.metadata?.resourceVersion !== object.metadata?.resourceVersion)
      await this.#emit({ type: "modified", object, old });
  }

  /** The object is gone; this is its last version. */
  async remove(last: T): Promise<void> {
    const old = this.cache.delete(formatObjectKey(objectKeyOf(last)));
    if (old !== undefined) await this.#emit({ type: "deleted", object: this.#trim(last) });
  }

  /** Whatever is not among these keys is gone. */
  async retain(keys: ReadonlySet<string>): Promise<void> {
    for (const key of this.cache.keys()) {
      const old = keys.has(key) ? undefined : this.cache.delete(key);
      if (old !== undefined) await this.#emit({ type: "deleted", object: old });
    }
  }

  /** Runs somebody else's code; what it throws is logged and goes no further. */
  guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#logHandlerError(error);
    }
  }

  #trim(object: T): T {
    let trimmed = object;
    this.guard(() => {
      trimmed = this.#options.transform?.(object) ?? object;
    });
    return trimmed;
  }

  async #emit(event: ReflectorEvent<T>): Promise<void> {
    try {
      await this.#options.onEvent?.(event);
    } catch (error) {
      this.#logHandlerError(error);
    }
  }

  #logHandlerError(error: unknown): void {
    const { logger, resource } = this.#options;
    logger.error({ error, resource }, "a handler of a reflector threw");
  }
}
