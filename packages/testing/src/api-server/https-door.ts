import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { once } from "node:events";
import { ApiError, type Random } from "@kvop/core";
import {
  authenticate,
  type AuthenticationConfig,
  type ClientCertificateSubject,
  type ImpersonationRequirement,
  type UserInfo,
} from "../authentication/authenticate.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { encodeWatchLine, watchContentType } from "./encode-answer.js";
import type { DoorConnection } from "./door-connection.js";
import { endOfTurn } from "./end-of-turn.js";
import { answerIncompletePath } from "./incomplete-path.js";
import { percentDecoded } from "./percent-decoded.js";
import { refuse } from "./refusal.js";
import { sendAnswer } from "./send-answer.js";
import { statusAnswer } from "./status-answer.js";

/** Largest body that is read, as the real API server has it. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** What is said of a path that cannot be read, by who does not know of APIs. */
const BAD_PATH: ApiResponse = {
  type: "text",
  status: 400,
  body: "400 Bad Request",
  headers: { connection: "close" },
};

/** Who sent a request that was refused before its sender was known. */
const NOBODY: UserInfo = { username: "", groups: [] };

/** Settings of the HTTPS door. */
export interface HttpsDoorOptions {
  readonly host: string;
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
  readonly random: Random;
  readonly authentication: () => AuthenticationConfig;
  readonly mayImpersonate: (
    user: UserInfo,
    requirements: readonly ImpersonationRequirement[],
  ) => boolean;
  /** What somebody is told who may not act as another one. */
  readonly refuseImpersonation: (user: UserInfo, request: ApiRequest) => ApiError;
  readonly handle: (request: ApiRequest) => Promise<ApiResponse>;
  /** Told of each new connection, before its handshake. */
  readonly onConnection?: ((connection: DoorConnection) => void) | undefined;
  /** Told of bytes of an answer's body that leave. */
  readonly onSent?: ((request: ApiRequest, bytes: number) => void) | undefined;
  /** Told when an answer has left, or its connection is gone. */
  readonly onEnd?: ((request: ApiRequest) => void) | undefined;
}

/** An open door: HTTP/1.1 and HTTP/2 by ALPN. */
export interface HttpsDoor {
  readonly port: number;
  readonly connections: () => readonly DoorConnection[];
  /** Shows this certificate to connections from now on. */
  readonly setCertificate: (certificate: {
    readonly certPem: string;
    readonly keyPem: string;
  }) => void;
  /** Drops every connection and stops to listen. */
  close(): Promise<void>;
}

export async function openHttpsDoor(options: HttpsDoorOptions): Promise<HttpsDoor> {
  const connections = new Map<string, DoorConnection>();
  const secureContext = { ca: options.caPem };
  const server: Http2SecureServer = createSecureServer(
    {
      ...secureContext,
      allowHTTP1: true,
      cert: options.certPem,
      key: options.keyPem,
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: 1000 },
    },
    (request, response) => {
      void serve(
        request as unknown as IncomingMessage,
        response as unknown as ServerResponse,
        connections.get(addressOf(request.socket)),
        options,
      );
    },
  );
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: TLSSocket) => {
    const connection = connections.get(addressOf(socket));
    if (connection !== undefined && socket.authorized) connection.subject = subjectOf(socket);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  // A client that goes away in the middle of a handshake or an answer is daily life.
  server.on("tlsClientError", () => undefined);
  server.on("sessionError", () => undefined);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    const address = addressOf(socket);
    const connection: DoorConnection = { socket, session: undefined, subject: undefined };
    connections.set(address, connection);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      connections.delete(address);
    });
    options.onConnection?.(connection);
  });
  server.on("session", (session) => {
    const connection = connections.get(addressOf(session.socket));
    if (connection !== undefined) connection.session = session;
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => [...connections.values()],
    setCertificate: ({ certPem, keyPem }) =>
      server.setSecureContext({ ...secureContext, cert: certPem, key: keyPem }),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  connection: DoorConnection | undefined,
  options: HttpsDoorOptions,
): Promise<void> {
  response.on("error", () => undefined);
  let isClosed = false;
  let received: ApiRequest | undefined;
  response.on("close", () => {
    isClosed = true;
    if (received !== undefined) options.onEnd?.(received);
  });
  try {
    const asked = await receive(request, { connection, isAbandoned: () => isClosed }, options);
    response.setHeader("audit-id", asked.auditId ?? "");
    const answering = options.handle(asked);
    if (isClosed) options.onEnd?.(asked);
    else received = asked;
    const answer = await answering;
    await endOfTurn();
    const onSent = (bytes: number): void => options.onSent?.(asked, bytes);
    const carry = (plain: Exclude<ApiResponse, { type: "raw" }>): void => {
      if (isClosed) return;
      if (plain.type === "watch") stream(plain, request, response, onSent);
      else sendAnswer(plain, request, response, onSent);
    };
    if (answer.type !== "raw") carry(answer);
    else if (connection !== undefined) answer.write({ response, connection, send: carry });
    else response.destroy();
  } catch {
    if (!response.headersSent)
      sendAnswer(
        statusAnswer(
          new ApiError(
            {
              kind: "Status",
              apiVersion: "v1",
              metadata: {},
              status: "Failure",
              message: "an error on the server has prevented the request from succeeding",
              reason: "InternalError",
              code: 500,
            },
            { httpStatus: 500 },
          ),
        ),
        request,
        response,
        () => undefined,
      );
    else response.destroy();
  }
}

type ReceivedRequest = { -readonly [Field in keyof ApiRequest]: ApiRequest[Field] };

/** Reads a request in. What is wrong with it becomes its refusal, so that it is seen like any other. */
async function receive(
  request: IncomingMessage,
  { connection, isAbandoned }: Pick<ApiRequest, "connection" | "isAbandoned">,
  options: HttpsDoorOptions,
): Promise<ApiRequest> {
  const { headers, url = "/" } = request;
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  const received: ReceivedRequest = {
    method: request.method ?? "GET",
    path: [],
    query: new URLSearchParams(),
    body: undefined,
    bytes: undefined,
    contentType: headers["content-type"] ?? "",
    accept: headers.accept ?? "",
    userAgent: headers["user-agent"] ?? "",
    auditId: textOf(headers["audit-id"]) ?? options.random.uuid(),
    ifNoneMatch: headers["if-none-match"],
    user: NOBODY,
    impersonatedBy: undefined,
    connection,
    isAbandoned,
    refusal: undefined,
  };
  try {
    const decoded = percentDecoded(path);
    if (decoded === undefined) {
      received.refusal = BAD_PATH;
      return received;
    }
    received.path = segmentsOf(decoded);
    received.endsInSlash = decoded.endsWith("/");
    if (end >= 0) readQuery(url.slice(end + 1), received.query);
    received.refusal = answerIncompletePath(received.path, url);
    if (received.refusal !== undefined) return received;
    const identity = identityOf(request, received, options);
    if (identity === undefined) {
      request.resume();
      throw refuse.unauthorized();
    }
    received.user = identity.user;
    received.impersonatedBy = identity.impersonatedBy;
    received.bytes = hasBody(request) ? await readBody(request) : new Uint8Array();
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    received.refusal = statusAnswer(error, received.accept);
  }
  return received;
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" && header !== "" ? header : undefined;
}

function addressOf(socket: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  return `${socket.remoteAddress ?? ""}:${socket.remotePort ?? ""}`;
}

/** Pairs that cannot be decoded, or that a semicolon tears apart, are passed over, as Go does. */
function readQuery(text: string, query: URLSearchParams): void {
  for (const pair of text.split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const [key = "", ...value] = pair.replaceAll("+", " ").split("=");
    const decodedKey = percentDecoded(key);
    const decodedValue = percentDecoded(value.join("="));
    if (decodedKey !== undefined && decodedValue !== undefined)
      query.append(decodedKey, decodedValue);
  }
}

/** The parts of a path; slashes at its end do not count. Dots are names like any other: it is for clients to follow them. */
function segmentsOf(path: string): string[] {
  if (path === "" || path === "/") return [];
  const segments = path.replace(/^\//, "").replace(/\/+$/, "").split("/");
  return segments.join("") === "" ? ["", ""] : segments;
}

function subjectOf(socket: TLSSocket): ClientCertificateSubject | undefined {
  const subject = socket.getPeerCertificate().subject as
    | { readonly CN?: string; readonly O?: string | string[] }
    | undefined;
  if (subject?.CN === undefined) return undefined;
  return {
    commonName: subject.CN,
    organizations: subject.O === undefined ? [] : [subject.O].flat(),
  };
}

function identityOf(
  request: IncomingMessage,
  asked: ApiRequest,
  options: HttpsDoorOptions,
): Pick<ApiRequest, "user" | "impersonatedBy"> | undefined {
  const { headers } = request;
  const result = authenticate(
    {
      authorizationHeader: headers.authorization,
      clientCertificateSubject: asked.connection?.subject,
      headers,
    },
    options.authentication(),
  );
  switch (result.kind) {
    case "user":
      return { user: result.user };
    case "impersonated":
      if (options.mayImpersonate(result.impersonatedBy, result.requirements))
        return { user: result.user, impersonatedBy: result.impersonatedBy };
      throw options.refuseImpersonation(result.impersonatedBy, asked);
    case "invalid-impersonation":
      throw refuse.badRequest(result.message);
    default:
      return undefined;
  }
}

/** To wait for the end of a body that never comes costs as much as all the rest of reading such a request. */
function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  const length = headers["content-length"];
  const isEmpty = length === undefined || length === "0";
  return httpVersionMajor !== 1 || !isEmpty || headers["transfer-encoding"] !== undefined;
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (): void => reject(new Error("The connection was lost within a body."));
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(refuse.tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`));
    });
    request.on("end", () => {
      request.off("close", fail);
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    request.on("error", fail);
    request.on("aborted", fail);
    request.on("close", fail);
  });
}

function stream(
  answer: Extract<ApiResponse, { type: "watch" }>,
  request: IncomingMessage,
  response: ServerResponse,
  onSent: (bytes: number) => void,
): void {
  const encoding = answer.encoding ?? "json";
  response.writeHead(200, {
    "content-type": watchContentType(encoding),
    "cache-control": "no-cache, private",
    ...answer.headers,
  });
  response.flushHeaders();
  let isOpen = true;
  let stop = (): void => undefined;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    stop();
  };
  response.on("close", close);
  request.on("aborted", close);
  stop = answer.open(
    (line) => {
      if (!isOpen) return;
      let text: string | Uint8Array;
      try {
        text = encodeWatchLine(line, encoding);
      } catch {
        // Whoever wrote the object has nothing to do with it: this watch alone ends, as on a server that gives up.
        response.destroy();
        return;
      }
      onSent(Buffer.byteLength(text));
      response.write(text);
    },
    (error) => {
      if (error === undefined) response.end();
      else response.destroy();
    },
  );
  if (!isOpen) stop();
}
