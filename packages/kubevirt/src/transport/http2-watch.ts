import { type ClientHttp2Stream, constants } from "node:http2";

import { plainHeaders } from "./plain-headers.js";
import { type FailureContext, transportFailure } from "./transport-failure.js";
import type { WatchReader, WatchSource } from "./watch-reader.js";

/** The connection that a watch is a stream of. */
export interface Http2WatchOwner {
  readonly failureContext: FailureContext;
  /** Something came from the server. */
  heard(): void;
  /** The stream is over. @param code Why, as the frame that reset it says. */
  streamClosed(code: number | undefined): void;
}

/** One watch as a stream of an HTTP/2 connection: hands on to its reader what comes. */
export class Http2Watch implements WatchSource {
  readonly #stream: ClientHttp2Stream;
  readonly #reader: WatchReader;
  readonly #owner: Http2WatchOwner;
  #failure: Error | undefined;

  constructor(stream: ClientHttp2Stream, reader: WatchReader, owner: Http2WatchOwner) {
    this.#stream = stream;
    this.#reader = reader;
    this.#owner = owner;
  }

  start(): void {
    const stream = this.#stream;
    stream.on("headers", (headers) => this.#reader.onHead(headers[":status"] ?? 100, {}));
    stream.once("response", (headers) => {
      stream.removeAllListeners("headers");
      this.#owner.heard();
      this.#reader.onHead(headers[":status"] ?? 0, plainHeaders(headers));
    });
    stream.on("data", (chunk: Buffer) => {
      this.#owner.heard();
      this.#reader.onData(chunk);
    });
    stream.on("error", (error) => {
      this.#failure = error;
    });
    stream.once("close", () => this.#closed());
    this.#reader.onStart(this);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  abort(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #closed(): void {
    const { rstCode, aborted } = this.#stream;
    this.#owner.streamClosed(rstCode);
    // Only here is it known whether the answer is whole: a stream that is reset seems to end first.
    if (this.#failure === undefined && !aborted && rstCode === 0) this.#reader.onEnd();
    else
      this.#reader.onError(transportFailure(this.#failure ?? lost(), this.#owner.failureContext));
  }
}

function lost(): Error {
  return Object.assign(new Error("the stream was reset"), { code: "ECONNRESET" });
}
