import type { IncomingMessage, ServerResponse } from "node:http";

import type { ApiResponse } from "./api-request.js";
import { compress, COMPRESSED_HEADERS, shouldCompress } from "./compress-body.js";
import { encodeAnswer } from "./encode-answer.js";

const IS_ASCII = /^[ -~]*$/;

type WholeAnswer = Exclude<ApiResponse, { type: "watch" | "raw" }>;

/** Sends an answer whose whole body is known. @param onSent told of the bytes of its body. */
export function sendAnswer(
  answer: WholeAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  onSent: (bytes: number) => void,
): void {
  if (response.destroyed) return;
  const { body, contentType, release } = encodeAnswer(answer);
  if (answer.type === "json" && shouldCompress(body, request.headers["accept-encoding"])) {
    void compress(body).then(
      (compressed) => {
        release?.();
        const whole = { answer, body: compressed, contentType, isCompressed: true };
        end(whole, request, response, onSent);
      },
      () => response.destroy(),
    );
    return;
  }
  end({ answer, body, contentType, isCompressed: false, release }, request, response, onSent);
}

interface Encoded {
  readonly answer: WholeAnswer;
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly isCompressed: boolean;
  readonly release?: (() => void) | undefined;
}

function end(
  { answer, body, contentType, isCompressed, release }: Encoded,
  request: IncomingMessage,
  response: ServerResponse,
  onSent: (bytes: number) => void,
): void {
  if (response.destroyed) return;
  const bytes = Buffer.byteLength(body);
  onSent(bytes);
  const headers: Record<string, string> = {};
  if (contentType !== "") headers["content-type"] = contentType;
  if (answer.status !== 304) headers["content-length"] = String(bytes);
  headers["cache-control"] = "no-cache, private";
  if (answer.type === "text" && answer.contentType === undefined)
    headers["x-content-type-options"] = "nosniff";
  if (isCompressed) Object.assign(headers, COMPRESSED_HEADERS);
  if (answer.headers !== undefined)
    Object.assign(headers, headersFor(answer.headers, request.httpVersionMajor));
  if (answer.status === 413 && request.httpVersionMajor === 1) headers["connection"] = "close";
  if (release !== undefined) response.once("finish", release);
  response.writeHead(answer.status, headers);
  // A text of ASCII alone is sent as it lies in memory.
  if (typeof body === "string" && bytes === body.length) response.end(body, "latin1");
  else response.end(body);
}

/** HTTP/2 has no header for the connection. What is not ASCII leaves as UTF-8, as from Go's server. */
function headersFor(
  headers: Readonly<Record<string, string>>,
  version: number,
): Readonly<Record<string, string>> {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (version === 1 || name !== "connection")
      sent[name] = IS_ASCII.test(value) ? value : Buffer.from(value, "utf8").toString("latin1");
  return sent;
}
