import { constants, type Http2ServerResponse } from "node:http2";
import type { ServerResponse } from "node:http";
import type { ApiResponse } from "../api-server/api-request.js";
import type { AnswerWire } from "../api-server/door-connection.js";
import { encodeAnswer, encodeWatchLine, watchContentType } from "../api-server/encode-answer.js";
import type { FaultedCall } from "./fault-engine.js";
import { FaultNotPossibleError } from "./fault-not-possible-error.js";

/** How a connection is lost: `reset` by RST, `close` by FIN. */
export type ConnectionLoss = "reset" | "close";

type RawAnswer = Extract<ApiResponse, { type: "raw" }>;

/** Loses the connection of a request in place of an answer; over HTTP/2, all others on it are lost as well. */
export function loseConnection({ request, engine }: FaultedCall, how: ConnectionLoss): RawAnswer {
  if (request.connection === undefined) throw engine.connectionLost("ECONNRESET");
  return {
    type: "raw",
    status: 0,
    write: ({ connection }) => {
      if (how === "reset") connection.socket.resetAndDestroy();
      else connection.socket.destroy();
    },
  };
}

/** Tells the client to use another connection from now on: GOAWAY, or `Connection: close` over HTTP/1.1. */
export async function goAway(call: FaultedCall, refuses: boolean): Promise<ApiResponse> {
  checkHttps(call, "a client in the process has no connection to leave");
  if (refuses) return { type: "raw", status: 0, write: refuseStream };
  const answer = await call.next(call.request);
  if (answer.type === "raw") return answer;
  return {
    type: "raw",
    status: statusOf(answer),
    write: (wire) => {
      const { session } = wire.connection;
      if (session === undefined) wire.response.setHeader("connection", "close");
      wire.send(answer);
      // Says GOAWAY, and closes the connection once its streams have ended.
      session?.close();
    },
  };
}

/** Where a truncated body ends. */
export interface Truncation {
  /** Default: half of the body. */
  readonly bytes?: number | undefined;
  /** `broken`: the connection ends before the announced length. `clean`: the answer ends as if it were whole. Default: `broken`. */
  readonly ending?: "broken" | "clean" | undefined;
}

/** Sends the beginning of a body; of a watch, the beginning of its next line. */
export async function truncateAnswer(
  call: FaultedCall,
  truncation: Truncation,
): Promise<ApiResponse> {
  checkHttps(call, "answers have no bytes in the process");
  const answer = await call.next(call.request);
  if (answer.type === "raw") return answer;
  return {
    type: "raw",
    status: statusOf(answer),
    write: (wire) => {
      if (answer.type !== "watch") {
        const { body, contentType } = encodeAnswer(answer);
        const head = { status: answer.status, contentType };
        writePart(wire, head, Buffer.from(body), truncation);
        return;
      }
      const { encoding = "json" } = answer;
      let stop = (): void => undefined;
      let isCut = false;
      wire.response.on("close", () => stop());
      const head = { status: 200, contentType: watchContentType(encoding) };
      wire.response.writeHead(head.status, { "content-type": head.contentType });
      wire.response.flushHeaders();
      stop = answer.open(
        (line) => {
          if (isCut) return;
          isCut = true;
          writePart(wire, head, Buffer.from(encodeWatchLine(line, encoding)), truncation);
        },
        () => wire.response.end(),
      );
    },
  };
}

function writePart(
  wire: AnswerWire,
  head: { readonly status: number; readonly contentType: string },
  body: Buffer,
  { bytes = Math.floor(body.length / 2), ending = "broken" }: Truncation,
): void {
  const { response, connection } = wire;
  const part = body.subarray(0, bytes);
  if (!response.headersSent) {
    response.writeHead(head.status, {
      "content-type": head.contentType,
      ...(ending === "broken" ? { "content-length": String(body.length) } : {}),
    });
  }
  if (ending === "clean") {
    response.end(part);
    return;
  }
  response.write(part, () => {
    const stream = streamOf(response);
    if (stream === undefined) connection.socket.destroy();
    else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
}

function refuseStream({ connection, response }: AnswerWire): void {
  const stream = streamOf(response);
  if (connection.session === undefined || stream === undefined) {
    connection.socket.destroy();
    return;
  }
  // Streams of clients have odd numbers: the last one that is still served is two below.
  connection.session.goaway(constants.NGHTTP2_NO_ERROR, Math.max((stream.id ?? 0) - 2, 0));
  stream.close(constants.NGHTTP2_REFUSED_STREAM);
}

function streamOf(response: ServerResponse): Http2ServerResponse["stream"] | undefined {
  return (response as unknown as Partial<Http2ServerResponse>).stream;
}

function statusOf(answer: Exclude<ApiResponse, { type: "raw" }>): number {
  return answer.type === "watch" ? 200 : answer.status;
}

function checkHttps({ request, fault }: FaultedCall, why: string): void {
  if (request.connection !== undefined) return;
  throw new FaultNotPossibleError({
    fault: fault.description,
    why,
    advice: 'Give the filter `door: "https"`, or use a client of the HTTPS door.',
  });
}
