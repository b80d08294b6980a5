import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";

import { ConnectionFailedError, DeadlineExceededError } from "@kvop/core";
import type { Client } from "undici";

import { type Dialer, protocolOf } from "./dialer.js";
import type { Http2Connection, Http2Settings, WatchRequest } from "./http2-connection.js";
import { openHttp1Watch } from "./open-http1-watch.js";
import type { FailureContext } from "./transport-failure.js";
import { notify, type TransportObserver } from "./transport-observer.js";
import type { WatchReader } from "./watch-reader.js";

/** Settings of {@link WatchConnections}. */
export interface WatchConnectionsOptions extends Http2Settings {
  readonly origin: string;
  readonly dialer: Dialer;
  readonly ClientClass: typeof Client;
  readonly connectTimeoutMs: number;
  readonly observer?: TransportObserver | undefined;
}

/** A watch can be held back so much: an object of a megabyte or a burst of small ones, at any round trip time. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** A server that closes each new connection at once is not asked for ever. */
const MAX_DIALS = 3;

/**
 * The connections of a cluster's watches: one HTTP/2 connection for all of them, a second when the server takes no more streams
 * on the first or has said GOAWAY; or HTTP/1.1, a connection for each, where HTTP/2 is not spoken, which is remembered.
 */
export class WatchConnections {
  readonly #options: WatchConnectionsOptions;
  readonly #connections = new Set<Http2Connection>();
  /** Over HTTP/1.1 alone. */
  #clients: Set<Client> | undefined;
  /** What is under way, shared by all watches that need it. */
  #dialling: Promise<void> | undefined;
  #usesHttp1 = false;
  /** Was opened to find out, and speaks HTTP/1.1. */
  #spareSocket: Socket | undefined;
  #destroyed: Error | undefined;
  /** An HTTP/2 connection whose SETTINGS have not come yet. */
  #starting: ClientHttp2Session | undefined;
  /** HTTP/2 connections in a row that were closed before their SETTINGS. */
  #refusals = 0;

  constructor(options: WatchConnectionsOptions) {
    this.#options = options;
  }

  /** Whom failures of watches are about. */
  get failureContext(): FailureContext {
    return this.#options;
  }

  /**
   * Sends a watch, whose answer goes to the reader.
   *
   * @returns Whether the connection was there already, so that the server may have closed it meanwhile.
   * @throws what the dial says
   */
  async open(request: WatchRequest, reader: WatchReader): Promise<boolean> {
    for (let dials = 0; dials <= MAX_DIALS; dials += 1) {
      if (this.#destroyed !== undefined) throw this.#destroyed;
      if (reader.isEnded) return false;
      if (this.#usesHttp1) {
        this.#openHttp1(request, reader);
        return false;
      }
      const connection = [...this.#connections].find(({ canOpen }) => canOpen);
      if (connection !== undefined) {
        connection.open(request, reader);
        return dials === 0;
      }
      this.#dialling ??= this.#dial().finally(() => {
        this.#dialling = undefined;
      });
      await this.#dialling;
    }
    const { cluster, address } = this.#options;
    throw new ConnectionFailedError({ cluster, address, systemCode: "ECONNRESET" });
  }

  /** Opens nothing more; connections close as their watches end. */
  retire(): void {
    for (const connection of this.#connections) connection.retire();
    this.#spareSocket?.destroy();
  }

  /** Ends everything, whatever is under way. */
  async destroy(reason: Error): Promise<void> {
    this.#destroyed = reason;
    this.#spareSocket?.destroy();
    this.#starting?.destroy(reason);
    for (const connection of this.#connections) connection.destroy(reason);
    await Promise.all([...(this.#clients ?? [])].map((client) => client.destroy(reason)));
  }

  async #dial(): Promise<void> {
    const { dialer } = this.#options;
    const socket = await dialer.dial(["h2", "http/1.1"]);
    if (this.#destroyed !== undefined) {
      socket.destroy();
      throw this.#destroyed;
    }
    if (protocolOf(socket) === "http/1.1") {
      this.#spareSocket = socket;
      this.#fallBack("not-offered");
      return;
    }
    const session = await this.#startSession(socket);
    if (session !== undefined) await this.#adopt(session, socket);
  }

  async #adopt(session: ClientHttp2Session, socket: Socket): Promise<void> {
    const { Http2Connection: Http2ConnectionClass } = await import("./http2-connection.js");
    const connection: Http2Connection = new Http2ConnectionClass(session, socket, {
      settings: this.#options,
      onClosed: () => this.#connections.delete(connection),
      onRefused: () => this.#fallBack("broken"),
    });
    this.#connections.add(connection);
  }

  /** Waits for the server's SETTINGS, which prove that it speaks HTTP/2; undefined when it does not. */
  async #startSession(socket: Socket): Promise<ClientHttp2Session | undefined> {
    const { connect } = await import("node:http2");
    const { origin, clock, cluster, connectTimeoutMs: timeoutMs } = this.#options;
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    this.#starting = session;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(() => {
        session.destroy(new DeadlineExceededError({ cluster, timeoutMs, phase: "connect" }));
      }, timeoutMs);
      let failure: Error | undefined;
      session.on("error", (error) => {
        failure = error;
      });
      const onClose = (): void => {
        timer.cancel();
        this.#starting = undefined;
        if (this.#isRefusal(failure)) resolve(undefined);
        else reject(failure ?? closedEarly());
      };
      session.once("close", onClose);
      session.once("remoteSettings", () => {
        timer.cancel();
        session.off("close", onClose);
        this.#starting = undefined;
        this.#refusals = 0;
        session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
        resolve(session);
      });
    });
  }

  /** Whether a server that chose HTTP/2 does not speak it: by what it said, or as it hung up twice in a row. */
  #isRefusal(failure: Error | undefined): boolean {
    const { code } = (failure ?? {}) as NodeJS.ErrnoException;
    this.#refusals += failure === undefined ? 1 : 0;
    if (code !== "ERR_HTTP2_ERROR" && this.#refusals < 2) return false;
    this.#fallBack("broken");
    return true;
  }

  #fallBack(reason: "not-offered" | "broken"): void {
    if (this.#usesHttp1) return;
    this.#usesHttp1 = true;
    const { observer, cluster } = this.#options;
    notify(() => observer?.onHttp2Fallback?.({ cluster, reason }));
  }

  #openHttp1(request: WatchRequest, reader: WatchReader): void {
    const { ClientClass, origin, dialer } = this.#options;
    const dialling = new AbortController();
    const spare = this.#spareSocket?.destroyed === false ? this.#spareSocket : undefined;
    this.#spareSocket = undefined;
    const dial = (): Promise<Socket> =>
      spare === undefined ? dialer.dial(["http/1.1"], dialling.signal) : Promise.resolve(spare);
    const client = new ClientClass(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_target, callback) => {
        dial().then(
          (socket) => callback(null, socket),
          (error: unknown) => callback(error as Error, null),
        );
      },
    });
    this.#clients ??= new Set();
    this.#clients.add(client);
    reader.onDone(() => {
      this.#clients?.delete(client);
      dialling.abort(new Error("The watch is no longer read."));
      void client.destroy();
    });
    openHttp1Watch(client, { ...request, method: "GET" }, reader, this.#options);
  }
}

function closedEarly(): Error {
  return Object.assign(new Error("closed before the SETTINGS of HTTP/2"), { code: "ECONNRESET" });
}
