import type { KubernetesObject, ObjectKey, ObjectList } from "./kubernetes-object.js";
import type { Resource } from "./resource.js";
import type { TransportRequest, TransportResponse } from "./transport.js";

/** Where a client's requests go: the supervisor cluster, or a KubeVirt cluster. */
export type ClientRole = "supervisor" | "cluster";

/** Options of every call that does I/O. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the call rejects with `DeadlineExceededError`.
   * Default: 30,000 for reads and 40,000 for writes (KubeVirt's webhooks may take 10 s each).
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of a call that addresses the main resource or one of its subresources. */
export interface SubresourceOptions extends CallOptions {
  /** For example `status` or `scale`. Default: the main resource. */
  readonly subresource?: string | undefined;
}

/** Options of a read of one object. */
export interface GetOptions extends SubresourceOptions {
  /** `0` allows an answer from the server's cache. Default: the newest. */
  readonly resourceVersion?: string | undefined;
}

/** Options of a list. */
export interface ListOptions extends CallOptions {
  /** One namespace; all namespaces when absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects in one page. Default: 500, as client-go. */
  readonly pageSize?: number | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan" | undefined;
  /** Ask for metadata alone (`PartialObjectMetadata`); items then have no spec and no status. Default: false. */
  readonly metadataOnly?: boolean | undefined;
}

/** Options of a watch. */
export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Events after this version. Default: the present state first, as `added` events. */
  readonly resourceVersion?: string | undefined;
  /** The server ends the watch after so many milliseconds (whole seconds are sent). Default: the server's choice. */
  readonly serverTimeoutMs?: number | undefined;
  /** Default: true. */
  readonly allowBookmarks?: boolean | undefined;
  /** Begin with the present state and mark its end by a bookmark (KEP-3157). Default: false. */
  readonly sendInitialEvents?: boolean | undefined;
  readonly metadataOnly?: boolean | undefined;
  /** Milliseconds until the server has answered at all. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** One event of a watch. A server's `ERROR` event does not appear: the iteration throws it as an `ApiError`. */
export type WatchEvent<T extends KubernetesObject> =
  | { readonly type: "added" | "modified" | "deleted"; readonly object: T }
  | {
      readonly type: "bookmark";
      readonly resourceVersion: string;
      /** True for the bookmark that ends the initial events of `sendInitialEvents`. */
      readonly initialEventsEnd: boolean;
    };

/** Options of every write. */
export interface WriteOptions extends SubresourceOptions {
  /** Name under which the fields written are owned. Default: the client's own. */
  readonly fieldManager?: string | undefined;
  /** Ask the server to do all but store. Default: false. */
  readonly dryRun?: boolean | undefined;
  /** What the server does with unknown fields. Default: the server's (`Warn`). */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict" | undefined;
}

/** Options of a server-side apply. */
export interface ApplyOptions extends WriteOptions {
  /** Take fields over from other managers. Default: false. */
  readonly force?: boolean | undefined;
}

/** Options of a delete. */
export interface DeleteOptions extends CallOptions {
  /** Delete only the object that is meant: 409 Conflict when uid or resourceVersion differ. */
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

/** A patch and its kind. `strategic` works on built-in types alone: custom resources answer 415. */
export type Patch =
  | { readonly type: "json"; readonly operations: readonly JsonPatchOperation[] }
  | { readonly type: "merge" | "strategic"; readonly patch: object };

/**
 * A client of one Kubernetes API server over raw JSON: what is sent is what was given, what comes back is what the server
 * answered, with no field dropped and no time turned into another type.
 *
 * Every method rejects with `ApiError` when the server refused (see the guards `isNotFound`, `isConflict`, ...), with a
 * `TransportError` when there was no usable answer, and with the signal's reason when the caller aborted.
 */
export interface ClusterClient<Role extends ClientRole = ClientRole> {
  readonly role: Role;
  /** A short name for logs and errors: the config's name, or `supervisor`. */
  readonly name: string;

  /** One object; rejects with `ApiError` NotFound when it is absent. */
  get<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<T>;
  /** One object, or undefined when it is absent. */
  find<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<T | undefined>;
  /**
   * All objects, page by page under the hood, in one consistent snapshot; `timeoutMs` holds for all pages together. A list
   * that never ends (the same continue token twice in a row, more than 10,000 pages) rejects with `UnexpectedResponseError`.
   */
  list<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): Promise<ObjectList<T>>;
  /** One page at a time; `timeoutMs` holds for each, as the time between them is the reader's. It ends as `list` does. */
  listPages<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): AsyncIterable<ObjectList<T>>;
  /** Changes until the server ends the watch (the iteration then ends) or the signal aborts (it then throws). */
  watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  /** Replaces the object; with `metadata.resourceVersion` set, only when nobody else has changed it. */
  update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>;
  /** Server-side apply of the fields given. */
  apply<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: ApplyOptions,
  ): Promise<T>;
  /** Resolves with the object when it still waits for finalizers or a grace period, else with undefined. */
  delete<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: DeleteOptions,
  ): Promise<T | undefined>;
  /**
   * Any other request (discovery, `/readyz`, subresources that take no object such as `start` of a VirtualMachine). It
   * resolves with the answer of a 2xx status and rejects with `ApiError` otherwise.
   */
  request(
    request: Omit<TransportRequest, "timeoutMs" | "verb" | "resource"> &
      Partial<Pick<TransportRequest, "timeoutMs" | "verb" | "resource">>,
  ): Promise<TransportResponse>;
}

/** A client of the supervisor cluster. */
export type SupervisorClient = ClusterClient<"supervisor">;
/** A client of a KubeVirt cluster. */
export type RemoteClient = ClusterClient<"cluster">;
/** A client whose connections belong to its holder, who disposes of it. */
export type OwnedClient<Client extends ClusterClient = ClusterClient> = Client & AsyncDisposable;
