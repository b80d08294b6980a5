import { type Clock, DeadlineExceededError, onAbort, systemClock } from "@kvop/core";
import type { ApiServer } from "../api-server/api-server.js";
import { checkReceived, type ReceivedExpectation } from "./received.js";

/** Settings of {@link waitUntilReceived}. */
export interface WaitUntilReceivedOptions {
  /** Default: 5,000. */
  readonly timeoutMs?: number | undefined;
  /** What the timeout runs on. Default: the machine's. On a `VirtualClock`, use its `runUntil`. */
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves as soon as the server has answered such requests.
 *
 * @throws DeadlineExceededError, whose cause says what was received instead, or the signal's reason.
 */
export function waitUntilReceived(
  server: ApiServer,
  expectation: ReceivedExpectation,
  options: WaitUntilReceivedOptions = {},
): Promise<void> {
  const { timeoutMs = 5000, clock = systemClock, signal } = options;
  const isReceived = (): boolean => checkReceived(server, expectation).pass;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      listening[Symbol.dispose]();
      timer.cancel();
      leave();
      finish();
    };
    const listening = server.onRequest(() => {
      if (isReceived()) settle(resolve);
    });
    const timer = clock.setTimer(() => {
      const cause = new Error(checkReceived(server, expectation).message);
      const fields = { cluster: server.name, timeoutMs, phase: "requests of the test" };
      settle(() => reject(new DeadlineExceededError(fields, { cause })));
    }, timeoutMs);
    const leave = onAbort(signal, (reason) => settle(() => reject(reason)));
    if (signal?.aborted === true) settle(() => reject(signal.reason as Error));
    else if (isReceived()) settle(resolve);
  });
}
