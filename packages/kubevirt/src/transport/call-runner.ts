import {
  type Clock,
  DeadlineExceededError,
  DisposedError,
  KvopError,
  onAbort,
  type Random,
  sleep,
  type TransportRequest,
  type TransportResponse,
} from "@kvop/core";

import { RateLimiter } from "./rate-limiter.js";
import { retryAfterMs } from "./retry-after.js";
import { type Retry, retryOfStatus } from "./retry-policy.js";
import { isConnectionLost } from "./transport-failure.js";
import { notify, type RequestSubject, type TransportObserver } from "./transport-observer.js";

/** A request on its way, with what has been spent on it. */
export interface Call {
  readonly request: TransportRequest;
  readonly startedMs: number;
  readonly deadlineMs: number;
  retries: number;
  rateLimitedMs: number;
  /** Whether it went out over a connection that had been used before. */
  isReused: boolean;
  /** Whether anything of the answer has come. */
  hasAnswer: boolean;
}

/** Settings of {@link CallRunner}. */
export interface CallRunnerOptions {
  /** Name of the client. */
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: TransportObserver | undefined;
}

/** Keeps requests to the rate, to their deadline and to what may be sent again, and tells the observer how they end. */
export class CallRunner {
  readonly #options: CallRunnerOptions;
  readonly #limiter: RateLimiter;
  /** Ends every wait; made with the first one. */
  #waits: AbortController | undefined;
  #disposed: DisposedError | undefined;

  constructor(options: CallRunnerOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(options);
  }

  /** Runs a request: `attempt` sends it once. @throws what the last attempt gives, DeadlineExceededError, the signal's reason */
  async run<Answer extends TransportResponse>(
    request: TransportRequest,
    attempt: (call: Call) => Promise<Answer>,
  ): Promise<Answer> {
    const startedMs = this.#options.clock.monotonic();
    const call: Call = {
      request,
      startedMs,
      deadlineMs: request.timeoutMs === 0 ? Infinity : startedMs + request.timeoutMs,
      retries: 0,
      rateLimitedMs: 0,
      isReused: false,
      hasAnswer: false,
    };
    try {
      const answer = await this.#repeated(call, attempt);
      this.#observe(call, answer.status, undefined);
      return answer;
    } catch (error) {
      this.#observe(call, 0, KvopError.isInstance(error) ? error.code : "Aborted");
      throw error;
    }
  }

  /** Milliseconds until the deadline of a call. */
  leftOf(call: Call): number {
    return call.deadlineMs - this.#options.clock.monotonic();
  }

  /** Runs a wait that ends with the deadline, the caller's signal or the disposal, whichever comes first. */
  async within<T>(
    call: Call,
    phase: string,
    wait: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    this.#waits ??= new AbortController();
    if (this.#disposed !== undefined) controller.abort(this.#disposed);
    const sources = [this.#waits.signal, call.request.signal];
    const leaves = sources.map((source) => onAbort(source, (reason) => controller.abort(reason)));
    const timer =
      call.deadlineMs === Infinity
        ? undefined
        : this.#options.clock.setTimer(
            () => controller.abort(this.#tooLate(call, phase)),
            this.leftOf(call),
          );
    try {
      return await wait(controller.signal);
    } finally {
      timer?.cancel();
      for (const leave of leaves) leave();
    }
  }

  /** Nothing is sent any more, and all waits end. */
  dispose(reason: DisposedError): void {
    this.#disposed ??= reason;
    this.#waits?.abort(reason);
  }

  get isDisposed(): boolean {
    return this.#disposed !== undefined;
  }

  subjectOf({ verb, method, resource }: TransportRequest): RequestSubject {
    return { cluster: this.#options.name, verb, method, resource };
  }

  async #repeated<Answer extends TransportResponse>(
    call: Call,
    attempt: (call: Call) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      if (this.#disposed !== undefined) throw this.#disposed;
      call.request.signal?.throwIfAborted();
      if (!this.#limiter.tryTake()) await this.#waitForTurn(call);
      let retry: Retry | undefined;
      try {
        const answer = await attempt(call);
        retry = this.#retryOf(call, answer);
        if (retry === undefined) return answer;
      } catch (error) {
        // A kept connection may have been closed by the server while the request was on its way.
        const isStale = call.isReused && !call.hasAnswer && isConnectionLost(error);
        const mayRepeat = call.request.method === "GET" && call.retries === 0;
        if (!isStale || !mayRepeat || this.leftOf(call) <= 0) throw error;
        retry = { reason: "reset", delayMs: 0 };
      }
      await this.#pause(call, retry);
    }
  }

  /** Waits for the client's own rate limit, or fails at once when the deadline comes first. */
  async #waitForTurn(call: Call): Promise<void> {
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    const isAdmitted = await this.within(call, "rate limit", (signal) =>
      this.#limiter.wait(signal, this.leftOf(call)),
    );
    call.rateLimitedMs += clock.monotonic() - startedMs;
    if (!isAdmitted) throw this.#tooLate(call, "rate limit");
  }

  #retryOf(call: Call, answer: TransportResponse): Retry | undefined {
    const { status } = answer;
    if (status !== 429 && status !== 503 && status !== 504) return undefined;
    const { clock, random } = this.#options;
    const { retries, request } = call;
    const retryAfter = retryAfterMs(answer.headers["retry-after"], clock.now());
    const retry = retryOfStatus(
      { status, retryAfterMs: retryAfter },
      { method: request.method, retries },
      random,
    );
    return retry === undefined || retry.delayMs >= this.leftOf(call) ? undefined : retry;
  }

  async #pause(call: Call, retry: Retry): Promise<void> {
    const { observer, clock } = this.#options;
    notify(() => observer?.onRetry?.({ ...this.subjectOf(call.request), ...retry }));
    call.retries += 1;
    if (retry.delayMs > 0)
      await this.within(call, "request", (signal) => sleep(clock, retry.delayMs, { signal }));
  }

  #tooLate(call: Call, phase: string): DeadlineExceededError {
    const { timeoutMs } = call.request;
    return new DeadlineExceededError({ cluster: this.#options.name, timeoutMs, phase });
  }

  #observe(call: Call, code: number, failure: string | undefined): void {
    const { observer, clock } = this.#options;
    if (observer?.onRequest === undefined) return;
    const durationMs = clock.monotonic() - call.startedMs;
    const { retries, rateLimitedMs } = call;
    const subject = this.subjectOf(call.request);
    notify(() =>
      observer.onRequest?.({ ...subject, code, failure, durationMs, retries, rateLimitedMs }),
    );
  }
}
