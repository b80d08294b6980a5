import {
  type Clock,
  DeadlineExceededError,
  onAbort,
  ResponseTooLargeError,
  UnexpectedResponseError,
} from "@kvop/core";
import type { Dispatcher } from "undici";

import { PhaseDeadline } from "./phase-deadline.js";
import { parseBody } from "./parse-body.js";
import { plainHeaders } from "./plain-headers.js";
import { type FailureContext, transportFailure } from "./transport-failure.js";

/** What an exchange keeps to. */
export interface ExchangeLimits extends FailureContext {
  readonly clock: Clock;
  readonly maxResponseBytes: number;
  /** Milliseconds left. 0: none. */
  readonly timeoutMs: number;
  /** The deadline as the caller set it, for the error. */
  readonly wholeTimeoutMs: number;
  /** Milliseconds from the request to the head of its answer. */
  readonly headersTimeoutMs: number;
  /** Milliseconds from the head of the answer to its end. */
  readonly bodyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Is taken out of the text of a failure. */
  readonly secret?: string | undefined;
  /** Is told when the answer begins. */
  readonly progress?: { hasAnswer: boolean } | undefined;
}

/** An answer as it came. */
export interface ExchangeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Answers of 1xx that are taken before the one that counts; API servers send none. */
const MAX_INTERIM_ANSWERS = 8;

/**
 * Sends one request and reads the whole answer: an own handler on `dispatch`, which costs no more than undici's `request`
 * without any of deadline, size cap and parse.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  limits: ExchangeLimits,
): Promise<ExchangeResponse> {
  return new Promise((resolve, reject) => {
    const { signal, cluster, maxResponseBytes, secret } = limits;
    let controller: Dispatcher.DispatchController | undefined;
    let failure: Error | undefined;
    let status = 0;
    let headers: Record<string, string> = {};
    let size = 0;
    let interimAnswers = 0;
    let phase = "connect";
    const chunks: Buffer[] = [];

    const settle = (): void => {
      deadline.cancel();
      leave();
    };
    const fail = (error: Error): void => {
      if (failure !== undefined) return;
      failure = error;
      settle();
      reject(error);
      controller?.abort(error);
    };
    const deadline = new PhaseDeadline(limits, (timeoutMs) =>
      fail(new DeadlineExceededError({ cluster, timeoutMs, phase })),
    );
    const leave = onAbort(signal, fail);
    if (signal?.aborted === true) {
      fail(signal.reason as Error);
      return;
    }

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        phase = "headers";
        deadline.startPhase(limits.headersTimeoutMs);
        if (failure !== undefined) started.abort(failure);
      },
      onResponseStart(_controller, statusCode, answerHeaders) {
        if (statusCode < 200) {
          interimAnswers += 1;
          if (interimAnswers > MAX_INTERIM_ANSWERS) fail(tooManyInterim(cluster, statusCode));
          return;
        }
        if (limits.progress !== undefined) limits.progress.hasAnswer = true;
        status = statusCode;
        headers = plainHeaders(answerHeaders);
        phase = "body";
        deadline.startPhase(limits.bodyTimeoutMs);
        if (Number(headers["content-length"] ?? 0) > maxResponseBytes)
          fail(new ResponseTooLargeError({ cluster, maxResponseBytes }));
      },
      onResponseData(_controller, chunk) {
        size += chunk.length;
        if (size > maxResponseBytes) {
          chunks.length = 0;
          fail(new ResponseTooLargeError({ cluster, maxResponseBytes }));
          return;
        }
        chunks.push(chunk);
      },
      onResponseEnd() {
        if (failure !== undefined) return;
        settle();
        try {
          const contentType = headers["content-type"] ?? "";
          const [first] = chunks;
          const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
          const body = parseBody(bytes, { status, contentType, cluster, secret });
          resolve({ status, headers, body });
        } catch (error) {
          reject(error);
        }
      },
      onResponseError(_controller, error) {
        fail(transportFailure(error, limits));
      },
    });
  });
}

/** The typed error for a server that only ever says that it will answer. */
export function tooManyInterim(cluster: string, httpStatus: number): UnexpectedResponseError {
  return new UnexpectedResponseError({
    cluster,
    httpStatus,
    problem: "one interim answer after another",
  });
}
