import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiResponse } from "./api-request.js";
import { encodeWatchLine, watchContentType } from "./encode-answer.js";

/** Sends the lines of a watch until either side ends it. @param onSent told of the bytes of each. */
export function streamWatch(
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
