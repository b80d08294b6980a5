import type { LookupFunction } from "node:net";

import {
  type Clock,
  DisposedError,
  KvopError,
  type Random,
  systemClock,
  systemRandom,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";
import type { Dispatcher } from "undici";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import { type Call, CallRunner } from "./call-runner.js";
import { CurrentRoute, type RouteInUse } from "./current-route.js";
import { exchange, type ExchangeLimits } from "./exchange.js";
import { transportFailure } from "./transport-failure.js";
import { notify, type TransportObserver } from "./transport-observer.js";
import { userAgent } from "./user-agent.js";
import { WatchReader } from "./watch-reader.js";

/** Settings of a connection to one cluster. */
export interface UndiciTransportOptions {
  /** Name of the client, for errors. */
  readonly name: string;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Part of the program that speaks, for `User-Agent: kvop/<version> (<component>)`. Default: `manager`. */
  readonly component?: string | undefined;
  /** Milliseconds for lookup, TCP and TLS together. Default: 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Milliseconds from a request to the head of its answer, where its own deadline is later. Default: 60,000, after which an API
   * server gives up as well.
   */
  readonly headersTimeoutMs?: number | undefined;
  /** Milliseconds from the head of an answer to its end, where the request's own deadline is later. Default: 60,000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** Largest answer that is read; a line of a watch is at most 16 MiB. Default: 64 MiB, several pages of 500 large objects. */
  readonly maxResponseBytes?: number | undefined;
  /** Connections for requests; watches have their own. Default: 16. */
  readonly maxConnections?: number | undefined;
  /** Default: 50; client-go's 5 are what bounds many operators. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests at once after a quiet time. Default: 100. */
  readonly burst?: number | undefined;
  /** Looks names up for a dial; it refuses addresses by failing. Default: the system's. */
  readonly lookup?: LookupFunction | undefined;
  /**
   * The connection of the moment, where its token, CA or client certificate is in files that rotate: asked before each request,
   * so it has to remember. New TLS settings are used for new connections; the old ones close as their requests and watches end.
   * Default: the connection given.
   */
  readonly readConnection?: (() => Promise<ClusterConnection>) | undefined;
  /** Milliseconds of silence after which an HTTP/2 connection of watches is tested by a PING. Default: 8,000. */
  readonly pingIntervalMs?: number | undefined;
  /** Milliseconds that the PING may take before the connection counts as dead. Default: 6,000. */
  readonly pingTimeoutMs?: number | undefined;
  /** Is told of requests, repetitions, dials and watches, for metrics. */
  readonly observer?: TransportObserver | undefined;
}

/** A transport whose watches can be ended while its requests go on. */
export interface UndiciTransport extends Transport {
  /** Ends all watches with this error, and those that come; a connection that is being replaced has no use for them. */
  endWatches(reason: Error): Promise<void>;
}

/**
 * HTTPS to one cluster on kept connections: requests over a pool of HTTP/1.1 connections, watches over one HTTP/2 connection (or
 * HTTP/1.1, a connection each, where HTTP/2 is not spoken), so that neither waits for the other. Opens nothing before the first
 * request. Answers of 429 with Retry-After are waited for; 503, 504 and kept connections that the server had closed are tried
 * again for GET alone; all within the deadline of the request, and at once given back when it would not be met. Redirects are
 * not followed.
 */
export function createUndiciTransport(
  connection: ClusterConnection,
  options: UndiciTransportOptions,
): UndiciTransport {
  return new PooledTransport(connection, options);
}

class PooledTransport implements UndiciTransport {
  readonly #options: UndiciTransportOptions;
  readonly #clock: Clock;
  readonly #calls: CallRunner;
  readonly #route: CurrentRoute;
  readonly #userAgent: string;
  readonly #exchangeOnce = (call: Call): Promise<TransportResponse> => this.#exchange(call);
  #authorization = { token: "", header: "" };

  constructor(connection: ClusterConnection, options: UndiciTransportOptions) {
    const { requestsPerSecond = 50, burst = 100, name, observer } = options;
    const { clock = systemClock, random = systemRandom } = options;
    this.#options = options;
    this.#clock = clock;
    this.#calls = new CallRunner({ name, requestsPerSecond, burst, clock, random, observer });
    this.#route = new CurrentRoute(connection, {
      cluster: name,
      clock,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      maxConnections: options.maxConnections ?? 16,
      pingIntervalMs: options.pingIntervalMs ?? 8000,
      pingTimeoutMs: options.pingTimeoutMs ?? 6000,
      lookup: options.lookup,
      observer,
      readConnection: options.readConnection,
    });
    this.#userAgent = userAgent(options.component ?? "manager");
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    return this.#calls.run(request, this.#exchangeOnce);
  }

  stream(request: TransportRequest): Promise<TransportStream> {
    return this.#calls.run(request, (call) => this.#watch(call));
  }

  endWatches(reason: Error): Promise<void> {
    return this.#route.endWatches(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#calls.isDisposed) return;
    const reason = new DisposedError({ subject: `The client "${this.#options.name}"` });
    this.#calls.dispose(reason);
    await this.#route.destroy(reason);
  }

  async #exchange(call: Call): Promise<TransportResponse> {
    const used = this.#route.ready ?? (await this.#route.open());
    const { pool } = used.route;
    const pooled =
      pool.tryAcquire() ??
      (await this.#calls.within(call, "connection", (signal) => pool.acquire(signal)));
    call.isReused = pooled.isReused;
    let isBroken = true;
    try {
      const dispatch = this.#dispatchOptions(call.request, used);
      const answer = await exchange(pooled.client, dispatch, this.#limits(call, used));
      isBroken = false;
      return answer;
    } finally {
      pooled.release({ isBroken });
    }
  }

  async #watch(call: Call): Promise<TransportStream> {
    const used = this.#route.ready ?? (await this.#route.open());
    call.request.signal?.throwIfAborted();
    const { path, headers } = this.#dispatchOptions(call.request, used);
    const { watches } = used.route;
    const reader = new WatchReader(watches.failureContext, this.#limits(call, used));
    const { opened } = reader;
    watches.open({ path, headers: headers as Record<string, string> }, reader).then(
      (isReused) => {
        call.isReused = isReused;
      },
      (error: unknown) => reader.onError(transportFailure(error, watches.failureContext)),
    );
    const stream = await opened;
    if (stream.status === 200) this.#observeEnd(call.request, reader);
    return stream;
  }

  #dispatchOptions(
    request: TransportRequest,
    { connection, route }: RouteInUse,
  ): Dispatcher.DispatchOptions {
    const { token } = connection;
    const headers: Record<string, string> = {
      accept: request.accept ?? "application/json",
      "user-agent": this.#userAgent,
    };
    if (token !== undefined) headers["authorization"] = this.#authorizationOf(token);
    const path = `${route.basePath}${request.path}${queryOf(request)}`;
    if (request.body === undefined) return { method: request.method, path, headers, body: null };
    headers["content-type"] = request.contentType ?? "application/json";
    const body = JSON.stringify(request.body);
    // Not said otherwise, a DELETE with a body would be the last request of its connection.
    return { method: request.method, path, headers, body, reset: false };
  }

  /** One text for all requests, as each open watch keeps its headers. */
  #authorizationOf(token: string): string {
    if (this.#authorization.token !== token)
      this.#authorization = { token, header: `Bearer ${token}` };
    return this.#authorization.header;
  }

  #limits(call: Call, { connection, route }: RouteInUse): ExchangeLimits {
    return {
      cluster: this.#options.name,
      address: route.address,
      clock: this.#clock,
      maxResponseBytes: this.#options.maxResponseBytes ?? 64 * 1024 * 1024,
      // A deadline that has just passed still has to fire: 0 would mean none.
      timeoutMs: call.deadlineMs === Infinity ? 0 : Math.max(this.#calls.leftOf(call), 0.001),
      wholeTimeoutMs: call.request.timeoutMs,
      headersTimeoutMs: this.#options.headersTimeoutMs ?? 60_000,
      bodyTimeoutMs: this.#options.bodyTimeoutMs ?? 60_000,
      signal: call.request.signal,
      secret: connection.token,
      progress: call,
    };
  }

  #observeEnd(request: TransportRequest, reader: WatchReader): void {
    const { observer } = this.#options;
    if (observer?.onWatchEnd === undefined) return;
    const startedMs = this.#clock.monotonic();
    const subject = this.#calls.subjectOf(request);
    reader.onDone((error) => {
      const durationMs = this.#clock.monotonic() - startedMs;
      const failure =
        error === undefined ? undefined : KvopError.isInstance(error) ? error.code : "Aborted";
      notify(() => observer.onWatchEnd?.({ ...subject, durationMs, failure }));
    });
  }
}

function queryOf(request: TransportRequest): string {
  const { query = [] } = request;
  return query.length === 0
    ? ""
    : `?${query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`;
}
