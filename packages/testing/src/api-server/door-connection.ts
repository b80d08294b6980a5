import type { ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { ClientCertificateSubject } from "../authentication/authenticate.js";
import type { ApiResponse } from "./api-request.js";

/** One connection of the HTTPS door, for what is done to connections on purpose. */
export interface DoorConnection {
  /** The TCP socket below TLS. */
  readonly socket: Socket;
  /** Undefined until the handshake is done, and over HTTP/1.1. */
  session: ServerHttp2Session | undefined;
  /** Of the client's certificate, once TLS has verified it. */
  subject: ClientCertificateSubject | undefined;
}

/** Where an answer of type `raw` is written. */
export interface AnswerWire {
  /** Over HTTP/2 it is the compatible object of `node:http2`. */
  readonly response: ServerResponse;
  readonly connection: DoorConnection;
  /** Sends an answer as the door itself would. */
  send(answer: Exclude<ApiResponse, { type: "raw" }>): void;
}
