import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";

import { type Clock, DeadlineExceededError, TlsFailedError } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import { RecentlyUsed } from "../policy/recently-used.js";
import { notify, type TransportObserver } from "./transport-observer.js";

/** What two ends may speak over a connection, by its name in ALPN. */
export type HttpProtocol = "h2" | "http/1.1";

/** Settings of {@link Dialer}. */
export interface DialerOptions {
  /** Name of the client, for errors and the observer. */
  readonly cluster: string;
  /** `host:port`, for errors. */
  readonly address: string;
  readonly clock: Clock;
  /** Milliseconds for the lookup, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  readonly lookup?: LookupFunction | undefined;
  readonly observer?: TransportObserver | undefined;
}

/** Idle time before TCP probes the peer: with the ten probes a second apart that libuv sets, a dead one is found after 14 s. */
const KEEP_ALIVE_DELAY_MS = 4000;

/** Contexts that hold a CA bundle and no key: clusters with the same bundle share one, as a big bundle takes milliseconds to load. */
const authorityContexts = new RecentlyUsed<SecureContext>(64);

/**
 * Opens the connections to one cluster: one TLS context for all of them, whose sessions each resumes, and every name looked up by
 * the `lookup` that was handed in.
 */
export class Dialer {
  readonly #connection: ClusterConnection;
  readonly #options: DialerOptions;
  readonly #url: URL;
  readonly #dialling = new Set<Socket>();
  #context: SecureContext | undefined;
  #session: Buffer | undefined;

  constructor(connection: ClusterConnection, options: DialerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#url = new URL(connection.server);
  }

  /**
   * @param protocols What to offer, the best first; the server's choice is `protocolOf` the socket.
   * @throws DeadlineExceededError, TlsFailedError, the signal's reason, or what Node says
   */
  dial(protocols: readonly HttpProtocol[], signal?: AbortSignal): Promise<Socket> {
    const { clock, observer, cluster } = this.#options;
    const startedMs = clock.monotonic();
    const observe = (socket: Socket | undefined): void => {
      if (observer?.onDial === undefined) return;
      notify(() =>
        observer.onDial?.({
          cluster,
          durationMs: clock.monotonic() - startedMs,
          protocol: socket === undefined ? undefined : protocolOf(socket),
          isSessionReused: socket !== undefined && isSessionReused(socket),
        }),
      );
    };
    return this.#open(protocols, signal).then(
      (socket) => {
        observe(socket);
        return socket;
      },
      (error: unknown) => {
        // A session that the server does not take any more must not fail the next dial as well.
        this.#session = undefined;
        observe(undefined);
        throw error;
      },
    );
  }

  /** Gives up every dial that is under way. */
  destroy(reason: Error): void {
    for (const socket of this.#dialling) socket.destroy(reason);
  }

  #open(protocols: readonly HttpProtocol[], signal: AbortSignal | undefined): Promise<Socket> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const socket = this.#startSocket(protocols);
      this.#dialling.add(socket);
      const { clock, cluster, connectTimeoutMs: timeoutMs } = this.#options;
      const timer = clock.setTimer(() => {
        socket.destroy(new DeadlineExceededError({ cluster, timeoutMs, phase: "connect" }));
      }, timeoutMs);
      const onAbort = (): void => void socket.destroy(signal?.reason as Error);
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = (): void => {
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
        this.#dialling.delete(socket);
        socket.off("close", onClose);
        // Whoever is given the socket has a moment until his own listeners are there.
        socket.on("error", ignore);
        socket.off("error", onError);
      };
      const onError = (error: Error): void => {
        settle();
        reject(error);
      };
      const onClose = (): void => {
        settle();
        reject(Object.assign(new Error("closed while connecting"), { code: "ECONNRESET" }));
      };
      socket.once(isTls(socket) ? "secureConnect" : "connect", () => {
        settle();
        resolve(socket);
      });
      socket.on("error", onError);
      socket.once("close", onClose);
    });
  }

  #startSocket(protocols: readonly HttpProtocol[]): Socket {
    const { lookup } = this.#options;
    const target = {
      host: this.#url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(this.#url.port) || (this.#url.protocol === "https:" ? 443 : 80),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      ...(lookup === undefined ? {} : { lookup }),
    };
    if (this.#url.protocol === "http:") return connectTcp(target);
    const name = this.#connection.tlsServerName ?? target.host;
    // Addresses are no SNI names (RFC 6066), but certificates carry them.
    const socket: TLSSocket = connectTls({
      ...target,
      servername: isIP(name) === 0 ? name : "",
      checkServerIdentity: () => checkPeer(socket, name),
      secureContext: (this.#context ??= this.#createContext()),
      ALPNProtocols: [...protocols],
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    // Node takes the whole chain apart before it asks for the check of the name, which needs little of the first one alone.
    socket.getPeerCertificate = noCertificate;
    socket.on("session", (session) => {
      this.#session = session;
    });
    return socket;
  }

  #createContext(): SecureContext {
    const { caPem, clientCertificatePem: cert, clientKeyPem: key } = this.#connection;
    const ca = caPem === undefined ? {} : { ca: caPem };
    try {
      // What holds a key belongs to this cluster alone.
      if (key !== undefined || cert !== undefined) return createSecureContext({ ...ca, cert, key });
      return authorityContexts.get(caPem ?? "", () => createSecureContext(ca));
    } catch (error) {
      const { cluster, address } = this.#options;
      const { code } = error as NodeJS.ErrnoException;
      throw new TlsFailedError({ cluster, address, tlsCode: code ?? "ERR_OSSL" });
    }
  }
}

function ignore(): void {
  // The failure is told of by the listeners of whoever has the socket.
}

/** What ALPN settled on; HTTP/1.1 where it was not used. */
export function protocolOf(socket: Socket): HttpProtocol {
  return isTls(socket) && socket.alpnProtocol === "h2" ? "h2" : "http/1.1";
}

function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}

function isSessionReused(socket: Socket): boolean {
  return isTls(socket) && socket.isSessionReused();
}

/** What is wrong with the names in the server's certificate, if anything; as for Go's clients, a common name is none. */
function checkPeer(socket: TLSSocket, name: string): Error | undefined {
  const subjectaltname = socket.getPeerX509Certificate()?.subjectAltName;
  return checkServerIdentity(name, { subject: {}, subjectaltname } as PeerCertificate);
}

function noCertificate(): PeerCertificate & DetailedPeerCertificate {
  return {} as PeerCertificate & DetailedPeerCertificate;
}
