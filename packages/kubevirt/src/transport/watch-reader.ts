import {
  ConnectionFailedError,
  onAbort,
  ResponseTooLargeError,
  type TransportStream,
  UnexpectedResponseError,
} from "@kvop/core";

import type { ExchangeLimits } from "./exchange.js";
import { LineDecoder } from "./line-decoder.js";
import type { FailureContext } from "./transport-failure.js";
import { WatchBeginning } from "./watch-beginning.js";

/** What waits for the reader at most, about; beyond it the connection is read no further. */
const HIGH_WATER_LINES = 256;
const HIGH_WATER_CHARACTERS = 1024 * 1024;
/** The largest object that etcd takes is 1.5 MiB by default; a line is one object in JSON. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** The connection's side of a watch. */
export interface WatchSource {
  pause(): void;
  resume(): void;
  /** Ends the stream, and the connection where it serves no other. */
  abort(reason: Error): void;
}

type DoneCallback = (failure: Error | undefined) => void;

/**
 * Turns what a connection gives, over HTTP/1.1 or HTTP/2, into a stream of JSON values, one a line. The deadline holds until the
 * status is there (or the whole body, when it is not 200); the signal ends the stream at any time.
 */
export class WatchReader {
  readonly #context: FailureContext;
  readonly #maxLineBytes: number;
  readonly #decoder = new LineDecoder();
  readonly #lines: string[] = [];
  #characters = 0;
  /** Undefined once the watch is open, or over. */
  #beginning: WatchBeginning | undefined;
  #source: WatchSource | undefined;
  #isEnded = false;
  #failure: Error | undefined;
  #leave: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #onDone: DoneCallback | undefined;

  /**
   * @param context Names the cluster in failures of the open watch; what belongs to the request alone is not kept for it.
   * @param limits Whose signal has not aborted yet.
   */
  constructor(context: FailureContext, limits: ExchangeLimits) {
    this.#context = context;
    this.#maxLineBytes = Math.min(limits.maxResponseBytes, MAX_LINE_BYTES);
    this.#beginning = new WatchBeginning(limits, (late) => this.#stop(late));
    this.#leave = onAbort(limits.signal, (reason) => {
      this.#lines.length = 0;
      this.#stop(reason);
    });
  }

  /** Resolves when the answer has begun; to be taken before the request is on its way, as it is not kept for longer. */
  get opened(): Promise<TransportStream> {
    return this.#beginning?.opened ?? Promise.reject(this.#failure ?? noLongerRead());
  }

  /** Whether nothing more is wanted of the connection. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Calls back when nothing more is expected of the connection, with what ended the watch. */
  onDone(callback: DoneCallback): void {
    const before = this.#onDone;
    if (this.#isEnded) callback(this.#failure);
    else if (before === undefined) this.#onDone = callback;
    else
      this.#onDone = (failure) => {
        before(failure);
        callback(failure);
      };
  }

  /** The request is on its way. */
  onStart(source: WatchSource): void {
    this.#source = source;
    if (this.#isEnded) source.abort(this.#failure ?? noLongerRead());
  }

  onHead(status: number, headers: Record<string, string>): void {
    const beginning = this.#beginning;
    if (this.#isEnded || beginning === undefined) return;
    try {
      if (!beginning.takeHead(status, headers) || status !== 200) return;
    } catch (error) {
      this.#stop(error as Error);
      return;
    }
    if (beginning.isJson) this.#open({ [Symbol.asyncIterator]: () => this.#read() });
    else this.#stop(this.#unexpected("a watch that is not JSON"));
  }

  onData(chunk: Buffer): void {
    if (this.#isEnded) return;
    try {
      if (this.#beginning === undefined) this.#keepLines(chunk);
      else this.#beginning.keepBody(chunk);
    } catch (error) {
      this.#stop(error as Error);
      return;
    }
    if (this.#lines.length > HIGH_WATER_LINES || this.#characters > HIGH_WATER_CHARACTERS)
      this.#source?.pause();
    this.#wake?.();
  }

  /** The server has ended the answer in order. */
  onEnd(): void {
    if (this.#isEnded) return;
    if (this.#beginning === undefined) {
      // A line that nothing ended is half an event: the connection was cut.
      const isCut = this.#decoder.pendingBytes > 0;
      this.#end(isCut ? new ConnectionFailedError(this.#context) : undefined);
      return;
    }
    try {
      const body = this.#beginning.readBody();
      this.#open(noEvents, body);
      this.#end();
    } catch (error) {
      this.#end(error as Error);
    }
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

  #keepLines(chunk: Buffer): void {
    let lines: string[];
    try {
      lines = this.#decoder.write(chunk);
    } catch {
      throw this.#unexpected("a line of a watch is no UTF-8");
    }
    for (const line of lines) {
      this.#lines.push(line);
      this.#characters += line.length;
    }
    if (this.#decoder.pendingBytes <= this.#maxLineBytes) return;
    const { cluster } = this.#context;
    throw new ResponseTooLargeError({ cluster, maxResponseBytes: this.#maxLineBytes });
  }

  #open(events: AsyncIterable<unknown>, body?: unknown): void {
    const beginning = this.#beginning;
    this.#beginning = undefined;
    beginning?.succeed(body, events);
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
    const beginning = this.#beginning;
    this.#beginning = undefined;
    if (error === undefined) beginning?.cancel();
    else beginning?.fail(error);
    this.#leave?.();
    this.#onDone?.(error);
    this.#wake?.();
  }

  #unexpected(problem: string): UnexpectedResponseError {
    const { cluster } = this.#context;
    const httpStatus = this.#beginning?.status ?? 200;
    return new UnexpectedResponseError({ cluster, httpStatus, problem });
  }
}

function noLongerRead(): Error {
  return new Error("The watch is no longer read.");
}

const noEvents: AsyncIterable<unknown> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
