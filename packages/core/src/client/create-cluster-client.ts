import { isNotFound } from "../errors/api-error.js";
import { UnexpectedResponseError } from "../errors/unexpected-response-error.js";
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
  SubresourceOptions,
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
import { isObject } from "./is-object.js";
import { listQuery, type Query, watchQuery } from "./list-query.js";
import { readWatchEvent } from "./read-watch-event.js";
import { pathOf } from "./resource-path.js";
import { addTypeMeta, withTypeMeta } from "./type-meta.js";
import type { Transport, TransportRequest, TransportResponse, Verb } from "./transport.js";

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
}

const METADATA_ONE =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

const patchContentTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

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
  readonly #fieldManager: string;
  readonly #readTimeoutMs: number;
  readonly #writeTimeoutMs: number;

  constructor(transport: Transport, options: ClusterClientOptions<Role>) {
    this.role = options.role;
    this.name = options.name;
    this.#transport = transport;
    this.#fieldManager = options.fieldManager ?? "kvop";
    this.#readTimeoutMs = options.readTimeoutMs ?? 30_000;
    this.#writeTimeoutMs = options.writeTimeoutMs ?? 40_000;
  }

  async get<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: GetOptions = {},
  ): Promise<T> {
    const query: Query = [];
    if (options.resourceVersion !== undefined)
      query.push(["resourceVersion", options.resourceVersion]);
    return this.#send(resource, options, {
      method: "GET",
      verb: "get",
      path: pathOf(resource, { ...key, subresource: options.subresource }),
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
    for await (const page of this.listPages(resource, options)) {
      for (const item of page.items) items.push(item);
      last = page;
    }
    const { resourceVersion } = last?.metadata ?? {};
    return { ...last, metadata: { resourceVersion }, items };
  }

  async *listPages<T extends KubernetesObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): AsyncGenerator<ObjectList<T>, void, undefined> {
    let token: string | undefined;
    do {
      const page: ObjectList<T> = await this.#send(resource, options, {
        method: "GET",
        verb: "list",
        path: pathOf(resource, { namespace: options.namespace }),
        query: listQuery(options, token),
        accept: options.metadataOnly === true ? METADATA_LIST : undefined,
      });
      if (!Array.isArray(page.items)) {
        // The Go API server writes `null` for the empty list of some aggregated APIs.
        page.items = [];
      }
      if (!page.items.every(isObject))
        throw this.#unexpected(200, "a list with an item that is no object");
      page.metadata ??= {};
      for (const item of page.items) addTypeMeta(item, resource);
      yield page;
      token = page.metadata.continue;
    } while (token !== undefined && token !== "");
  }

  async *watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
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
    for await (const event of stream.events) yield readWatchEvent(this.name, event, resource);
  }

  create<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    return this.#send(resource, options, {
      method: "POST",
      verb: "create",
      // A subresource is created at its object (`pods/binding`), an object at its collection.
      path: pathOf(resource, {
        namespace,
        ...(options.subresource === undefined ? {} : { name, subresource: options.subresource }),
      }),
      query: this.#writeQuery(options),
      body: withTypeMeta(object, resource),
    });
  }

  update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#send(resource, options, {
      method: "PUT",
      verb: "update",
      path: pathOf(resource, { ...objectKeyOf(object), subresource: options.subresource }),
      query: this.#writeQuery(options),
      body: withTypeMeta(object, resource),
    });
  }

  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#send(resource, options, {
      method: "PATCH",
      verb: "patch",
      path: pathOf(resource, { ...key, subresource: options.subresource }),
      query: this.#writeQuery(options),
      body: patch.type === "json" ? patch.operations : patch.patch,
      contentType: patchContentTypes[patch.type],
    });
  }

  apply<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: ApplyOptions = {},
  ): Promise<T> {
    const query = this.#writeQuery(options);
    if (options.force === true) query.push(["force", "true"]);
    return this.#send(resource, options, {
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
    const { preconditions, propagationPolicy, gracePeriodSeconds, dryRun } = options;
    const answer: KubernetesObject = await this.#send(resource, options, {
      method: "DELETE",
      verb: "delete",
      path: pathOf(resource, key),
      body: {
        kind: "DeleteOptions",
        apiVersion: "v1",
        ...(preconditions === undefined ? {} : { preconditions }),
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        ...(dryRun === true ? { dryRun: ["All"] } : {}),
      },
    });
    return answer.kind === resource.kind && answer.metadata?.deletionTimestamp !== undefined
      ? (answer as T)
      : undefined;
  }

  async request(
    request: Omit<TransportRequest, "timeoutMs" | "verb" | "resource"> &
      Partial<Pick<TransportRequest, "timeoutMs" | "verb" | "resource">>,
  ): Promise<TransportResponse> {
    const isRead = request.method === "GET";
    const verbs = {
      GET: "get",
      POST: "create",
      PUT: "update",
      PATCH: "patch",
      DELETE: "delete",
    } as const;
    const response = await this.#transport.request({
      verb: verbs[request.method],
      resource: "",
      ...request,
      timeoutMs: request.timeoutMs ?? (isRead ? this.#readTimeoutMs : this.#writeTimeoutMs),
    });
    if (response.status < 200 || response.status > 299) throw answerError(this.name, response);
    return response;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#transport[Symbol.asyncDispose]();
  }

  async #send<Answer>(
    resource: Resource,
    call: CallOptions & Pick<SubresourceOptions, "subresource">,
    request: Pick<
      TransportRequest,
      "method" | "path" | "query" | "body" | "contentType" | "accept"
    > & {
      readonly verb: Verb;
    },
  ): Promise<Answer> {
    const isRead = request.method === "GET";
    const { method, path, query, body, contentType, accept, verb } = request;
    // Written out: a spread costs as much as all the rest of this function.
    const response = await this.#transport.request({
      method,
      path,
      query,
      body,
      contentType,
      accept,
      verb,
      resource:
        call.subresource === undefined ? resource.plural : `${resource.plural}/${call.subresource}`,
      signal: call.signal,
      timeoutMs: call.timeoutMs ?? (isRead ? this.#readTimeoutMs : this.#writeTimeoutMs),
    });
    if (response.status < 200 || response.status > 299) throw answerError(this.name, response);
    if (!isObject(response.body)) {
      throw this.#unexpected(response.status, "no JSON object where one belongs");
    }
    return response.body as Answer;
  }

  #unexpected(httpStatus: number, problem: string): UnexpectedResponseError {
    return new UnexpectedResponseError({ cluster: this.name, httpStatus, problem });
  }

  #writeQuery(options: WriteOptions): Query {
    const query: Query = [["fieldManager", options.fieldManager ?? this.#fieldManager]];
    if (options.dryRun === true) query.push(["dryRun", "All"]);
    if (options.fieldValidation !== undefined)
      query.push(["fieldValidation", options.fieldValidation]);
    return query;
  }
}
