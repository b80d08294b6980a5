import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { once } from "node:events";
import { ApiError } from "@kvop/core";
import type { ClientCertificateSubject } from "../authentication/authenticate.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import type { DoorConnection } from "./door-connection.js";
import { endOfTurn } from "./end-of-turn.js";
import { receiveRequest, type SenderOptions } from "./receive-request.js";
import { sendAnswer } from "./send-answer.js";
import { statusAnswer } from "./status-answer.js";
import { streamWatch } from "./stream-watch.js";

/** Settings of the HTTPS door. */
export interface HttpsDoorOptions extends SenderOptions {
  readonly host: string;
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
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
    const asked = await receiveRequest(
      request,
      { connection, isAbandoned: () => isClosed },
      options,
    );
    response.setHeader("audit-id", asked.auditId ?? "");
    const answering = options.handle(asked);
    if (isClosed) options.onEnd?.(asked);
    else received = asked;
    const answer = await answering;
    await endOfTurn();
    const onSent = (bytes: number): void => options.onSent?.(asked, bytes);
    const carry = (plain: Exclude<ApiResponse, { type: "raw" }>): void => {
      if (isClosed) return;
      if (plain.type === "watch") streamWatch(plain, request, response, onSent);
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

function addressOf(socket: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  return `${socket.remoteAddress ?? ""}:${socket.remotePort ?? ""}`;
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
