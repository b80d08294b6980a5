import { DeadlineExceededError, ResponseTooLargeError, type Clock } from "@kvop/core";
import type { Dispatcher } from "undici";

import { parseBody } from "./parse-body.js";
import { type FailureContext, transportFailure } from "./transport-failure.js";

/** What an exchange keeps to. */
export interface ExchangeLimits extends FailureContext {
  readonly clock: Clock;
  readonly maxResponseBytes: number;
  /** Milliseconds left. 0: none. */
  readonly timeoutMs: number;
  /** The deadline as the caller set it, for the error. */
  readonly wholeTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer as it came. */
export interface ExchangeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

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
    const { signal, cluster, maxResponseBytes } = limits;
    let controller: Dispatcher.DispatchController | undefined;
    let failure: Error | undefined;
    let status = 0;
    let headers: Record<string, string> = {};
    let size = 0;
    let phase = "connect";
    const chunks: Buffer[] = [];

    const settle = (): void => {
      timer?.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (error: Error): void => {
      if (failure !== undefined) return;
      failure = error;
      settle();
      reject(error);
      // A request that still waits for a connection is given up once its turn comes.
      controller?.abort(error);
    };
    const onAbort = (): void => fail(signal?.reason as Error);
    const timer =
      limits.timeoutMs === 0
        ? undefined
        : limits.clock.setTimer(() => {
            const timeoutMs = limits.wholeTimeoutMs;
            fail(new DeadlineExceededError({ cluster, timeoutMs, phase }));
          }, limits.timeoutMs);
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener("abort", onAbort, { once: true });

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        phase = "headers";
        if (failure !== undefined) started.abort(failure);
      },
      onResponseStart(_controller, statusCode, answerHeaders) {
        status = statusCode;
        headers = plainHeaders(answerHeaders);
        phase = "body";
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
          const body = parseBody(Buffer.concat(chunks), { status, contentType, cluster });
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

/** Lower-case names, one text a name. */
export function plainHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined)
      plain[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}
