import type {
  Indexers,
  KubernetesObject,
  ObjectReader,
  ReflectorEvent,
  ReflectorMode,
  WaitForSyncOptions,
} from "@kvop/core";

/** What of a resource is watched, and what is kept of it. */
export interface WatchResourceOptions<T extends KubernetesObject> {
  /** One namespace. Default: all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /**
   * Paths of the fields that are kept, such as `metadata.labels` or `status.printableStatus`; name, UID, version and
   * `deletionTimestamp` always are. When all of them are in the metadata, nothing else is sent either. Default: objects are
   * kept whole.
   */
  readonly fields?: readonly string[] | undefined;
  /** Indexes for `byIndex`, of this handle alone. They see the trimmed objects. Default: none. */
  readonly indexers?: Indexers<T> | undefined;
}

/**
 * A local copy of a set of objects of one cluster that follows the cluster, over outages and new credentials, until it is
 * disposed of or the KubevirtConfig is deleted. Handles that ask for the same share one copy. What it gives is shared: do not
 * change it.
 */
export interface ResourceWatch<T extends KubernetesObject>
  extends ObjectReader<T>, AsyncDisposable {
  readonly configName: string;
  /** True once the set was complete; what is read is then at most as old as the cluster's last outage. */
  readonly isSynced: boolean;
  /** True once the KubevirtConfig was deleted: nothing changes any more. */
  readonly isEnded: boolean;
  /** `polling` where the cluster does not allow watches. */
  readonly mode: ReflectorMode;
  /**
   * Resolves once the set is complete.
   *
   * @throws DeadlineExceededError, DisposedError (also when the KubevirtConfig was deleted), the signal's reason
   */
  waitForSync(options?: WaitForSyncOptions): Promise<void>;
  /**
   * Calls the handler with each object that is there, as `added`, and then with each change, once and in order. What it throws
   * is logged and goes no further. It is called in the middle of the work of others: it must be quick.
   */
  subscribe(handler: (event: ReflectorEvent<T>) => void): Disposable;
  /**
   * The same as an iterable, for readers that take their time: of an object that changes while they do, what it comes to is
   * kept, and never more than that. It ends with the signal, the handle, or the KubevirtConfig.
   */
  events(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ReflectorEvent<T>>;
}
