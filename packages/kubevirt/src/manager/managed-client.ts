import {
  type ApplyOptions,
  type CallOptions,
  type Clock,
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

import { requestSubject } from "../client-node/request-subject.js";
import { abortable } from "../link/abortable.js";
import type { ClusterLink } from "../link/cluster-link.js";
import { timeLeft } from "../link/time-left.js";

/** How a call ended, for those who judge the cluster by it. */
export interface CallOutcome {
  /** Plural of the resource that was written; undefined for a read. */
  readonly written: string | undefined;
  /** Undefined when it succeeded. */
  readonly error: unknown;
}

/** What a {@link ManagedClient} needs of its cluster. */
export interface LinkSource {
  /** @throws whatever makes the cluster unusable, at once when that is known */
  acquire(call: CallOptions): Promise<ClusterLink>;
  /** A link with newer credentials than the one that was answered 401; undefined when there are none. */
  renew(refused: ClusterLink): Promise<ClusterLink | undefined>;
  readonly clock: Clock;
  /** Told how each call ended. */
  report(outcome: CallOutcome): void;
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
    return this.#call(options, undefined, (client, call) => client.get(resource, key, call));
  }

  find<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<T | undefined> {
    return this.#call(options, undefined, (client, call) => client.find(resource, key, call));
  }

  list<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): Promise<ObjectList<T>> {
    return this.#call(options, undefined, (client, call) => client.list(resource, call));
  }

  listPages<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): AsyncIterable<ObjectList<T>> {
    return this.#pages(options, (client) => client.listPages(resource, options));
  }

  watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options?: WatchOptions,
  ): AsyncIterable<WatchEvent<T>> {
    return this.#watch(resource, options);
  }

  create<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#call(options, resource.plural, (client, call) =>
      client.create(resource, object, call),
    );
  }

  update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#call(options, resource.plural, (client, call) =>
      client.update(resource, object, call),
    );
  }

  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#call(options, resource.plural, (client, call) =>
      client.patch(resource, key, patch, call),
    );
  }

  apply<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: ApplyOptions,
  ): Promise<T> {
    return this.#call(options, resource.plural, (client, call) =>
      client.apply(resource, object, call),
    );
  }

  delete<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: DeleteOptions,
  ): Promise<T | undefined> {
    return this.#call(options, resource.plural, (client, call) =>
      client.delete(resource, key, call),
    );
  }

  request(request: Parameters<RemoteClient["request"]>[0]): Promise<TransportResponse> {
    const { method, path, resource } = request;
    const written =
      method === "GET"
        ? undefined
        : (resource ?? requestSubject(method, path, { isWatch: false }).resource);
    return this.#call(request, written, (client, call) => client.request(call));
  }

  async #call<Options extends CallOptions | undefined, Result>(
    options: Options,
    written: string | undefined,
    call: (client: RemoteClient, options: Options) => Promise<Result>,
  ): Promise<Result> {
    const { signal, timeoutMs } = options ?? {};
    // The deadline holds for all of it: for the connection, for newer credentials, and for the second try.
    const left = timeLeft(options, this.#source.clock);
    const link = await this.#source.acquire({ signal, timeoutMs });
    const send = (over: ClusterLink): Promise<Result> =>
      this.#reported(
        written,
        over.run((client) => call(client, left())),
      );
    try {
      return await send(link);
    } catch (error) {
      // An API server answers 401 before it does anything: the same call may be sent again.
      const renewed = isUnauthorized(error) ? await this.#renew(link, left()) : undefined;
      if (renewed === undefined) throw error;
      return send(renewed);
    }
  }

  async #reported<Result>(written: string | undefined, call: Promise<Result>): Promise<Result> {
    try {
      const result = await call;
      this.#source.report({ written, error: undefined });
      return result;
    } catch (error) {
      this.#source.report({ written, error });
      throw error;
    }
  }

  /** @throws DeadlineExceededError, the signal's reason */
  #renew(refused: ClusterLink, call: CallOptions = {}): Promise<ClusterLink | undefined> {
    const { signal, timeoutMs } = call;
    const wait = { signal, timeoutMs, clock: this.#source.clock };
    const renewing = this.#source.renew(refused);
    return abortable(renewing, { ...wait, cluster: this.name, phase: "newer credentials" });
  }

  /** The pages of a list come over one connection, which stays open for them. */
  async *#pages<Item>(
    options: CallOptions | undefined,
    open: (client: RemoteClient) => AsyncIterable<Item>,
  ): AsyncGenerator<Item, void, undefined> {
    const { signal, timeoutMs } = options ?? {};
    const left = timeLeft({ signal, timeoutMs }, this.#source.clock);
    let link = await this.#source.acquire(left());
    for (let isFirst = true; ;) {
      const release = link.hold();
      try {
        for await (const item of open(link.client)) {
          isFirst = false;
          yield item;
        }
        return;
      } catch (error) {
        link = await this.#afterRefusal(link, error, isFirst ? left() : undefined);
        isFirst = false;
      } finally {
        release();
      }
    }
  }

  /** A watch ends, as if the server had ended it, when the connection is replaced. */
  async *#watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const left = timeLeft(options, this.#source.clock);
    let link = await this.#source.acquire({
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
    for (let isFirst = true; ;) {
      const { signal, end } = link.watch(options.signal);
      try {
        for await (const event of link.client.watch(resource, { ...left(), signal })) {
          isFirst = false;
          yield event;
        }
        return;
      } catch (error) {
        if (link.isRetired && options.signal?.aborted !== true) return;
        link = await this.#afterRefusal(link, error, isFirst ? left() : undefined);
        isFirst = false;
      } finally {
        end();
      }
    }
  }

  /** A link to go on with after a 401. @param call What is left of the call at its beginning, later undefined. */
  async #afterRefusal(
    link: ClusterLink,
    error: unknown,
    call: CallOptions | undefined,
  ): Promise<ClusterLink> {
    this.#source.report({ written: undefined, error });
    const mayRenew = call !== undefined && isUnauthorized(error);
    const renewed = mayRenew ? await this.#renew(link, call) : undefined;
    if (renewed === undefined) throw error;
    return renewed;
  }
}
