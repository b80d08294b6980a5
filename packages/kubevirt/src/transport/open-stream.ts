import {
  ConnectionFailedError,
  DeadlineExceededError,
  ResponseTooLargeError,
  type TransportStream,
  UnexpectedResponseError,
} from "@kvop/core";
import type { Dispatcher } from "undici";

import { type ExchangeLimits, plainHeaders } from "./exchange.js";
import { LineDecoder } from "./line-decoder.js";
import { parseBody } from "./parse-body.js";
import { transportFailure } from "./transport-failure.js";

/** Lines that wait for the reader; beyond them the socket is read no further. */
const HIGH_WATER_LINES = 256;
/** The largest object that etcd takes is 1.5 MiB by default; a line is one object in JSON. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * Opens a watch: resolves with the status, then gives one JSON value a line. The deadline holds until the status is there; the
 * signal ends the stream at any time.
 *
 * @param dispatcher Belongs to the stream: it is destroyed at its end. (A pool would open a connection in the place of an
 *   aborted one, for nobody.)
 */
export function openStream(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  limits: ExchangeLimits,
  onEnd: () => void,
): Promise<TransportStream> {
  return new Promise((resolve, reject) => {
    const { signal, cluster, maxResponseBytes } = limits;
    const decoder = new LineDecoder();
    const lines: string[] = [];
    const errorChunks: Buffer[] = [];
    let errorSize = 0;
    let controller: Dispatcher.DispatchController | undefined;
    let isOpen = false;
    let isEnded = false;
    let status = 0;
    let headers: Record<string, string> = {};
    let failure: Error | undefined;
    let wake: (() => void) | undefined;

    const end = (error?: Error): void => {
      if (isEnded) return;
      isEnded = true;
      failure = error;
      timer?.cancel();
      signal?.removeEventListener("abort", onAbort);
      void dispatcher.destroy();
      onEnd();
      if (!isOpen && error !== undefined) reject(error);
      wake?.();
    };
    const stop = (error?: Error): void => {
      end(error);
      controller?.abort(error ?? new Error("The watch is no longer read."));
    };
    const onAbort = (): void => {
      lines.length = 0;
      stop(signal?.reason as Error);
    };
    const timer =
      limits.timeoutMs === 0
        ? undefined
        : limits.clock.setTimer(() => {
            const timeoutMs = limits.wholeTimeoutMs;
            stop(new DeadlineExceededError({ cluster, timeoutMs, phase: "headers" }));
          }, limits.timeoutMs);
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener("abort", onAbort, { once: true });

    const parseLine = (line: string): unknown => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        throw new UnexpectedResponseError({
          cluster,
          httpStatus: status,
          problem: "a line of a watch is not JSON",
        });
      }
    };
    async function* read(): AsyncGenerator<unknown, void, undefined> {
      try {
        for (;;) {
          const line = lines.shift();
          if (line !== undefined) {
            if (lines.length === HIGH_WATER_LINES / 2) controller?.resume();
            yield parseLine(line);
            continue;
          }
          if (failure !== undefined) throw failure;
          if (isEnded) return;
          controller?.resume();
          await new Promise<void>((resume) => {
            wake = resume;
          });
          wake = undefined;
        }
      } finally {
        stop();
      }
    }

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        if (isEnded) started.abort(failure ?? new Error("The watch was given up."));
      },
      onResponseStart(_controller, statusCode, answerHeaders) {
        status = statusCode;
        headers = plainHeaders(answerHeaders);
        if (status !== 200) return;
        if (!/json/i.test(headers["content-type"] ?? "")) {
          const problem = "a watch that is not JSON";
          stop(new UnexpectedResponseError({ cluster, httpStatus: status, problem }));
          return;
        }
        isOpen = true;
        timer?.cancel();
        resolve({ status, headers, body: undefined, events: { [Symbol.asyncIterator]: read } });
      },
      onResponseData(started, chunk) {
        if (isEnded) return;
        if (!isOpen) {
          errorSize += chunk.length;
          if (errorSize > maxResponseBytes)
            stop(new ResponseTooLargeError({ cluster, maxResponseBytes }));
          else errorChunks.push(chunk);
          return;
        }
        for (const line of decoder.write(chunk)) lines.push(line);
        if (decoder.pendingLength > MAX_LINE_LENGTH) {
          stop(new ResponseTooLargeError({ cluster, maxResponseBytes: MAX_LINE_LENGTH }));
          return;
        }
        if (lines.length > HIGH_WATER_LINES) started.pause();
        wake?.();
      },
      onResponseEnd() {
        if (isEnded) return;
        if (isOpen) {
          const rest = decoder.end();
          const { address } = limits;
          // A line that nothing ended is half an event: the connection was cut.
          end(rest === "" ? undefined : new ConnectionFailedError({ cluster, address }));
          return;
        }
        try {
          const contentType = headers["content-type"] ?? "";
          const body = parseBody(Buffer.concat(errorChunks), { status, contentType, cluster });
          isOpen = true;
          end();
          resolve({ status, headers, body, events: noEvents });
        } catch (error) {
          end(error as Error);
        }
      },
      onResponseError(_controller, error) {
        end(transportFailure(error, limits));
      },
    });
  });
}

const noEvents: AsyncIterable<unknown> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
