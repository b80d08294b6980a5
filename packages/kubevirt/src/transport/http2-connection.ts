import { type ClientHttp2Session, constants, sensitiveHeaders } from "node:http2";
import type { Socket } from "node:net";

import { type Clock, type ClockTimer, ConnectionFailedError } from "@kvop/core";

import { Http2Watch } from "./http2-watch.js";
import type { FailureContext } from "./transport-failure.js";
import type { WatchReader } from "./watch-reader.js";

/** What a watch asks for. */
export interface WatchRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What all HTTP/2 connections to a cluster keep to. */
export interface Http2Settings extends FailureContext {
  readonly clock: Clock;
  /** Milliseconds of silence after which the server is asked whether it is there. */
  readonly pingIntervalMs: number;
  /** Milliseconds that it may take to answer. */
  readonly pingTimeoutMs: number;
}

/** Settings of {@link Http2Connection}. */
export interface Http2ConnectionOptions {
  readonly settings: Http2Settings;
  readonly onClosed: () => void;
  /** The server wants HTTP/1.1. */
  readonly onRefused: () => void;
}

/** As for requests: load balancers drop idle connections from 60 s on. */
const IDLE_MS = 55_000;

/**
 * One HTTP/2 connection with any number of watches on it. It proves by itself that it lives: after a silence the server has to
 * answer a PING. A GOAWAY lets the watches that are open go on; new ones need another connection.
 */
export class Http2Connection {
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #options: Http2ConnectionOptions;
  readonly #settings: Http2Settings;
  #streams = 0;
  #isDraining = false;
  /** When something came last, on the monotonic clock. */
  #heardMs = 0;
  #timer: ClockTimer | undefined;

  constructor(session: ClientHttp2Session, socket: Socket, options: Http2ConnectionOptions) {
    this.#session = session;
    this.#socket = socket;
    this.#options = options;
    this.#settings = options.settings;
    this.heard();
    session.on("goaway", () => {
      this.#isDraining = true;
    });
    session.on("close", () => {
      this.#timer?.cancel();
      this.#isDraining = true;
      options.onClosed();
    });
    // Each stream is told by itself.
    session.on("error", () => undefined);
    session.unref();
    this.#rest();
  }

  /** Whether one more stream fits. */
  get canOpen(): boolean {
    const { closed, destroyed, remoteSettings } = this.#session;
    const limit = remoteSettings.maxConcurrentStreams ?? Infinity;
    return !this.#isDraining && !closed && !destroyed && this.#streams < limit;
  }

  /** Sends a watch, whose answer goes to the reader. */
  open(request: WatchRequest, reader: WatchReader): void {
    const stream = this.#session.request(
      {
        ":method": "GET",
        ":path": request.path,
        ...request.headers,
        // Tokens stay out of the compression's tables (RFC 7541 7.1.3).
        [sensitiveHeaders]: ["authorization"],
      },
      { endStream: true },
    );
    this.#streams += 1;
    if (this.#streams === 1) this.#wake();
    new Http2Watch(stream, reader, this).start();
  }

  get failureContext(): FailureContext {
    return this.#settings;
  }

  /** Something came from the server. */
  heard(): void {
    this.#heardMs = this.#settings.clock.monotonic();
  }

  /** A stream is over. @param code Why, as the frame that reset it says. */
  streamClosed(code: number | undefined): void {
    this.#streams -= 1;
    if (this.#streams === 0) this.#rest();
    if (code === constants.NGHTTP2_HTTP_1_1_REQUIRED) this.#options.onRefused();
  }

  /** Opens nothing more; the connection closes when its last watch has ended. */
  retire(): void {
    this.#isDraining = true;
    if (this.#streams === 0) this.#close();
  }

  /** Ends the connection and its watches. */
  destroy(reason: Error): void {
    this.#close(reason);
  }

  /** A session that is closed in order waits for the server to hang up, which it need not do. */
  #close(reason?: Error): void {
    this.#timer?.cancel();
    this.#session.destroy(reason);
    this.#socket.destroy();
  }

  /** The first watch is there: the process stays alive for it, and so must the server. */
  #wake(): void {
    if (this.#session.destroyed) return;
    this.#session.ref();
    this.#listen();
  }

  /** No watch is left. */
  #rest(): void {
    this.#timer?.cancel();
    if (this.#isDraining || this.#session.destroyed) {
      this.#close();
      return;
    }
    this.#session.unref();
    this.#timer = this.#settings.clock.setTimer(() => this.retire(), IDLE_MS, { background: true });
  }

  /** Waits until the connection has been silent for the whole interval. */
  #listen(): void {
    const { clock, pingIntervalMs } = this.#settings;
    const silentMs = clock.monotonic() - this.#heardMs;
    this.#timer?.cancel();
    this.#timer = clock.setTimer(
      () => {
        if (clock.monotonic() - this.#heardMs < pingIntervalMs) this.#listen();
        else this.#ping();
      },
      Math.max(0, pingIntervalMs - silentMs),
      { background: true },
    );
  }

  #ping(): void {
    const { clock, cluster, address, pingTimeoutMs } = this.#settings;
    const onSilence = (): void =>
      this.destroy(new ConnectionFailedError({ cluster, address, systemCode: "ETIMEDOUT" }));
    const timer = clock.setTimer(onSilence, pingTimeoutMs, { background: true });
    this.#timer = timer;
    const isSent =
      !this.#session.destroyed &&
      this.#session.ping((error) => {
        timer.cancel();
        this.#heardMs = clock.monotonic();
        if (error === null && this.#streams > 0 && this.#timer === timer) this.#listen();
      });
    if (!isSent) timer.cancel();
  }
}
