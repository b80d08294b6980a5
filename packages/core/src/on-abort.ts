type Callback = (reason: Error) => void;

/**
 * Grows with the signals that are listened to alone: the callbacks of a signal are its own, and go with it. Nearly all signals
 * have one alone, which needs no set.
 */
const callbacksOf = new WeakMap<AbortSignal, Callback | Set<Callback>>();

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
  add(signal, callback);
  return () => remove(signal, callback);
}

function noWait(): void {
  // Nothing was begun.
}

function add(signal: AbortSignal, callback: Callback): void {
  const known = callbacksOf.get(signal);
  if (known === undefined) {
    callbacksOf.set(signal, callback);
    signal.addEventListener("abort", tellAll, { once: true });
  } else if (typeof known === "function") callbacksOf.set(signal, new Set([known, callback]));
  else known.add(callback);
}

function remove(signal: AbortSignal, callback: Callback): void {
  const known = callbacksOf.get(signal);
  const isLast =
    known === callback || (known instanceof Set && known.delete(callback) && known.size === 0);
  if (!isLast) return;
  signal.removeEventListener("abort", tellAll);
  callbacksOf.delete(signal);
}

function tellAll({ target }: Event): void {
  const signal = target as AbortSignal;
  const known = callbacksOf.get(signal) ?? [];
  for (const callback of typeof known === "function" ? [known] : known)
    callback(signal.reason as Error);
  // Not before: one that is called may make another one leave.
  callbacksOf.delete(signal);
}
