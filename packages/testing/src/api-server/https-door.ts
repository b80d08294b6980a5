import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { once } from "node:events";
import { ApiError } from "@kvop/core";
import { load } from "js-yaml";
import {
  authenticate,
  type AuthenticationConfig,
  type ImpersonationRequirement,
  type UserInfo,
} from "../authentication/authenticate.js";
import { decodeKubernetesProtobuf } from "../protobuf/kubernetes-protobuf.js";
import { ProtobufError } from "../protobuf/protobuf-error.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { refuse } from "./refusal.js";
import { statusAnswer } from "./handle-request.js";

/** Largest body that is read, as the real API server has it. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** Settings of the HTTPS door. */
export interface HttpsDoorOptions {
  readonly host: string;
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
  readonly authentication: () => AuthenticationConfig;
  readonly mayImpersonate: (
    user: UserInfo,
    requirements: readonly ImpersonationRequirement[],
  ) => boolean;
  readonly handle: (request: ApiRequest) => Promise<ApiResponse>;
}

/** An open door: HTTP/1.1 and HTTP/2 by ALPN. */
export interface HttpsDoor {
  readonly port: number;
  /** Drops every connection and stops to listen. */
  close(): Promise<void>;
}

export async function openHttpsDoor(options: HttpsDoorOptions): Promise<HttpsDoor> {
  const server: Http2SecureServer = createSecureServer(
    {
      allowHTTP1: true,
      cert: options.certPem,
      key: options.keyPem,
      ca: options.caPem,
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: 1000 },
    },
    (request, response) => {
      void serve(
        request as unknown as IncomingMessage,
        response as unknown as ServerResponse,
        options,
      );
    },
  );
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: TLSSocket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  // A client that goes away in the middle of a handshake or an answer is daily life.
  server.on("tlsClientError", () => undefined);
  server.on("sessionError", () => undefined);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
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
  options: HttpsDoorOptions,
): Promise<void> {
  response.on("error", () => undefined);
  try {
    const answer = await answerTo(request, options);
    if (answer.type === "watch") stream(answer, request, response);
    else send(answer, request, response);
  } catch {
    if (!response.headersSent)
      send(
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
      );
    else response.destroy();
  }
}

async function answerTo(request: IncomingMessage, options: HttpsDoorOptions): Promise<ApiResponse> {
  const { headers } = request;
  try {
    const user = userOf(request, options);
    if (user === undefined) {
      request.resume();
      return statusAnswer(refuse.unauthorized());
    }
    const url = new URL(request.url ?? "/", "https://localhost");
    const contentType = headers["content-type"] ?? "application/json";
    const bytes = await readBody(request);
    return await options.handle({
      method: request.method ?? "GET",
      path: pathOf(request.url ?? "/"),
      query: url.searchParams,
      body: parseBody(bytes, contentType),
      contentType,
      accept: headers.accept ?? "",
      userAgent: headers["user-agent"] ?? "",
      user,
    });
  } catch (error) {
    if (ApiError.isInstance(error)) return statusAnswer(error);
    throw error;
  }
}

function pathOf(url: string): string[] {
  const [path = ""] = url.split("?");
  try {
    return path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
  } catch {
    throw refuse.badRequest("the path of the request is not valid");
  }
}

function userOf(request: IncomingMessage, options: HttpsDoorOptions): UserInfo | undefined {
  const socket = request.socket as TLSSocket;
  const certificate = socket.authorized ? socket.getPeerCertificate() : undefined;
  const subject = certificate?.subject as { CN?: string; O?: string | string[] } | undefined;
  const organizations = subject?.O === undefined ? [] : [subject.O].flat();
  const result = authenticate(
    {
      authorizationHeader: request.headers.authorization,
      clientCertificateSubject:
        subject?.CN === undefined ? undefined : { commonName: subject.CN, organizations },
      headers: request.headers,
    },
    options.authentication(),
  );
  switch (result.kind) {
    case "user":
      return result.user;
    case "impersonated":
      if (options.mayImpersonate(result.impersonatedBy, result.requirements)) return result.user;
      throw refuse.forbiddenPath(
        `User ${JSON.stringify(result.impersonatedBy.username)} cannot impersonate ${JSON.stringify(result.user.username)}`,
      );
    case "invalid-impersonation":
      throw refuse.badRequest(result.message);
    default:
      return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw refuse.tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(bytes: Buffer, contentType: string): JsonValue | undefined {
  if (bytes.length === 0) return undefined;
  const type = contentType.split(";")[0]?.trim() ?? "";
  if (type === "application/vnd.kubernetes.protobuf") {
    try {
      return decodeKubernetesProtobuf(bytes).object as JsonObject;
    } catch (error) {
      if (ProtobufError.isInstance(error)) throw refuse.badRequest(error.message);
      throw error;
    }
  }
  const text = bytes.toString("utf8");
  if (type === "application/yaml" || type === "application/apply-patch+yaml") {
    try {
      return load(text) as JsonValue;
    } catch {
      throw refuse.badRequest("error converting YAML to JSON: the body is no YAML");
    }
  }
  if (!type.includes("json")) {
    throw refuse.unsupportedMediaType(
      "application/json, application/yaml, application/vnd.kubernetes.protobuf",
    );
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw refuse.badRequest(
      `couldn't get version/kind; json parse error: ${(error as Error).name}`,
    );
  }
}

function send(
  answer: Exclude<ApiResponse, { type: "watch" }>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (response.destroyed) return;
  const isText = answer.type === "text" && !answer.body.startsWith("{");
  const body = answer.type === "json" ? JSON.stringify(answer.body) : answer.body;
  response.writeHead(answer.status, {
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-cache, private",
    ...(answer.type === "json" ? answer.headers : {}),
    ...(answer.status === 413 && request.httpVersionMajor === 1 ? { connection: "close" } : {}),
  });
  response.end(body);
}

function stream(
  answer: Extract<ApiResponse, { type: "watch" }>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
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
      if (isOpen) response.write(`${JSON.stringify(line)}\n`);
    },
    () => response.end(),
  );
  if (!isOpen) stop();
}
