import type { ClusterClient, WatchEvent, WatchOptions } from "../client/cluster-client.js";
import type { KubernetesObject } from "../client/kubernetes-object.js";
import type { Resource } from "../client/resource.js";
import { type Clock, type ClockTimer } from "../clock.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";
import { onAbort } from "../on-abort.js";
import { jitter, type Random } from "../random.js";

/** Settings of {@link openWatch}. */
export interface OpenWatchOptions extends Omit<WatchOptions, "serverTimeoutMs" | "timeoutMs"> {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds without any event or bookmark after which the connection counts as dead; Infinity for never. */
  readonly silenceTimeoutMs: () => number;
}

/** Watches are ended after 5 to 10 minutes, so that they spread over the replicas of an API server (as client-go). */
const SHORTEST_WATCH_MS = 5 * 60_000;
/** How much longer than it was asked to a server may keep a watch open before it is taken for dead. */
const GRACE_MS = 30_000;

/**
 * One watch request whose end is certain: the server is asked to end it after a random time, and when it stays silent too
 * long, or open too long, it is given up from here.
 *
 * @throws DeadlineExceededError of phase `watch` when the connection seems dead, and whatever the client's `watch` throws.
 */
export async function* openWatch<T extends KubernetesObject>(
  client: ClusterClient,
  resource: Resource<T>,
  options: OpenWatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { clock, random, silenceTimeoutMs, signal, ...watchOptions } = options;
  signal.throwIfAborted();
  const serverTimeoutMs = jitter(random, SHORTEST_WATCH_MS, 1);
  const end = new AbortController();
  const giveUp = (timeoutMs: number): void =>
    end.abort(new DeadlineExceededError({ cluster: client.name, timeoutMs, phase: "watch" }));
  const overdueMs = serverTimeoutMs + GRACE_MS;
  const overdue = clock.setTimer(() => giveUp(overdueMs), overdueMs, { background: true });
  const silence = new SilenceTimer(clock, silenceTimeoutMs, giveUp);
  const leave = onAbort(signal, (reason) => end.abort(reason));
  try {
    const events = client.watch(resource, { ...watchOptions, serverTimeoutMs, signal: end.signal });
    silence.listen();
    for await (const event of events) {
      // Time that the reader takes is not the server's silence.
      silence.pause();
      yield event;
      silence.listen();
    }
  } finally {
    overdue.cancel();
    silence.cancel();
    leave();
  }
}

/** A limit that comes into force later is seen after so long. */
const LONGEST_CHECK_MS = 60_000;

/** One timer for any number of events: it looks at its end whether there was one, rather than being set anew for each. */
class SilenceTimer {
  readonly #clock: Clock;
  readonly #limitMs: () => number;
  readonly #onSilence: (limitMs: number) => void;
  #listeningSinceMs: number | undefined;
  #timer: ClockTimer | undefined;

  constructor(clock: Clock, limitMs: () => number, onSilence: (limitMs: number) => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#arm(limitMs());
  }

  listen(): void {
    this.#listeningSinceMs = this.#clock.monotonic();
  }

  pause(): void {
    this.#listeningSinceMs = undefined;
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  #arm(delayMs: number): void {
    const boundMs = Math.min(delayMs, LONGEST_CHECK_MS);
    this.#timer = this.#clock.setTimer(() => this.#check(), boundMs, { background: true });
  }

  #check(): void {
    const nowMs = this.#clock.monotonic();
    const silentMs = nowMs - (this.#listeningSinceMs ?? nowMs);
    const limitMs = this.#limitMs();
    if (silentMs >= limitMs) this.#onSilence(limitMs);
    else this.#arm(limitMs - silentMs);
  }
}
