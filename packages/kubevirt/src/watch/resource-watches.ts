import {
  type CallOptions,
  type Clock,
  type ClusterClient,
  CoalescingQueue,
  formatObjectKey,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  objectKeyOf,
  type Random,
  type ReflectorEvent,
  type ReflectorMode,
  type Resource,
  type WaitForSyncOptions,
} from "@kvop/core";

import type { ClusterState } from "../state/cluster-state.js";
import { FieldSetPool } from "./field-set-pool.js";
import { mergeEvents, type PendingEvents } from "./merge-events.js";
import type { ResourceWatch, WatchResourceOptions } from "./resource-watch.js";
import { SharedWatch } from "./shared-watch.js";

/** Settings of {@link ResourceWatches}. */
export interface ResourceWatchesOptions {
  readonly connect: (configName: string, call: CallOptions) => Promise<ClusterClient>;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The watches of a manager: one for each cluster, resource and selection, however many handles there are. */
export class ResourceWatches {
  readonly #options: ResourceWatchesOptions;
  readonly #shared = new Map<string, SharedWatch<KubernetesObject>>();
  readonly #fieldSets = new FieldSetPool();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: ResourceWatchesOptions) {
    this.#options = options;
  }

  open<T extends KubernetesObject>(
    configName: string,
    resource: Resource<T>,
    options: WatchResourceOptions<T>,
  ): ResourceWatch<T> {
    const { indexers, ...selection } = options;
    const id = idOf(configName, resource, selection);
    let shared = this.#shared.get(id) as SharedWatch<T> | undefined;
    if (shared === undefined) {
      const { connect, pollIntervalMs, clock, random, logger } = this.#options;
      shared = new SharedWatch<T>({
        trim: this.#fieldSets.share,
        pollIntervalMs,
        clock,
        random,
        logger,
        configName,
        resource,
        selection,
        connect: ({ signal }) => connect(configName, { signal }),
      });
      this.#shared.set(id, shared as unknown as SharedWatch<KubernetesObject>);
    }
    const used = shared;
    return new WatchHandle(used, indexers ?? {}, () => this.#release(id, used));
  }

  /** Ends the watches of a cluster that is no more; the others learn of outages and their ends. */
  stateChanged(state: ClusterState): void {
    for (const [id, shared] of this.#shared) {
      if (shared.configName !== state.configName) continue;
      if (state.type === "removed") this.#shared.delete(id);
      shared.stateChanged(state);
      if (state.type === "removed") this.#track(shared.end());
    }
  }

  async dispose(): Promise<void> {
    const all = [...this.#shared.values()];
    this.#shared.clear();
    await Promise.all([...all.map((shared) => shared.end()), ...this.#ending]);
  }

  async #release<T extends KubernetesObject>(id: string, shared: SharedWatch<T>): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (this.#shared.get(id) === (shared as unknown)) this.#shared.delete(id);
    await shared.end();
  }

  #track(ending: Promise<void>): void {
    const tracked = ending.finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
  }
}

class WatchHandle<T extends KubernetesObject> implements ResourceWatch<T> {
  readonly configName: string;
  readonly #shared: SharedWatch<T>;
  readonly #release: () => Promise<void>;
  #parts: Set<Disposable> | undefined;
  /** Names in the shared copy of the indexes of this handle. */
  #indexes: Map<string, string> | undefined;
  #isDisposed = false;

  constructor(
    shared: SharedWatch<T>,
    indexers: NonNullable<WatchResourceOptions<T>["indexers"]>,
    release: () => Promise<void>,
  ) {
    this.configName = shared.configName;
    this.#shared = shared;
    this.#release = release;
    shared.users += 1;
    const number = (shared.handles += 1);
    for (const [name, indexer] of Object.entries(indexers)) {
      const ownName = `${number}/${name}`;
      this.#indexes ??= new Map();
      this.#indexes.set(name, ownName);
      this.#own(shared.reflector.addIndex(ownName, indexer));
    }
  }

  get isSynced(): boolean {
    return this.#shared.reflector.isSynced;
  }

  get isEnded(): boolean {
    return this.#shared.isEnded;
  }

  get mode(): ReflectorMode {
    return this.#shared.reflector.mode;
  }

  get size(): number {
    return this.#shared.reflector.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#shared.reflector.get(key);
  }

  list(): readonly T[] {
    return this.#shared.reflector.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#shared.reflector.byIndex(this.#indexes?.get(index) ?? index, value);
  }

  waitForSync(options?: WaitForSyncOptions): Promise<void> {
    return this.#shared.reflector.waitForSync(options);
  }

  subscribe(handler: (event: ReflectorEvent<T>) => void): Disposable {
    return this.#own(this.#shared.subscribe(handler));
  }

  async *events(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<ReflectorEvent<T>, void, undefined> {
    if (this.#isDisposed) return;
    const queue = new CoalescingQueue<string, PendingEvents<T>>({ merge: mergeEvents });
    const parts = [
      this.subscribe((event) => queue.push(formatObjectKey(objectKeyOf(event.object)), [event])),
      this.#own(this.#shared.onEnd(() => queue.end())),
      // The handle may go while the copy is still used by others.
      this.#own({ [Symbol.dispose]: () => queue.end() }),
    ];
    try {
      for await (const pending of queue.read(options.signal)) yield* pending;
    } finally {
      for (const part of parts) part[Symbol.dispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const part of [...(this.#parts ?? [])]) part[Symbol.dispose]();
    await this.#release();
  }

  /** Ends with the handle, at the latest. */
  #own(part: Disposable): Disposable {
    const owned: Disposable = {
      [Symbol.dispose]: () => {
        this.#parts?.delete(owned);
        part[Symbol.dispose]();
      },
    };
    this.#parts ??= new Set();
    this.#parts.add(owned);
    return owned;
  }
}

function idOf<T extends KubernetesObject>(
  configName: string,
  resource: Resource<T>,
  selection: Omit<WatchResourceOptions<T>, "indexers">,
): string {
  const { group, version, plural } = resource;
  const { namespace = "", labelSelector = "", fieldSelector = "", fields } = selection;
  const kept = fields === undefined ? null : [...new Set(fields)].sort();
  const parts = [group, version, plural, namespace, labelSelector, fieldSelector, kept];
  return JSON.stringify([configName, ...parts]);
}
