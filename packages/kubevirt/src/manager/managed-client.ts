import {
  type ApplyOptions,
  type CallOptions,
  type DeleteOptions,
  type GetOptions,
  isUnauthorized,
  type KubernetesObject,
  type ListOptions,
  type ObjectKey,
  type ObjectList,
  type Patch,
  type RemoteClient,
  type Resource,
  type TransportResponse,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "@kvop/core";

import type { ClusterLink } from "./cluster-link.js";

/** What a {@link ManagedClient} needs of the manager. */
export interface LinkSource {
  acquire(configName: string, signal: AbortSignal | undefined): Promise<ClusterLink>;
  /** A link with newer credentials than the one that was answered 401; undefined when there are none. */
  renew(configName: string, refused: ClusterLink): Promise<ClusterLink | undefined>;
}

/**
 * The client that callers hold: it stays the same object while the connection behind it is replaced. A 401 reads the
 * credentials again once, and the call is repeated once with new ones.
 */
export class ManagedClient implements RemoteClient {
  readonly role = "cluster";
  readonly name: string;
  readonly #source: LinkSource;

  constructor(name: string, source: LinkSource) {
    this.name = name;
    this.#source = source;
  }

  get<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<T> {
    return this.#call(options, (client) => client.get(resource, key, options));
  }

  find<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<T | undefined> {
    return this.#call(options, (client) => client.find(resource, key, options));
  }

  list<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): Promise<ObjectList<T>> {
    return this.#call(options, (client) => client.list(resource, options));
  }

  listPages<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): AsyncIterable<ObjectList<T>> {
    return this.#iterate(options, (client) => client.listPages(resource, options));
  }

  watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: WatchOptions,
  ): AsyncIterable<WatchEvent<T>> {
    return this.#iterate(options, (client) => client.watch(resource, options));
  }

  create<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#call(options, (client) => client.create(resource, object, options));
  }

  update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#call(options, (client) => client.update(resource, object, options));
  }

  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#call(options, (client) => client.patch(resource, key, patch, options));
  }

  apply<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: ApplyOptions,
  ): Promise<T> {
    return this.#call(options, (client) => client.apply(resource, object, options));
  }

  delete<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: DeleteOptions,
  ): Promise<T | undefined> {
    return this.#call(options, (client) => client.delete(resource, key, options));
  }

  request(request: Parameters<RemoteClient["request"]>[0]): Promise<TransportResponse> {
    return this.#call(request, (client) => client.request(request));
  }

  async #call<Result>(
    options: CallOptions | undefined,
    call: (client: RemoteClient) => Promise<Result>,
  ): Promise<Result> {
    const link = await this.#source.acquire(this.name, options?.signal);
    try {
      return await link.run(call);
    } catch (error) {
      // An API server answers 401 before it does anything: the same call may be sent again.
      const renewed = isUnauthorized(error) ? await this.#source.renew(this.name, link) : undefined;
      if (renewed === undefined) throw error;
      return renewed.run(call);
    }
  }

  async *#iterate<Item>(
    options: CallOptions | undefined,
    open: (client: RemoteClient) => AsyncIterable<Item>,
  ): AsyncGenerator<Item, void, undefined> {
    let link = await this.#source.acquire(this.name, options?.signal);
    for (let isFirst = true; ;) {
      try {
        // Not counted as running: a watch has no end of its own to wait for when the connection is replaced.
        for await (const item of open(link.client)) {
          isFirst = false;
          yield item;
        }
        return;
      } catch (error) {
        const renewed =
          isFirst && isUnauthorized(error) ? await this.#source.renew(this.name, link) : undefined;
        if (renewed === undefined) throw error;
        isFirst = false;
        link = renewed;
      }
    }
  }
}
