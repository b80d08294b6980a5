import { type CallOptions, type Clock, DeadlineExceededError, onAbort } from "@kvop/core";

/**
 * Waits for a promise as long as its caller allows; what is waited for goes on.
 *
 * @throws DeadlineExceededError, the signal's reason
 */
export async function abortable<T>(
  promise: Promise<T>,
  call: CallOptions & { readonly clock: Clock; readonly cluster: string; readonly phase: string },
): Promise<T> {
  const { signal, timeoutMs, clock, cluster, phase } = call;
  if (signal === undefined && timeoutMs === undefined) return promise;
  signal?.throwIfAborted();
  let end = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const leave = onAbort(signal, reject);
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.setTimer(
            () => reject(new DeadlineExceededError({ cluster, timeoutMs, phase })),
            timeoutMs,
          );
    end = () => {
      timer?.cancel();
      leave();
    };
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    end();
  }
}
