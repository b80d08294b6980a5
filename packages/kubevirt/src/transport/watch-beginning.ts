import {
  type ClockTimer,
  DeadlineExceededError,
  ResponseTooLargeError,
  type TransportStream,
} from "@kvop/core";

import { type ExchangeLimits, tooManyInterim } from "./exchange.js";
import { parseBody } from "./parse-body.js";

/** Answers of 1xx that are taken before the one that counts. */
const MAX_INTERIM_ANSWERS = 8;

/**
 * A watch until its answer has begun: the deadline, the head, and the whole body of an answer that is no watch. Nothing of it is
 * kept once the watch is open.
 */
export class WatchBeginning {
  /** Resolves when the answer has begun. */
  readonly opened: Promise<TransportStream>;
  readonly #limits: ExchangeLimits;
  readonly #timer: ClockTimer | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #interimAnswers = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  #resolve: (stream: TransportStream) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(limits: ExchangeLimits, onLate: (error: Error) => void) {
    this.#limits = limits;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { timeoutMs, wholeTimeoutMs, cluster, clock } = limits;
    if (timeoutMs === 0) return;
    const late = { cluster, timeoutMs: wholeTimeoutMs, phase: "headers" };
    this.#timer = clock.setTimer(() => onLate(new DeadlineExceededError(late)), timeoutMs);
  }

  get status(): number {
    return this.#status;
  }

  /** Takes the head of an answer; false when it is one of 1xx, and others follow. @throws UnexpectedResponseError */
  takeHead(status: number, headers: Record<string, string>): boolean {
    if (status < 200) {
      this.#interimAnswers += 1;
      if (this.#interimAnswers <= MAX_INTERIM_ANSWERS) return false;
      throw tooManyInterim(this.#limits.cluster, status);
    }
    if (this.#limits.progress !== undefined) this.#limits.progress.hasAnswer = true;
    this.#status = status;
    this.#headers = headers;
    return true;
  }

  get isJson(): boolean {
    return /json/i.test(this.#headers["content-type"] ?? "");
  }

  /** Keeps what an answer that is no watch says. @throws ResponseTooLargeError */
  keepBody(chunk: Buffer): void {
    const { cluster, maxResponseBytes } = this.#limits;
    this.#bytes += chunk.length;
    if (this.#bytes > maxResponseBytes)
      throw new ResponseTooLargeError({ cluster, maxResponseBytes });
    this.#chunks.push(chunk);
  }

  /** What was kept. @throws UnexpectedResponseError */
  readBody(): unknown {
    const { cluster, secret } = this.#limits;
    const contentType = this.#headers["content-type"] ?? "";
    const answer = { status: this.#status, contentType, cluster, secret };
    return parseBody(Buffer.concat(this.#chunks), answer);
  }

  succeed(body: unknown, events: AsyncIterable<unknown>): void {
    this.#timer?.cancel();
    this.#resolve({ status: this.#status, headers: this.#headers, body, events });
  }

  fail(error: Error): void {
    this.#timer?.cancel();
    this.#reject(error);
  }

  cancel(): void {
    this.#timer?.cancel();
  }
}
