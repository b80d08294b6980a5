import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";

import { systemClock, systemRandom } from "@kvop/core";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";

/** A server that speaks TLS well and HTTP as it is told to. */
export interface FaultyServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly caPem: string;
  /** Open sockets of now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Requests so far, over HTTP/1.1. */
  requests: number;
}

/** Settings of {@link startFaultyServer}. */
export interface FaultyServerOptions {
  /** Called for each request over HTTP/1.1, when its head is there; `count` begins at 1. */
  readonly onRequest?: (socket: Socket, count: number) => unknown;
  /** Called for each connection, after TLS where there is any. */
  readonly onConnection?: (socket: Socket) => void;
  /** False: plain TCP. Default: true. */
  readonly tls?: boolean;
  /** Default: `http/1.1`. */
  readonly protocols?: readonly string[];
  /** Of the certificate. Default: the machine's own. */
  readonly hosts?: readonly string[];
  /** End of the certificate's validity, milliseconds since 1970. Default: far away. */
  readonly notAfter?: number;
}

export async function startFaultyServer(options: FaultyServerOptions): Promise<FaultyServer> {
  const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const { certPem: cert, keyPem: key } = authority.issueServer({
    hosts: options.hosts ?? ["127.0.0.1", "localhost"],
    notAfter: options.notAfter,
  });
  const sockets = new Set<Socket>();
  const state = { requests: 0 };
  const serve = (socket: Socket): void => {
    socket.on("error", () => undefined);
    options.onConnection?.(socket);
    let head = "";
    socket.on("data", (chunk) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      head = "";
      state.requests += 1;
      options.onRequest?.(socket, state.requests);
    });
  };
  const ALPNProtocols = [...(options.protocols ?? ["http/1.1"])];
  const server: Server =
    options.tls === false
      ? createTcpServer(serve)
      : createTlsServer({ cert, key, ALPNProtocols }, serve);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    port,
    url: `https://127.0.0.1:${port}`,
    caPem: authority.caPem,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Sends RST in the place of FIN, through TLS as well. */
export function reset(socket: Socket): void {
  const { _parent: parent } = socket as TLSSocket & { _parent?: Socket | null };
  (parent ?? socket).resetAndDestroy();
}

/** The head of an answer over HTTP/1.1. */
export function head(headers: Readonly<Record<string, string | number>>, status = 200): string {
  const lines = Object.entries({ "content-type": "application/json", ...headers });
  return `HTTP/1.1 ${status} x\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** A whole answer over HTTP/1.1. */
export function answer(
  body: string | Buffer,
  headers: Record<string, string | number> = {},
): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(head({ "content-length": bytes.length, ...headers })), bytes]);
}

/** Writes for as long as the other side reads. */
export function pump(socket: Socket, chunk: Buffer | string): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", write);
  write();
}

/** Writes a piece every few milliseconds, for ever. */
export function drip(socket: Socket, piece: string): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(piece);
  }, 5);
  socket.on("close", () => clearInterval(timer));
}

/** Headers of an answer in chunks. */
export const chunked = { "transfer-encoding": "chunked" };

/** One chunk of such an answer. */
export function chunk(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}

/** A line of a watch. */
export function watchLine(name: string): string {
  return `${JSON.stringify({ type: "ADDED", object: { metadata: { name } } })}\n`;
}
