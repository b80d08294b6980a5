import {
  type ClockTimer,
  ConnectionFailedError,
  DeadlineExceededError,
  onAbort,
  ResponseTooLargeError,
  type TransportStream,
  UnexpectedResponseError,
} from "@kvop/core";

import { type ExchangeLimits, tooManyInterim } from "./exchange.js";
import { LineDecoder } from "./line-decoder.js";
import { parseBody } from "./parse-body.js";

/** What waits for the reader at most, about; beyond it the connection is read no further. */
const HIGH_WATER_LINES = 256;
const HIGH_WATER_CHARACTERS = 1024 * 1024;
/** The largest object that etcd takes is 1.5 MiB by default; a line is one object in JSON. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const MAX_INTERIM_ANSWERS = 8;

/** The connection's side of a watch. */
export interface WatchSource {
  pause(): void;
  resume(): void;
  /** Ends the stream, and the connection where it serves no other. */
  abort(reason: Error): void;
}

/**
 * Turns what a connection gives, over HTTP/1.1 or HTTP/2, into a stream of JSON values, one a line. The deadline holds until the
 * status is there (or the whole body, when it is not 200); the signal ends the stream at any time.
 */
export class WatchReader {
  /** Resolves when the answer has begun. */
  readonly opened: Promise<TransportStream>;
  /** Resolves when nothing more is expected of the connection, with what ended the watch. */
  readonly done: Promise<Error | undefined>;
  readonly #limits: ExchangeLimits;
  readonly #decoder = new LineDecoder();
  readonly #maxLineBytes: number;
  readonly #lines: string[] = [];
  #characters = 0;
  readonly #errorChunks: Buffer[] = [];
  #errorBytes = 0;
  #interimAnswers = 0;
  #source: WatchSource | undefined;
  #timer: ClockTimer | undefined;
  #status = 0;
  #headers: Record<string, string> = {};
  #isOpen = false;
  #isEnded = false;
  #failure: Error | undefined;
  #leave: () => void = () => undefined;
  #wake: (() => void) | undefined;
  #resolve: (stream: TransportStream) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #finish: (failure: Error | undefined) => void = () => undefined;

  constructor(limits: ExchangeLimits) {
    this.#limits = limits;
    this.#maxLineBytes = Math.min(limits.maxResponseBytes, MAX_LINE_BYTES);
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const { signal, timeoutMs, wholeTimeoutMs, cluster, clock } = limits;
    if (signal?.aborted === true) {
      this.#end(signal.reason as Error);
      return;
    }
    this.#leave = onAbort(signal, (reason) => {
      this.#lines.length = 0;
      this.#stop(reason);
    });
    if (timeoutMs === 0) return;
    this.#timer = clock.setTimer(() => {
      this.#stop(
        new DeadlineExceededError({ cluster, timeoutMs: wholeTimeoutMs, phase: "headers" }),
      );
    }, timeoutMs);
  }

  /** Whether nothing more is wanted of the connection. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The request is on its way. */
  onStart(source: WatchSource): void {
    this.#source = source;
    if (this.#isEnded) source.abort(this.#failure ?? noLongerRead());
  }

  onHead(status: number, headers: Record<string, string>): void {
    if (this.#isEnded) return;
    const { cluster } = this.#limits;
    if (status < 200) {
      this.#interimAnswers += 1;
      if (this.#interimAnswers > MAX_INTERIM_ANSWERS) this.#stop(tooManyInterim(cluster, status));
      return;
    }
    if (this.#limits.progress !== undefined) this.#limits.progress.hasAnswer = true;
    this.#status = status;
    this.#headers = headers;
    if (status !== 200) return;
    if (!/json/i.test(headers["content-type"] ?? "")) {
      this.#stop(this.#unexpected("a watch that is not JSON"));
      return;
    }
    this.#open(undefined, { [Symbol.asyncIterator]: () => this.#read() });
  }

  onData(chunk: Buffer): void {
    if (this.#isEnded) return;
    if (!this.#isOpen) {
      this.#keepErrorBody(chunk);
      return;
    }
    try {
      for (const line of this.#decoder.write(chunk)) {
        this.#lines.push(line);
        this.#characters += line.length;
      }
    } catch {
      this.#stop(this.#unexpected("a line of a watch is no UTF-8"));
      return;
    }
    if (this.#decoder.pendingBytes > this.#maxLineBytes) {
      const { cluster } = this.#limits;
      this.#stop(new ResponseTooLargeError({ cluster, maxResponseBytes: this.#maxLineBytes }));
      return;
    }
    if (this.#lines.length > HIGH_WATER_LINES || this.#characters > HIGH_WATER_CHARACTERS)
      this.#source?.pause();
    this.#wake?.();
  }

  /** The server has ended the answer in order. */
  onEnd(): void {
    if (this.#isEnded) return;
    if (!this.#isOpen) {
      this.#endUnopened();
      return;
    }
    const { cluster, address } = this.#limits;
    // A line that nothing ended is half an event: the connection was cut.
    const isCut = this.#decoder.pendingBytes > 0;
    this.#end(isCut ? new ConnectionFailedError({ cluster, address }) : undefined);
  }

  onError(error: Error): void {
    this.#end(error);
  }

  async *#read(): AsyncGenerator<unknown, void, undefined> {
    try {
      for (;;) {
        const line = this.#lines.shift();
        if (line !== undefined) {
          this.#characters -= line.length;
          if (this.#lines.length === HIGH_WATER_LINES / 2) this.#source?.resume();
          yield this.#parse(line);
          continue;
        }
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#isEnded) return;
        this.#source?.resume();
        await new Promise<void>((resume) => {
          this.#wake = resume;
        });
        this.#wake = undefined;
      }
    } finally {
      this.#stop();
    }
  }

  #parse(line: string): unknown {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw this.#unexpected("a line of a watch is not JSON");
    }
  }

  #keepErrorBody(chunk: Buffer): void {
    const { cluster, maxResponseBytes } = this.#limits;
    this.#errorBytes += chunk.length;
    if (this.#errorBytes > maxResponseBytes)
      this.#stop(new ResponseTooLargeError({ cluster, maxResponseBytes }));
    else this.#errorChunks.push(chunk);
  }

  #endUnopened(): void {
    const { cluster, secret } = this.#limits;
    const status = this.#status;
    const contentType = this.#headers["content-type"] ?? "";
    try {
      const bytes = Buffer.concat(this.#errorChunks);
      const body = parseBody(bytes, { status, contentType, cluster, secret });
      this.#open(body, noEvents);
      this.#end();
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #open(body: unknown, events: AsyncIterable<unknown>): void {
    this.#isOpen = true;
    this.#timer?.cancel();
    this.#resolve({ status: this.#status, headers: this.#headers, body, events });
  }

  #stop(error?: Error): void {
    if (this.#isEnded) return;
    this.#end(error);
    this.#source?.abort(error ?? noLongerRead());
  }

  #end(error?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = error;
    this.#timer?.cancel();
    this.#leave();
    if (!this.#isOpen && error !== undefined) this.#reject(error);
    this.#finish(error);
    this.#wake?.();
  }

  #unexpected(problem: string): UnexpectedResponseError {
    return new UnexpectedResponseError({
      cluster: this.#limits.cluster,
      httpStatus: this.#status,
      problem,
    });
  }
}

function noLongerRead(): Error {
  return new Error("The watch is no longer read.");
}

const noEvents: AsyncIterable<unknown> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
