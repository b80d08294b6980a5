import { once } from "../built-in/once.js";
import type { JsonObject } from "../schema/json.js";
import { partition, SortedObjects } from "./sorted-objects.js";

/** What happened to an object, in the order of resource versions. */
export interface StoreEvent {
  readonly type: "added" | "modified" | "deleted";
  readonly version: number;
  readonly resource: string;
  /** The object after the change; for a deletion, as it last was, with the resource version of the deletion. */
  readonly object: JsonObject;
  /** The object before the change. */
  readonly old: JsonObject | undefined;
}

/** The state of one resource at one version. */
export interface StoreSnapshot {
  readonly version: number;
  /** Sorted by namespace and name. */
  readonly objects: readonly JsonObject[];
}

/** Everything in a store at one moment. It shares its objects with the store, and both stay as they are. */
export interface StoreState {
  readonly version: number;
  readonly resources: ReadonlyMap<string, ReadonlyMap<string, JsonObject>>;
  /** Of what was there from the start and nobody has looked at yet. */
  readonly seeds: ReadonlyMap<string, () => Map<string, JsonObject>>;
}

/** How many changes are kept for watches that resume and lists that continue, as a busy API server does. */
const HISTORY_LENGTH = 10_000;
/** How many lists at earlier versions are kept. */
const KEPT_PAST = 4;

/**
 * All objects of one API server under one sequence of versions. Objects in it are never changed in place: who reads must
 * copy before changing, who writes hands over.
 */
export class ObjectStore {
  #resources = new Map<string, Map<string, JsonObject>>();
  /** Resources whose map belongs to a saved state too: it is copied before the next change. */
  #shared = new Set<string>();
  /** The order of resources that somebody has listed. */
  readonly #sorted = new Map<string, SortedObjects>();
  /** Lists at earlier versions, for those who page through them while others write; the latest first. */
  readonly #past: {
    readonly resource: string;
    readonly version: number;
    readonly objects: readonly JsonObject[];
  }[] = [];
  /** What is in a resource from the start and was not looked at yet. */
  #seeds = new Map<string, () => Map<string, JsonObject>>();
  readonly #resetListeners = new Set<() => void>();
  /** By resource, or by resource and name of an object. */
  readonly #listeners = new Map<string, Set<(event: StoreEvent) => void>>();
  #history: StoreEvent[] = [];
  #version = 1;
  #compactedVersion = 0;

  /** Version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Changes up to this version are no longer kept. */
  get compactedVersion(): number {
    return this.#compactedVersion;
  }

  get(resource: string, key: string): JsonObject | undefined {
    return this.#objects(resource)?.get(key);
  }

  isEmpty(resource: string): boolean {
    return (this.#objects(resource)?.size ?? 0) === 0;
  }

  /**
   * Says what is in a resource from the start. The objects are made when somebody first looks at the resource; their
   * versions are those of now, and no change tells of them.
   *
   * @param count how many objects `make` gives.
   */
  seed(resource: string, count: number, make: () => readonly JsonObject[]): void {
    const first = this.#version + 1;
    this.#version += count;
    this.#compactedVersion = this.#version;
    this.#seeds.set(
      resource,
      once(
        () =>
          new Map(make().map((object, index) => [keyOf(object), stamped(object, first + index)])),
      ),
    );
  }

  /** All objects of a resource now, sorted by key. */
  list(resource: string): StoreSnapshot {
    const objects = this.#objects(resource);
    if (objects === undefined) return { version: this.#version, objects: [] };
    return { version: this.#version, objects: this.#sortedOf(resource, objects).list() };
  }

  /** All objects of a resource as they were at a version that is still kept; undefined when it is not. */
  listAt(resource: string, version: number): StoreSnapshot | undefined {
    if (version < this.#compactedVersion) return undefined;
    const from = partition(
      this.#history.length,
      (index) => (this.#history[index]?.version ?? 0) <= version,
    );
    const later = this.#history.slice(from).filter((event) => event.resource === resource);
    if (later.length === 0) return { ...this.list(resource), version };
    const known = this.#past.find((past) => past.resource === resource && past.version === version);
    if (known !== undefined) return { version, objects: known.objects };
    const present = this.#objects(resource);
    const sorted =
      present === undefined ? new SortedObjects() : this.#sortedOf(resource, present).copy();
    for (const event of later.toReversed()) {
      const key = keyOf(event.object);
      if (event.old === undefined) sorted.delete(key);
      else sorted.set(key, event.old);
    }
    const objects = sorted.list();
    this.#past.unshift({ resource, version, objects });
    this.#past.length = Math.min(this.#past.length, KEPT_PAST);
    return { version, objects };
  }

  /** Stores an object under the next version, which it gets as its resourceVersion. */
  put(resource: string, object: JsonObject): JsonObject {
    const key = keyOf(object);
    const old = this.get(resource, key);
    const stored = this.#stamp(object);
    this.#writable(resource).set(key, stored);
    this.#sorted.get(resource)?.set(key, stored);
    this.#publish({
      type: old === undefined ? "added" : "modified",
      version: this.#version,
      resource,
      object: stored,
      old,
    });
    return stored;
  }

  /** Takes an object out; what is returned carries the version of the deletion. */
  delete(resource: string, object: JsonObject): JsonObject {
    const key = keyOf(object);
    const old = this.get(resource, key);
    const deleted = this.#stamp(object);
    this.#writable(resource).delete(key);
    this.#sorted.get(resource)?.delete(key);
    this.#publish({ type: "deleted", version: this.#version, resource, object: deleted, old });
    return deleted;
  }

  /** Changes of a resource after a version, oldest first; undefined when they are no longer all kept. */
  changesAfter(resource: string, version: number): readonly StoreEvent[] | undefined {
    if (version < this.#compactedVersion) return undefined;
    const from = partition(
      this.#history.length,
      (index) => (this.#history[index]?.version ?? 0) <= version,
    );
    return this.#history.slice(from).filter((event) => event.resource === resource);
  }

  /**
   * Calls the listener for each change of a resource, at once and in order, until the returned function is called.
   *
   * @param name only for changes of objects of this name. Others cost such a listener nothing.
   */
  subscribe(resource: string, listener: (event: StoreEvent) => void, name?: string): () => void {
    const place = name === undefined ? resource : `${resource} ${name}`;
    const listeners = this.#listeners.get(place) ?? new Set();
    this.#listeners.set(place, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(place) === listeners)
        this.#listeners.delete(place);
    };
  }

  /** Forgets all changes so far: who resumes from before gets 410. */
  compact(): void {
    this.#history = [];
    this.#past.length = 0;
    this.#compactedVersion = this.#version;
  }

  /** All objects as they are now. */
  save(): StoreState {
    this.#shared = new Set(this.#resources.keys());
    return {
      version: this.#version,
      resources: new Map(this.#resources),
      seeds: new Map(this.#seeds),
    };
  }

  /**
   * Puts all objects back as they were saved, and forgets all changes.
   *
   * @param options.version `onward` (default): versions go on from the highest ever given, so that what is from before is
   * seen to be old. `saved`: they go back too, as when a server lost its data.
   */
  restore(
    state: StoreState,
    options: { readonly version?: "onward" | "saved" | undefined } = {},
  ): void {
    this.#seeds = new Map(state.seeds);
    this.#resources = new Map(state.resources as ReadonlyMap<string, Map<string, JsonObject>>);
    this.#shared = new Set(this.#resources.keys());
    this.#sorted.clear();
    this.#version =
      options.version === "saved" ? state.version : Math.max(this.#version, state.version) + 1;
    this.compact();
    for (const listener of [...this.#resetListeners]) listener();
  }

  /** Calls the listener when a saved state was put back, until the returned function is called. */
  onReset(listener: () => void): () => void {
    this.#resetListeners.add(listener);
    return () => void this.#resetListeners.delete(listener);
  }

  #objects(resource: string): Map<string, JsonObject> | undefined {
    if (this.#seeds.size > 0) {
      const make = this.#seeds.get(resource);
      this.#seeds.delete(resource);
      if (make !== undefined) {
        this.#resources.set(resource, make());
        this.#shared.add(resource);
      }
    }
    return this.#resources.get(resource);
  }

  #sortedOf(resource: string, objects: ReadonlyMap<string, JsonObject>): SortedObjects {
    let sorted = this.#sorted.get(resource);
    if (sorted === undefined) this.#sorted.set(resource, (sorted = new SortedObjects(objects)));
    return sorted;
  }

  #writable(resource: string): Map<string, JsonObject> {
    const present = this.#objects(resource);
    if (present !== undefined && !this.#shared.has(resource)) return present;
    const copy = new Map(present);
    this.#shared.delete(resource);
    this.#resources.set(resource, copy);
    return copy;
  }

  #stamp(object: JsonObject): JsonObject {
    this.#version += 1;
    return stamped(object, this.#version);
  }

  #publish(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY_LENGTH * 1.5) {
      const dropped = this.#history.splice(0, this.#history.length - HISTORY_LENGTH);
      this.#compactedVersion = dropped.at(-1)?.version ?? this.#compactedVersion;
    }
    if (this.#listeners.size === 0) return;
    const { name } = event.object["metadata"] as { readonly name: string };
    this.#tell(event.resource, event);
    this.#tell(`${event.resource} ${name}`, event);
  }

  #tell(place: string, event: StoreEvent): void {
    const listeners = this.#listeners.get(place);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) listener(event);
  }
}

function stamped(object: JsonObject, version: number): JsonObject {
  return {
    ...object,
    metadata: { ...(object["metadata"] as JsonObject), resourceVersion: String(version) },
  };
}

/** `namespace/name`, or `/name` for a cluster-scoped object. */
export function keyOf(object: JsonObject): string {
  const { namespace = "", name = "" } = object["metadata"] as { namespace?: string; name?: string };
  return `${namespace}/${name}`;
}
