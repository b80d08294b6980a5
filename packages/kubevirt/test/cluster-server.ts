import { createSecureServer, type ServerHttp2Session } from "node:http2";
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import { systemClock, systemRandom } from "@kvop/core";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";

import { recordSecret } from "./outputs.js";

/** An HTTPS server that plays the few paths of a Kubernetes API that a test needs. */
export interface ClusterServer extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  /** From now on new connections see a certificate of another authority, whose own is given back. */
  rotateAuthority(): string;
  /** Open sockets of now. */
  readonly sockets: ReadonlySet<Socket>;
  /** TLS connections so far. */
  connections: number;
  /** TLS connections so far that resumed a session. */
  resumptions: number;
  /** Open HTTP/2 connections of now. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly requests: string[];
  /** Objects by path. */
  readonly objects: Map<string, unknown>;
  token: string;
  /** Answers before anything else; true when it did. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  kubeconfig(overrides?: { token?: string; caPem?: string; server?: string }): string;
}

/** Settings of {@link startClusterServer}. */
export interface ClusterServerOptions {
  /** Speak HTTP/2 as well. Default: false. */
  readonly http2?: boolean;
  /** Default: the machine's own address and name. */
  readonly hosts?: readonly string[];
  /** For HTTP/2. */
  readonly maxConcurrentStreams?: number;
}

export async function startClusterServer(
  options: ClusterServerOptions = {},
): Promise<ClusterServer> {
  const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const issued = authority.issueServer({ hosts: options.hosts ?? ["127.0.0.1", "localhost"] });
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttpServer(issued, options, sessions);
  const state: Omit<
    ClusterServer,
    "url" | "kubeconfig" | "rotateAuthority" | typeof Symbol.asyncDispose
  > = {
    caPem: authority.caPem,
    sockets,
    connections: 0,
    resumptions: 0,
    sessions,
    requests: [],
    objects: new Map(),
    token: "good-token-5f2c",
    intercept: undefined,
  };
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    state.connections += 1;
    if (socket.isSessionReused()) state.resumptions += 1;
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    state.requests.push(`${request.method} ${request.url}`);
    if (state.intercept?.(request, response) === true) return;
    if (request.headers.authorization !== `Bearer ${state.token}`) {
      sendJson(response, 401, statusOf(401, "Unauthorized"));
      return;
    }
    const path = (request.url ?? "").split("?")[0] ?? "";
    const object =
      path === "/api" ? { kind: "APIVersions", versions: ["v1"] } : state.objects.get(path);
    if (object !== undefined) sendJson(response, 200, object);
    else sendJson(response, 404, statusOf(404, "NotFound", path.split("/").pop()));
  });
  await listen(server);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    url,
    rotateAuthority: () => {
      const next = createCertificateAuthority({ clock: systemClock, random: systemRandom });
      const { certPem: cert, keyPem: key } = next.issueServer({ hosts: ["127.0.0.1"] });
      server.setSecureContext({ cert, key });
      return next.caPem;
    },
    kubeconfig: (overrides: { token?: string; caPem?: string; server?: string } = {}) =>
      kubeconfigText({
        server: overrides.server ?? url,
        caPem: overrides.caPem ?? authority.caPem,
        token: overrides.token ?? state.token,
      }),
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export function kubeconfigText(fields: { server: string; caPem: string; token: string }): string {
  recordSecret(fields.token);
  return `apiVersion: v1
kind: Config
clusters:
  - name: east
    cluster:
      server: ${fields.server}
      certificate-authority-data: ${Buffer.from(fields.caPem).toString("base64")}
users:
  - name: admin
    user:
      token: ${fields.token}
contexts:
  - name: admin@east
    context: { cluster: east, user: admin }
current-context: admin@east
`;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export function statusOf(code: number, reason: string, name?: string): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason,
    code,
    message: `${reason} for the test`,
    ...(name === undefined ? {} : { details: { name } }),
  };
}

function createHttpServer(
  issued: { readonly certPem: string; readonly keyPem: string },
  options: ClusterServerOptions,
  sessions: Set<ServerHttp2Session>,
): Server {
  const { certPem: cert, keyPem: key } = issued;
  if (options.http2 !== true) return createServer({ cert, key });
  const { maxConcurrentStreams } = options;
  const settings = maxConcurrentStreams === undefined ? {} : { settings: { maxConcurrentStreams } };
  const server = createSecureServer({ cert, key, allowHTTP1: true, ...settings });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => undefined);
    session.on("close", () => sessions.delete(session));
  });
  // Its requests and answers have what this server uses of HTTP/1.1's.
  return server as unknown as Server;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
}
