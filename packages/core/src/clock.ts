import { onAbort } from "./on-abort.js";

/** A pending timer of a {@link Clock}. */
export interface ClockTimer {
  /** Cancels the timer; safe to call at any time, any number of times. */
  cancel(): void;
}

/**
 * The only source of time in kvop. Every part that waits, expires or stamps takes one in its options,
 * so that a whole fleet can run on virtual time in a test.
 */
export interface Clock {
  /** Wall time in milliseconds since 1970-01-01T00:00:00Z. It may jump. */
  now(): number;
  /** Milliseconds of a clock that never jumps; its zero has no meaning. */
  monotonic(): number;
  /**
   * Calls `callback` once after `delayMs`.
   *
   * @param options.background When true, a pending timer does not keep the process alive. Default: false.
   */
  setTimer(
    callback: () => void,
    delayMs: number,
    options?: { readonly background?: boolean | undefined },
  ): ClockTimer;
}

/** `setTimeout` fires at once for a longer delay (it is a 32-bit number of milliseconds). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (callback, delayMs, options) => {
    const delay = Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS);
    return new SystemTimer(callback, delay, options?.background === true);
  },
};

/** A class, as there are several timers a connection: a closure would cost each twice as much. */
class SystemTimer implements ClockTimer {
  readonly #timeout: ReturnType<typeof setTimeout>;

  constructor(callback: () => void, delayMs: number, isBackground: boolean) {
    this.#timeout = setTimeout(callback, delayMs);
    if (isBackground) this.#timeout.unref();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

/**
 * Resolves after `delayMs` of the given clock.
 *
 * @throws the signal's reason when it aborts first.
 */
export function sleep(
  clock: Clock,
  delayMs: number,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly background?: boolean | undefined;
  } = {},
): Promise<void> {
  const { signal, background } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const timer = clock.setTimer(
      () => {
        leave();
        resolve();
      },
      delayMs,
      { background },
    );
    const leave = onAbort(signal, (reason) => {
      timer.cancel();
      reject(reason);
    });
  });
}

/** Taken before a test can put another one in its place. */
const soon = setImmediate;

/**
 * Resolves after the event loop has run what is due now. Virtual clocks use it to let promises settle
 * between two points in time.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    soon(resolve);
  });
}

/** RFC 3339 in whole seconds, as `metav1.Time` is written: `2026-01-02T03:04:05Z`. */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds, as `metav1.MicroTime` is written (Lease): `2026-01-02T03:04:05.678000Z`. */
export function formatMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an RFC 3339 text, or undefined when it is not one. */
export function parseTime(text: string): number | undefined {
  const [, year, month, day] = RFC_3339.exec(text) ?? [];
  if (day === undefined) return undefined;
  // Date.parse takes the 30th of February for a day in March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) > lastDay) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
