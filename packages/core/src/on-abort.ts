type Callback = (reason: Error) => void;

/** Grows with the signals that are listened to alone: the callbacks of a signal are its own, and go with it. */
const callbacksOf = new WeakMap<AbortSignal, Set<Callback>>();

/**
 * Calls back when a signal aborts. However many wait for the same signal, it gets one listener, as Node prints a warning from
 * the eleventh on; it gets rid of it when the last of them has left. As with a listener, nothing is called for a signal that was
 * aborted before.
 *
 * @param callback Called with the signal's reason, once. It must not throw, and has to be another one for each call.
 * @returns what ends the wait; it may be called again, and after the abort
 */
export function onAbort(
  signal: AbortSignal | undefined,
  callback: (reason: Error) => void,
): () => void {
  if (signal === undefined || signal.aborted) return noWait;
  const callbacks = callbacksOf.get(signal) ?? listen(signal);
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    signal.removeEventListener("abort", tellAll);
    callbacksOf.delete(signal);
  };
}

function noWait(): void {
  // Nothing was begun.
}

function listen(signal: AbortSignal): Set<Callback> {
  const callbacks = new Set<Callback>();
  callbacksOf.set(signal, callbacks);
  signal.addEventListener("abort", tellAll, { once: true });
  return callbacks;
}

function tellAll({ target }: Event): void {
  const signal = target as AbortSignal;
  const callbacks = callbacksOf.get(signal) ?? [];
  callbacksOf.delete(signal);
  for (const callback of callbacks) callback(signal.reason as Error);
}
