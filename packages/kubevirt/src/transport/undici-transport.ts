import type { LookupFunction } from "node:net";

import {
  type Clock,
  DisposedError,
  jitter,
  type Random,
  sleep,
  systemClock,
  systemRandom,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";
import type { Client, Dispatcher, Pool } from "undici";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import { exchange, type ExchangeLimits } from "./exchange.js";
import { openStream } from "./open-stream.js";
import { RateLimiter } from "./rate-limiter.js";
import { isConnectionLost } from "./transport-failure.js";
import { userAgent } from "./user-agent.js";

/** Settings of a connection to one cluster. */
export interface UndiciTransportOptions {
  /** Name of the client, for errors. */
  readonly name: string;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Part of the program that speaks, for `User-Agent: kvop/<version> (<component>)`. Default: `manager`. */
  readonly component?: string | undefined;
  /** Milliseconds for TCP and TLS together. Default: 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Largest answer that is read. Default: 64 MiB, several pages of 500 large objects. */
  readonly maxResponseBytes?: number | undefined;
  /** Connections for requests; watches have one each. Default: 16. */
  readonly maxConnections?: number | undefined;
  /** Default: 50; client-go's 5 are what bounds many operators. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests at once after a quiet time. Default: 100. */
  readonly burst?: number | undefined;
  /** Looks names up for a dial; it refuses addresses by failing. Default: the system's. */
  readonly lookup?: LookupFunction | undefined;
  /** The token of the moment, where it rotates. Default: that of the connection. */
  readonly readToken?: (() => Promise<string | undefined>) | undefined;
}

/** Idle connections close after it; load balancers in front of API servers drop them from 60 s on. */
const KEEP_ALIVE_MS = 55_000;
const MAX_THROTTLED_RETRIES = 10;
const MAX_FAILED_RETRIES = 3;
const FIRST_RETRY_MS = 200;

/**
 * HTTPS to one cluster on kept connections: HTTP/1.1, one pool for requests and a connection for each watch, so that neither waits
 * for the other. Opens nothing before the first request. Answers of 429 with Retry-After are waited for; 503, 504 and lost
 * connections are tried again for GET alone; all within the deadline of the request. Redirects are not followed.
 */
export function createUndiciTransport(
  connection: ClusterConnection,
  options: UndiciTransportOptions,
): Transport {
  return new UndiciTransport(connection, options);
}

interface Pools {
  readonly requests: Pool;
  /** A connection of its own for each watch. */
  readonly openClient: () => Client;
}

class UndiciTransport implements Transport {
  readonly #connection: ClusterConnection;
  readonly #options: UndiciTransportOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limiter: RateLimiter;
  readonly #url: URL;
  readonly #address: string;
  readonly #connectTimeoutMs: number;
  readonly #streams = new Set<Client>();
  #pools: Promise<Pools> | undefined;
  #isDisposed = false;

  constructor(connection: ClusterConnection, options: UndiciTransportOptions) {
    const {
      clock = systemClock,
      random = systemRandom,
      requestsPerSecond = 50,
      burst = 100,
    } = options;
    this.#connection = connection;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#limiter = new RateLimiter({ requestsPerSecond, burst, clock });
    this.#url = new URL(connection.server);
    this.#address = addressOf(this.#url);
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const deadlineAt = this.#deadlineOf(request);
    for (let retries = 0; ; retries += 1) {
      const pools = await this.#open(request);
      const dispatch = await this.#dispatchOptions(request);
      const delayMs = await this.#attempt(pools, dispatch, request, { deadlineAt, retries });
      if (typeof delayMs !== "number") return delayMs;
      await sleep(this.#clock, delayMs, { signal: request.signal });
    }
  }

  async stream(request: TransportRequest): Promise<TransportStream> {
    const deadlineAt = this.#deadlineOf(request);
    const pools = await this.#open(request);
    const dispatch = await this.#dispatchOptions(request);
    if (this.#isDisposed) throw this.#disposed();
    const client = pools.openClient();
    this.#streams.add(client);
    const limits = this.#limits(request, deadlineAt);
    return openStream(client, dispatch, limits, () => this.#streams.delete(client));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const pools = await this.#pools;
    if (pools === undefined) return;
    const reason = this.#disposed();
    const streams = [...this.#streams].map((client) => client.destroy(reason));
    await Promise.all([pools.requests.destroy(reason), ...streams]);
  }

  #disposed(): DisposedError {
    return new DisposedError({ subject: `The client "${this.#options.name}"` });
  }

  /** The answer, or the milliseconds to wait before the next try. */
  async #attempt(
    pools: Pools,
    dispatch: Dispatcher.DispatchOptions,
    request: TransportRequest,
    state: { readonly deadlineAt: number; readonly retries: number },
  ): Promise<TransportResponse | number> {
    const { deadlineAt, retries } = state;
    const fits = (delayMs: number): boolean => this.#clock.monotonic() + delayMs < deadlineAt;
    const backoffMs = jitter(this.#random, FIRST_RETRY_MS * 2 ** retries, 0.5);
    const mayRepeat = request.method === "GET" && retries < MAX_FAILED_RETRIES;
    try {
      const response = await exchange(pools.requests, dispatch, this.#limits(request, deadlineAt));
      const { status } = response;
      const retryAfterMs = retryAfterOf(response);
      if (status === 429 && retryAfterMs !== undefined && retries < MAX_THROTTLED_RETRIES)
        return fits(retryAfterMs) ? retryAfterMs : response;
      if ((status === 503 || status === 504) && mayRepeat) {
        const delayMs = retryAfterMs ?? backoffMs;
        return fits(delayMs) ? delayMs : response;
      }
      return response;
    } catch (error) {
      // A kept connection may have been closed by the server while the request was on its way.
      if (isConnectionLost(error) && mayRepeat && retries === 0 && fits(0)) return 0;
      throw error;
    }
  }

  async #open(request: TransportRequest): Promise<Pools> {
    if (this.#isDisposed) throw this.#disposed();
    request.signal?.throwIfAborted();
    await this.#limiter.wait(request.signal);
    this.#pools ??= this.#openPools();
    return this.#pools;
  }

  async #openPools(): Promise<Pools> {
    const { buildConnector, Client: ClientClass, Pool: PoolClass } = await import("undici");
    const { caPem, clientCertificatePem, clientKeyPem, tlsServerName } = this.#connection;
    const settings = {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Deadlines are kept by each request, on the clock that was handed in.
      headersTimeout: 0,
      bodyTimeout: 0,
      // One connector, so that watches resume the TLS sessions of requests.
      connect: buildConnector({
        timeout: this.#connectTimeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: 15_000,
        allowH2: false,
        ...(caPem === undefined ? {} : { ca: caPem }),
        ...(clientCertificatePem === undefined ? {} : { cert: clientCertificatePem }),
        ...(clientKeyPem === undefined ? {} : { key: clientKeyPem }),
        ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
        ...(this.#options.lookup === undefined ? {} : { lookup: this.#options.lookup }),
      }),
    };
    return {
      requests: new PoolClass(this.#url.origin, {
        ...settings,
        connections: this.#options.maxConnections ?? 16,
      }),
      openClient: () => new ClientClass(this.#url.origin, settings),
    };
  }

  async #dispatchOptions(request: TransportRequest): Promise<Dispatcher.DispatchOptions> {
    const token = (await this.#options.readToken?.()) ?? this.#connection.token;
    const hasBody = request.body !== undefined;
    return {
      method: request.method,
      path: `${this.#url.pathname === "/" ? "" : this.#url.pathname}${request.path}${queryOf(request)}`,
      headers: {
        accept: request.accept ?? "application/json",
        "user-agent": userAgent(this.#options.component ?? "manager"),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(hasBody ? { "content-type": request.contentType ?? "application/json" } : {}),
      },
      body: hasBody ? JSON.stringify(request.body) : null,
    };
  }

  #deadlineOf(request: TransportRequest): number {
    return request.timeoutMs === 0 ? Infinity : this.#clock.monotonic() + request.timeoutMs;
  }

  #limits(request: TransportRequest, deadlineAt: number): ExchangeLimits {
    return {
      cluster: this.#options.name,
      address: this.#address,
      connectTimeoutMs: this.#connectTimeoutMs,
      clock: this.#clock,
      maxResponseBytes: this.#options.maxResponseBytes ?? 64 * 1024 * 1024,
      // A deadline that has just passed still has to fire: 0 would mean none.
      timeoutMs:
        deadlineAt === Infinity ? 0 : Math.max(deadlineAt - this.#clock.monotonic(), 0.001),
      wholeTimeoutMs: request.timeoutMs,
      signal: request.signal,
    };
  }
}

function queryOf(request: TransportRequest): string {
  const { query = [] } = request;
  return query.length === 0
    ? ""
    : `?${query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`;
}

function retryAfterOf(response: TransportResponse): number | undefined {
  const seconds = Number(response.headers["retry-after"] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function addressOf(url: URL): string {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return `${url.hostname}:${port}`;
}
