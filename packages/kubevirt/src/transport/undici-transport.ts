import type { LookupFunction } from "node:net";

import {
  type Clock,
  DeadlineExceededError,
  DisposedError,
  KvopError,
  onAbort,
  type Random,
  sleep,
  systemClock,
  systemRandom,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";
import type { Dispatcher } from "undici";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import type { ClusterRoute } from "./cluster-route.js";
import { exchange, type ExchangeLimits } from "./exchange.js";
import { RateLimiter } from "./rate-limiter.js";
import { retryAfterMs } from "./retry-after.js";
import { type Retry, retryOfStatus } from "./retry-policy.js";
import { isSameRoute } from "./is-same-route.js";
import { isConnectionLost, transportFailure } from "./transport-failure.js";
import { notify, type RequestSubject, type TransportObserver } from "./transport-observer.js";
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
): Transport {
  return new UndiciTransport(connection, options);
}

/** A request on its way, with what has been spent on it. */
interface Call {
  readonly request: TransportRequest;
  readonly startedMs: number;
  readonly deadlineMs: number;
  retries: number;
  rateLimitedMs: number;
  /** Whether it went out over a connection that had been used before. */
  isReused: boolean;
  /** Whether anything of the answer has come. */
  hasAnswer: boolean;
}

class UndiciTransport implements Transport {
  readonly #connection: ClusterConnection;
  readonly #options: UndiciTransportOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limiter: RateLimiter;
  readonly #userAgent: string;
  readonly #disposal = new AbortController();
  /** Routes with older TLS settings, until their last watch has ended. */
  readonly #retired = new Set<ClusterRoute>();
  #route: ClusterRoute | undefined;
  #opening: Promise<ClusterRoute> | undefined;

  constructor(connection: ClusterConnection, options: UndiciTransportOptions) {
    const { requestsPerSecond = 50, burst = 100 } = options;
    this.#connection = connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#limiter = new RateLimiter({ requestsPerSecond, burst, clock: this.#clock });
    this.#userAgent = userAgent(options.component ?? "manager");
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    return this.#observed(request, (call) => this.#exchange(call));
  }

  stream(request: TransportRequest): Promise<TransportStream> {
    return this.#observed(request, (call) => this.#watch(call));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposal.signal.aborted) return;
    const reason = new DisposedError({ subject: `The client "${this.#options.name}"` });
    this.#disposal.abort(reason);
    await this.#opening?.catch(() => undefined);
    const routes = [...this.#retired, ...(this.#route === undefined ? [] : [this.#route])];
    await Promise.all(routes.map((route) => route.destroy(reason)));
  }

  async #observed<Answer extends TransportResponse>(
    request: TransportRequest,
    attempt: (call: Call) => Promise<Answer>,
  ): Promise<Answer> {
    const startedMs = this.#clock.monotonic();
    const deadlineMs = request.timeoutMs === 0 ? Infinity : startedMs + request.timeoutMs;
    const call: Call = {
      request,
      startedMs,
      deadlineMs,
      retries: 0,
      rateLimitedMs: 0,
      isReused: false,
      hasAnswer: false,
    };
    try {
      const answer = await this.#repeated(call, attempt);
      this.#observe(call, answer.status, undefined);
      return answer;
    } catch (error) {
      this.#observe(call, 0, KvopError.isInstance(error) ? error.code : "Aborted");
      throw error;
    }
  }

  async #repeated<Answer extends TransportResponse>(
    call: Call,
    attempt: (call: Call) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      await this.#admit(call);
      let retry: Retry | undefined;
      try {
        const answer = await attempt(call);
        retry = this.#retryOf(call, answer);
        if (retry === undefined) return answer;
      } catch (error) {
        // A kept connection may have been closed by the server while the request was on its way.
        const isStale = call.isReused && !call.hasAnswer && isConnectionLost(error);
        const mayRepeat = call.request.method === "GET" && call.retries === 0;
        if (!isStale || !mayRepeat || this.#leftOf(call) <= 0) throw error;
        retry = { reason: "reset", delayMs: 0 };
      }
      await this.#pause(call, retry);
    }
  }

  /** Waits for the client's own rate limit, or fails at once when the deadline comes first. */
  async #admit(call: Call): Promise<void> {
    this.#disposal.signal.throwIfAborted();
    call.request.signal?.throwIfAborted();
    if (this.#limiter.tryTake()) return;
    const startedMs = this.#clock.monotonic();
    const isAdmitted = await this.#within(call, "rate limit", (signal) =>
      this.#limiter.wait(signal, this.#leftOf(call)),
    );
    call.rateLimitedMs += this.#clock.monotonic() - startedMs;
    if (!isAdmitted) throw this.#tooLate(call, "rate limit");
  }

  #retryOf(call: Call, answer: TransportResponse): Retry | undefined {
    const { status } = answer;
    const { retries } = call;
    const { method } = call.request;
    if (status !== 429 && status !== 503 && status !== 504) return undefined;
    const retryAfter = retryAfterMs(answer.headers["retry-after"], this.#clock.now());
    const retry = retryOfStatus(
      { status, retryAfterMs: retryAfter },
      { method, retries },
      this.#random,
    );
    return retry === undefined || retry.delayMs >= this.#leftOf(call) ? undefined : retry;
  }

  async #pause(call: Call, retry: Retry): Promise<void> {
    const { observer } = this.#options;
    notify(() => observer?.onRetry?.({ ...this.#subject(call.request), ...retry }));
    call.retries += 1;
    if (retry.delayMs > 0)
      await this.#within(call, "request", (signal) =>
        sleep(this.#clock, retry.delayMs, { signal }),
      );
  }

  async #exchange(call: Call): Promise<TransportResponse> {
    const { connection, route } = await this.#openRoute();
    const pooled =
      route.pool.tryAcquire() ??
      (await this.#within(call, "connection", (signal) => route.pool.acquire(signal)));
    call.isReused = pooled.isReused;
    let isBroken = true;
    try {
      const dispatch = this.#dispatchOptions(call.request, connection, route);
      const answer = await exchange(pooled.client, dispatch, this.#limits(call, connection, route));
      isBroken = false;
      return answer;
    } finally {
      pooled.release({ isBroken });
    }
  }

  async #watch(call: Call): Promise<TransportStream> {
    const { connection, route } = await this.#openRoute();
    const { path, headers } = this.#dispatchOptions(call.request, connection, route);
    const limits = this.#limits(call, connection, route);
    const reader = new WatchReader(limits);
    route.watches.open({ path, headers: headers as Record<string, string> }, reader).then(
      (isReused) => {
        call.isReused = isReused;
      },
      (error: unknown) => reader.onError(transportFailure(error, limits)),
    );
    const stream = await reader.opened;
    if (stream.status === 200) this.#observeEnd(call.request, reader);
    return stream;
  }

  async #openRoute(): Promise<{ connection: ClusterConnection; route: ClusterRoute }> {
    const connection = (await this.#options.readConnection?.()) ?? this.#connection;
    this.#disposal.signal.throwIfAborted();
    const current = this.#route;
    if (current !== undefined && isSameRoute(current.connection, connection))
      return { connection, route: current };
    // Shared by all who come meanwhile; theirs may be newer still, which the next request sees.
    this.#opening ??= this.#replaceRoute(connection).finally(() => {
      this.#opening = undefined;
    });
    const route = await this.#opening;
    this.#disposal.signal.throwIfAborted();
    return { connection, route };
  }

  async #replaceRoute(connection: ClusterConnection): Promise<ClusterRoute> {
    const { name, maxConnections = 16, connectTimeoutMs = 10_000, ...options } = this.#options;
    const { pingIntervalMs = 8000, pingTimeoutMs = 6000 } = options;
    // Loaded at the first request, with TLS and the HTTP library: importing the package has to stay cheap.
    const { openRoute } = await import("./cluster-route.js");
    const route = await openRoute(connection, {
      ...options,
      cluster: name,
      clock: this.#clock,
      connectTimeoutMs,
      maxConnections,
      pingIntervalMs,
      pingTimeoutMs,
    });
    const old = this.#route;
    this.#route = route;
    if (old !== undefined) {
      this.#retired.add(old);
      old.retire();
    }
    return route;
  }

  #dispatchOptions(
    request: TransportRequest,
    connection: ClusterConnection,
    route: ClusterRoute,
  ): Dispatcher.DispatchOptions {
    const { token } = connection;
    const headers: Record<string, string> = {
      accept: request.accept ?? "application/json",
      "user-agent": this.#userAgent,
    };
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    const path = `${route.basePath}${request.path}${queryOf(request)}`;
    if (request.body === undefined) return { method: request.method, path, headers, body: null };
    headers["content-type"] = request.contentType ?? "application/json";
    return { method: request.method, path, headers, body: JSON.stringify(request.body) };
  }

  #limits(call: Call, connection: ClusterConnection, route: ClusterRoute): ExchangeLimits {
    return {
      cluster: this.#options.name,
      address: route.address,
      clock: this.#clock,
      maxResponseBytes: this.#options.maxResponseBytes ?? 64 * 1024 * 1024,
      // A deadline that has just passed still has to fire: 0 would mean none.
      timeoutMs: call.deadlineMs === Infinity ? 0 : Math.max(this.#leftOf(call), 0.001),
      wholeTimeoutMs: call.request.timeoutMs,
      headersTimeoutMs: this.#options.headersTimeoutMs ?? 60_000,
      bodyTimeoutMs: this.#options.bodyTimeoutMs ?? 60_000,
      signal: call.request.signal,
      secret: connection.token,
      progress: call,
    };
  }

  /** Milliseconds until the deadline. */
  #leftOf(call: Call): number {
    return call.deadlineMs - this.#clock.monotonic();
  }

  #tooLate(call: Call, phase: string): DeadlineExceededError {
    const { timeoutMs } = call.request;
    return new DeadlineExceededError({ cluster: this.#options.name, timeoutMs, phase });
  }

  /** Runs a wait that ends with the deadline, the caller's signal or the disposal, whichever comes first. */
  async #within<T>(
    call: Call,
    phase: string,
    wait: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const sources = [this.#disposal.signal, call.request.signal];
    const leaves = sources.map((source) => onAbort(source, (reason) => controller.abort(reason)));
    const timer =
      call.deadlineMs === Infinity
        ? undefined
        : this.#clock.setTimer(
            () => controller.abort(this.#tooLate(call, phase)),
            this.#leftOf(call),
          );
    try {
      return await wait(controller.signal);
    } finally {
      timer?.cancel();
      for (const leave of leaves) leave();
    }
  }

  #subject(request: TransportRequest): RequestSubject {
    const { verb, method, resource } = request;
    return { cluster: this.#options.name, verb, method, resource };
  }

  #observe(call: Call, code: number, failure: string | undefined): void {
    const { observer } = this.#options;
    if (observer?.onRequest === undefined) return;
    const durationMs = this.#clock.monotonic() - call.startedMs;
    const { retries, rateLimitedMs } = call;
    const subject = this.#subject(call.request);
    notify(() =>
      observer.onRequest?.({ ...subject, code, failure, durationMs, retries, rateLimitedMs }),
    );
  }

  #observeEnd(request: TransportRequest, reader: WatchReader): void {
    const { observer } = this.#options;
    if (observer?.onWatchEnd === undefined) return;
    const startedMs = this.#clock.monotonic();
    void reader.done.then((error) => {
      const durationMs = this.#clock.monotonic() - startedMs;
      const failure =
        error === undefined ? undefined : KvopError.isInstance(error) ? error.code : "Aborted";
      notify(() => observer.onWatchEnd?.({ ...this.#subject(request), durationMs, failure }));
    });
  }
}

function queryOf(request: TransportRequest): string {
  const { query = [] } = request;
  return query.length === 0
    ? ""
    : `?${query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`;
}
