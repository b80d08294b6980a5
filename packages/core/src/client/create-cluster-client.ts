import { type Clock, systemClock } from "../clock.js";
import { isNotFound } from "../errors/api-error.js";
import type {
  ApplyOptions,
  CallOptions,
  ClientRole,
  ClusterClient,
  DeleteOptions,
  GetOptions,
  ListOptions,
  OwnedClient,
  Patch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./cluster-client.js";
import {
  type KubernetesObject,
  type ObjectKey,
  type ObjectList,
  objectKeyOf,
} from "./kubernetes-object.js";
import type { Resource } from "./resource.js";
import { answerError } from "./answer-error.js";
import { listQuery, type Query, watchQuery } from "./list-query.js";
import { readPages, sharedDeadline } from "./read-pages.js";
import { readWatchEvent } from "./read-watch-event.js";
import { type PathRequest, RequestSender } from "./request-sender.js";
import { pathOf } from "./resource-path.js";
import { withTypeMeta } from "./type-meta.js";
import { buildDeleteOptions, PATCH_CONTENT_TYPES, writeQuery } from "./write-query.js";
import type { Transport, TransportResponse } from "./transport.js";

/** Settings of {@link createClusterClient}. */
export interface ClusterClientOptions<Role extends ClientRole> {
  readonly role: Role;
  /** Short name for logs and errors. */
  readonly name: string;
  /** Owner of the fields that the client writes. Default: `kvop`. */
  readonly fieldManager?: string | undefined;
  /** Deadline of a read that sets none. Default: 30,000, as the API server's own for most verbs is 60,000. */
  readonly readTimeoutMs?: number | undefined;
  /** Deadline of a write that sets none. Default: 40,000, as KubeVirt's webhooks may take 10 s each. */
  readonly writeTimeoutMs?: number | undefined;
  /** That of the transport. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

const METADATA_ONE =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/**
 * A {@link ClusterClient} over a transport: it knows paths, verbs and errors, the transport knows connections.
 * Disposing of it disposes of the transport.
 */
export function createClusterClient<Role extends ClientRole>(
  transport: Transport,
  options: ClusterClientOptions<Role>,
): OwnedClient<ClusterClient<Role>> {
  return new TransportClusterClient(transport, options);
}

class TransportClusterClient<Role extends ClientRole> implements OwnedClient<ClusterClient<Role>> {
  readonly role: Role;
  readonly name: string;
  readonly #transport: Transport;
  readonly #sender: RequestSender;
  readonly #clock: Clock;
  readonly #fieldManager: string;
  readonly #readTimeoutMs: number;

  constructor(transport: Transport, options: ClusterClientOptions<Role>) {
    this.role = options.role;
    this.name = options.name;
    this.#transport = transport;
    this.#clock = options.clock ?? systemClock;
    this.#fieldManager = options.fieldManager ?? "kvop";
    this.#readTimeoutMs = options.readTimeoutMs ?? 30_000;
    this.#sender = new RequestSender(transport, {
      name: options.name,
      readTimeoutMs: this.#readTimeoutMs,
      writeTimeoutMs: options.writeTimeoutMs ?? 40_000,
    });
  }

  async get<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: GetOptions = {},
  ): Promise<T> {
    const query: Query = [];
    if (options.resourceVersion !== undefined)
      query.push(["resourceVersion", options.resourceVersion]);
    return this.#sender.send(resource, options, {
      method: "GET",
      verb: "get",
      path: pathOf(resource, {
        namespace: key.namespace,
        name: key.name,
        subresource: options.subresource,
      }),
      query,
    });
  }

  async find<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: GetOptions = {},
  ): Promise<T | undefined> {
    try {
      return await this.get(resource, key, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubernetesObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): Promise<ObjectList<T>> {
    const items: T[] = [];
    let last: ObjectList<T> | undefined;
    for await (const page of this.#pages(resource, options, this.#timeLeft(options))) {
      for (const item of page.items) items.push(item);
      last = page;
    }
    const { resourceVersion } = last?.metadata ?? {};
    return { ...last, metadata: { resourceVersion }, items };
  }

  listPages<T extends KubernetesObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): AsyncIterable<ObjectList<T>> {
    return this.#pages(resource, options, () => options.timeoutMs);
  }

  async *watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    // Nothing of the request and the answer's head is kept for as long as the watch lasts.
    const events = await this.#openStream(resource, options);
    for await (const event of events) yield readWatchEvent(this.name, event, resource);
  }

  async #openStream(resource: Resource, options: WatchOptions): Promise<AsyncIterable<unknown>> {
    const stream = await this.#transport.stream({
      method: "GET",
      verb: "watch",
      resource: resource.plural,
      path: pathOf(resource, { namespace: options.namespace }),
      query: watchQuery(options),
      accept: options.metadataOnly === true ? METADATA_ONE : undefined,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? this.#readTimeoutMs,
    });
    if (stream.status !== 200) throw answerError(this.name, stream);
    return stream.events;
  }

  create<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    return this.#sender.send(resource, options, {
      method: "POST",
      verb: "create",
      // A subresource is created at its object (`pods/binding`), an object at its collection.
      path: pathOf(resource, {
        namespace,
        ...(options.subresource === undefined ? {} : { name, subresource: options.subresource }),
      }),
      query: writeQuery(options, this.#fieldManager),
      body: withTypeMeta(object, resource),
    });
  }

  update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#sender.send(resource, options, {
      method: "PUT",
      verb: "update",
      path: pathOf(resource, { ...objectKeyOf(object), subresource: options.subresource }),
      query: writeQuery(options, this.#fieldManager),
      body: withTypeMeta(object, resource),
    });
  }

  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#sender.send(resource, options, {
      method: "PATCH",
      verb: "patch",
      path: pathOf(resource, { ...key, subresource: options.subresource }),
      query: writeQuery(options, this.#fieldManager),
      body: patch.type === "json" ? patch.operations : patch.patch,
      contentType: PATCH_CONTENT_TYPES[patch.type],
    });
  }

  apply<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: ApplyOptions = {},
  ): Promise<T> {
    const query = writeQuery(options, this.#fieldManager);
    if (options.force === true) query.push(["force", "true"]);
    return this.#sender.send(resource, options, {
      method: "PATCH",
      verb: "apply",
      path: pathOf(resource, { ...objectKeyOf(object), subresource: options.subresource }),
      query,
      body: withTypeMeta(object, resource),
      // JSON is YAML, and both API server versions in use know this type.
      contentType: "application/apply-patch+yaml",
    });
  }

  async delete<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<T | undefined> {
    const answer: KubernetesObject = await this.#sender.send(resource, options, {
      method: "DELETE",
      verb: "delete",
      path: pathOf(resource, key),
      body: buildDeleteOptions(options),
    });
    return answer.kind === resource.kind && answer.metadata?.deletionTimestamp !== undefined
      ? (answer as T)
      : undefined;
  }

  request(request: PathRequest): Promise<TransportResponse> {
    return this.#sender.sendPath(request);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#transport[Symbol.asyncDispose]();
  }

  #pages<T extends KubernetesObject>(
    resource: Resource<T>,
    options: ListOptions,
    timeoutMs: () => number | undefined,
  ): AsyncIterable<ObjectList<T>> {
    const { signal, namespace, metadataOnly } = options;
    return readPages({
      cluster: this.name,
      resource,
      readPage: (token) =>
        this.#sender.send(
          resource,
          { signal, timeoutMs: timeoutMs() },
          {
            method: "GET",
            verb: "list",
            path: pathOf(resource, { namespace }),
            query: listQuery(options, token),
            accept: metadataOnly === true ? METADATA_LIST : undefined,
          },
        ),
    });
  }

  #timeLeft({ timeoutMs = this.#readTimeoutMs }: CallOptions): () => number {
    return sharedDeadline(this.#clock, { cluster: this.name, timeoutMs, phase: "list" });
  }
}
