import type { ClusterClient } from "../client/cluster-client.js";
import type { KubernetesObject } from "../client/kubernetes-object.js";
import type { Resource } from "../client/resource.js";
import type { Clock } from "../clock.js";
import type { Logger } from "../logger.js";
import type { Random } from "../random.js";
import type { BackOffOptions } from "./back-off.js";
import type { Indexer, Indexers, ObjectReader } from "./object-cache.js";
import type { ReflectorHandler } from "./reflected-set.js";
import type { WaitForSyncOptions } from "./sync-waiters.js";

/** How a reflector follows its set: by a watch, or, where that is not allowed, by reading again from time to time. */
export type ReflectorMode = "watching" | "polling";

/** Settings of {@link startReflector}. */
export interface ReflectorOptions<T extends KubernetesObject> extends BackOffOptions {
  /** The client to list and watch with, asked for anew before each list and watch: a rotated credential is then picked up. */
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<ClusterClient>;
  readonly resource: Resource<T>;
  /** One namespace. Default: all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Ask for metadata alone; objects then have no spec and no status. Default: false. */
  readonly metadataOnly?: boolean | undefined;
  /**
   * How the first state comes: in pages, or as the beginning of the watch (`sendInitialEvents`, KEP-3157), which costs a
   * server less; where a server does not know that, pages are read after all. Default: `paged`.
   */
  readonly initialList?: "paged" | "streaming" | undefined;
  /**
   * Called for each change, in order. What it throws is logged and goes no further. When it gives a promise, the next event
   * waits for it, and the connection is read no faster.
   */
  readonly onEvent?: ReflectorHandler<T> | undefined;
  /** Called when a list is complete: first, and after each relist. */
  readonly onSynced?: (() => void) | undefined;
  /** Called for each failure of a list or watch; the reflector goes on by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Called for each answer, event and bookmark of the server: it lives. */
  readonly onAlive?: (() => void) | undefined;
  /** Called when the mode changes; the first mode is `watching`. */
  readonly onModeChange?: ((mode: ReflectorMode, error: unknown) => void) | undefined;
  /** Trims an object before it is kept. Default: kept whole. */
  readonly transform?: ((object: T) => T) | undefined;
  /** Indexes of the kept objects, for `byIndex`. Default: none. */
  readonly indexers?: Indexers<T> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  /** Milliseconds between two reads where watching is not allowed. Default: 0, a refused watch is tried again as any failure. */
  readonly pollIntervalMs?: number | undefined;
  /**
   * A watch on which bookmarks have come before is taken for dead after so many milliseconds without any event. Default:
   * 150,000, as a server sends a bookmark about once a minute.
   */
  readonly silenceTimeoutMs?: number | undefined;
}

/** A local copy of a set of objects that follows the server. */
export interface Reflector<T extends KubernetesObject> extends ObjectReader<T>, AsyncDisposable {
  /** True once the first list is complete. */
  readonly isSynced: boolean;
  readonly mode: ReflectorMode;
  /**
   * Resolves once the first list is complete.
   *
   * @throws DeadlineExceededError, DisposedError, the signal's reason
   */
  waitForSync(options?: WaitForSyncOptions): Promise<void>;
  /** Adds an index for `byIndex`, of what is there and what comes, until disposed of. @throws TypeError when the name is taken */
  addIndex(name: string, indexer: Indexer<T>): Disposable;
  /** Ends the present request or wait and goes on at once from where it was, with a client asked for anew. */
  restart(): void;
}
