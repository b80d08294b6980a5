import type { ClusterClient, WatchEvent } from "../client/cluster-client.js";
import {
  formatObjectKey,
  type KubernetesObject,
  type ObjectKey,
  objectKeyOf,
} from "../client/kubernetes-object.js";
import type { Resource } from "../client/resource.js";
import { type Clock, sleep, systemClock } from "../clock.js";
import { ApiError, isGone } from "../errors/api-error.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";
import { DisposedError } from "../errors/disposed-error.js";
import { type Logger, silentLogger } from "../logger.js";
import { jitter, type Random, systemRandom } from "../random.js";

/** A change of the reflected set. */
export type ReflectorEvent<T extends KubernetesObject> =
  | { readonly type: "added"; readonly object: T }
  | { readonly type: "modified"; readonly object: T; readonly old: T }
  | { readonly type: "deleted"; readonly object: T };

/** Settings of {@link startReflector}. */
export interface ReflectorOptions<T extends KubernetesObject> {
  /** The client to list and watch with, asked for anew before each list: a rotated credential is then picked up. */
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<ClusterClient>;
  readonly resource: Resource<T>;
  /** One namespace. Default: all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Called for each change, in order. What it throws is logged and goes no further. */
  readonly onEvent?: ((event: ReflectorEvent<T>) => void) | undefined;
  /** Called when a list is complete: first, and after each relist. */
  readonly onSynced?: (() => void) | undefined;
  /** Called for each failure of a list or watch; the reflector goes on by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Trims an object before it is kept. Default: kept whole. */
  readonly transform?: ((object: T) => T) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  /** First wait after a failure. Default: 800, as client-go. */
  readonly baseDelayMs?: number | undefined;
  /** Longest wait after failures in a row. Default: 30,000, as client-go. */
  readonly maxDelayMs?: number | undefined;
}

/** A local copy of a set of objects that follows the server. */
export interface Reflector<T extends KubernetesObject> extends AsyncDisposable {
  /** True once the first list is complete. */
  readonly isSynced: boolean;
  /**
   * Resolves once the first list is complete.
   *
   * @throws DeadlineExceededError, DisposedError, the signal's reason
   */
  waitForSync(options?: {
    readonly signal?: AbortSignal | undefined;
    /** Default: 60,000. */
    readonly timeoutMs?: number | undefined;
  }): Promise<void>;
  /** The object as last seen. It is shared: do not change it. */
  get(key: ObjectKey): T | undefined;
  /** All objects as last seen. They are shared: do not change them. */
  list(): readonly T[];
}

/** Watches are ended after 5 to 10 minutes, so that they spread over the replicas of an API server (as client-go). */
const SHORTEST_WATCH_MS = 5 * 60_000;
/** A watch that lived so long was a good one: the waits after failures begin small again. */
const GOOD_WATCH_MS = 10_000;

/**
 * Lists a resource and then watches it for ever: resumes where a watch ended, lists anew when the server no longer has the
 * version (410) and backs off with jitter after failures. Objects that vanished in between are reported as deleted.
 */
export function startReflector<T extends KubernetesObject>(
  options: ReflectorOptions<T>,
): Reflector<T> {
  const reflector = new RunningReflector(options);
  reflector.start();
  return reflector;
}

class RunningReflector<T extends KubernetesObject> implements Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #objects = new Map<string, T>();
  readonly #abort = new AbortController();
  readonly #waiters = new Set<() => void>();
  #run: Promise<void> = Promise.resolve();
  #isSynced = false;
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  start(): void {
    this.#run = this.#loop();
  }

  async waitForSync(
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly timeoutMs?: number | undefined;
    } = {},
  ): Promise<void> {
    const { signal, timeoutMs = 60_000 } = options;
    if (this.#isSynced) return;
    signal?.throwIfAborted();
    if (this.#abort.signal.aborted) throw new DisposedError({ subject: "The reflector" });
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#waiters.delete(onChange);
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onChange = (): void => {
        settle(
          this.#isSynced ? resolve : () => reject(new DisposedError({ subject: "The reflector" })),
        );
      };
      const onAbort = (): void => settle(() => reject(signal?.reason as Error));
      const timer = this.#clock.setTimer(() => {
        const error = new DeadlineExceededError({
          cluster: this.#options.resource.plural,
          timeoutMs,
          phase: "first list",
        });
        settle(() => reject(error));
      }, timeoutMs);
      this.#waiters.add(onChange);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatObjectKey(key));
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new DisposedError({ subject: "The reflector" }));
    this.#wakeWaiters();
    await this.#run;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const client = await this.#options.connect({ signal });
        if (this.#resourceVersion === undefined) await this.#relist(client);
        await this.#watch(client);
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        await this.#backOff(error).catch(() => undefined);
      }
    }
  }

  async #relist(client: ClusterClient): Promise<void> {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const { signal } = this.#abort;
    const list = await client.list(resource, { namespace, labelSelector, fieldSelector, signal });
    const seen = new Set<string>();
    for (const object of list.items) {
      seen.add(formatObjectKey(objectKeyOf(object)));
      this.#put(object);
    }
    for (const [key, object] of this.#objects) {
      if (!seen.has(key)) this.#remove(object);
    }
    this.#resourceVersion = list.metadata.resourceVersion;
    this.#isSynced = true;
    this.#wakeWaiters();
    this.#guard(() => this.#options.onSynced?.());
  }

  async #watch(client: ClusterClient): Promise<void> {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const startedMs = this.#clock.monotonic();
    const events = client.watch(resource, {
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion: this.#resourceVersion,
      serverTimeoutMs: jitter(this.#random, SHORTEST_WATCH_MS, 1),
      signal: this.#abort.signal,
    });
    let count = 0;
    try {
      for await (const event of events) {
        count += 1;
        this.#take(event);
      }
    } finally {
      if (this.#clock.monotonic() - startedMs >= GOOD_WATCH_MS) this.#failures = 0;
    }
    // A server that ends watches at once would otherwise be dialled in a tight loop.
    if (count === 0) await this.#backOff(undefined);
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === "bookmark") {
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    this.#resourceVersion = event.object.metadata?.resourceVersion ?? this.#resourceVersion;
    if (event.type === "deleted") this.#remove(event.object);
    else this.#put(event.object);
  }

  #put(received: T): void {
    const object =
      this.#options.transform === undefined ? received : this.#options.transform(received);
    const key = formatObjectKey(objectKeyOf(object));
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    if (old === undefined) {
      this.#emit({ type: "added", object });
    } else if (old.metadata?.uid !== object.metadata?.uid) {
      // The name was used again: what was there before is gone.
      this.#emit({ type: "deleted", object: old });
      this.#emit({ type: "added", object });
    } else if (old.metadata?.resourceVersion !== object.metadata?.resourceVersion) {
      this.#emit({ type: "modified", object, old });
    }
  }

  #remove(object: T): void {
    const key = formatObjectKey(objectKeyOf(object));
    if (this.#objects.delete(key)) this.#emit({ type: "deleted", object });
  }

  #emit(event: ReflectorEvent<T>): void {
    this.#guard(() => this.#options.onEvent?.(event));
  }

  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#logger.error(
        { error, resource: this.#options.resource.plural },
        "a handler of a reflector threw",
      );
    }
  }

  #report(error: unknown): void {
    // An expired version is part of normal life: the next turn lists anew.
    if (isGone(error)) this.#resourceVersion = undefined;
    else this.#guard(() => this.#options.onError?.(error));
  }

  #backOff(error: unknown): Promise<void> {
    const { baseDelayMs = 800, maxDelayMs = 30_000 } = this.#options;
    const delay = Math.min(baseDelayMs * 2 ** Math.min(this.#failures, 20), maxDelayMs);
    this.#failures += 1;
    const asked = ApiError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
    return sleep(this.#clock, Math.max(jitter(this.#random, delay, 1), asked), {
      signal: this.#abort.signal,
    });
  }

  #wakeWaiters(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
