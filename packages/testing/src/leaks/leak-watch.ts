import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { sleep, systemClock } from "@kvop/core";
import { LeakError } from "./leak-error.js";
import type { Leak } from "./leak.js";
import {
  newProcessListeners,
  type ProcessListeners,
  processListeners,
} from "./process-listeners.js";
import { leakOf, TRACKED_TYPES, type TrackedResource } from "./tracked-resource.js";

/** Settings of {@link watchLeaks}. */
export interface LeakWatchOptions {
  /** How long what is about to close may take, in milliseconds. Default: 1,000. */
  readonly graceMs?: number | undefined;
  /** What is no leak to this test. Default: nothing. */
  readonly ignore?: ((leak: Leak) => boolean) | undefined;
  /** Whether listeners on `process` count. They cannot be told apart between tests that run at once. Default: true. */
  readonly processListeners?: boolean | undefined;
}

/** Watches what a test starts. Disposing of it is the check. */
export interface LeakWatch extends AsyncDisposable {
  /** What the test left behind so far; waits for what is about to close. */
  find(): Promise<readonly Leak[]>;
  /** Adds something that only its maker can know of. */
  add(leak: Leak): void;
  /** @throws LeakError which names all that was left behind. */
  check(): Promise<void>;
}

/** Frames of a stack: those of Node come first. */
const STACK_FRAMES = 40;
const POLL_MS = 10;

/**
 * Watches timers, sockets, servers, child processes and listeners on `process` that are made from here on by the caller and
 * what it calls. Tests that run at once do not see each other's. Call it first in a test, in its own function.
 *
 * Timers and sockets that do not hold the process (`unref`, idle connections of an agent) are no leaks; intervals are.
 */
export function watchLeaks(options: LeakWatchOptions = {}): LeakWatch {
  const { graceMs = 1000, ignore = () => false, processListeners: watchesProcess = true } = options;
  const tracked: TrackedResource[] = [];
  const added: Leak[] = [];
  const mine = new AsyncLocalStorage<boolean>();
  const init = (_id: number, type: string, _trigger: number, resource: object): void => {
    if (!TRACKED_TYPES.has(type) || mine.getStore() !== true) return;
    tracked.push({ type, resource: new WeakRef(resource), origin: originOutside(init) });
  };
  const hook = createHook({ init });
  const before: ProcessListeners = watchesProcess ? processListeners() : new Map();
  mine.enterWith(true);
  hook.enable();

  const present = (): readonly Leak[] =>
    [
      ...added,
      ...tracked.map(leakOf).filter((leak) => leak !== undefined),
      ...(watchesProcess ? newProcessListeners(before) : []),
    ].filter((leak) => !ignore(leak));
  const find = async (): Promise<readonly Leak[]> => {
    const endMs = systemClock.monotonic() + graceMs;
    // The timers of this waiting are not the test's.
    while (present().length > added.length && systemClock.monotonic() < endMs)
      await mine.exit(() => sleep(systemClock, POLL_MS));
    return present();
  };
  const check = async (): Promise<void> => {
    const leaks = await find();
    hook.disable();
    if (leaks.length > 0) throw new LeakError(leaks);
  };
  return {
    find,
    add: (leak) => void added.push(leak),
    check,
    [Symbol.asyncDispose]: check,
  };
}

/** The stack up to the caller of a function. */
function originOutside(inner: unknown): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_FRAMES;
  const origin = new Error("made");
  Error.captureStackTrace(origin, inner as () => void);
  Error.stackTraceLimit = limit;
  return origin;
}
