import type { ClusterClient, WatchEvent, WatchOptions } from "../client/cluster-client.js";
import type { KubernetesObject } from "../client/kubernetes-object.js";
import type { Resource } from "../client/resource.js";
import { type Clock, type ClockTimer } from "../clock.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";
import { jitter, type Random } from "../random.js";

/** Settings of {@link runWatch}. */
export interface RunWatchOptions<T extends KubernetesObject> {
  /** What is watched, and from where on. */
  readonly selection: Omit<WatchOptions, "serverTimeoutMs" | "timeoutMs" | "signal">;
  /** Ends the watch. It is aborted from here, too, when the connection seems dead: use it for this watch alone. */
  readonly turn: AbortController;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds without any event or bookmark after which the connection counts as dead; Infinity for never. */
  readonly silenceTimeoutMs: () => number;
  /** Takes one event; the next one waits for it. */
  readonly onEvent: (event: WatchEvent<T>) => void | Promise<void>;
}

/** Watches are ended after 5 to 10 minutes, so that they spread over the replicas of an API server (as client-go). */
const SHORTEST_WATCH_MS = 5 * 60_000;
/** How much longer than it was asked to a server may keep a watch open before it is taken for dead. */
const GRACE_MS = 30_000;

/**
 * One watch request whose end is certain: the server is asked to end it after a random time, and when it stays silent too
 * long, or open too long, it is given up from here. Resolves when the server has ended it.
 *
 * @throws DeadlineExceededError of phase `watch` when the connection seems dead, whatever the client's `watch` throws, and what
 *   the handler throws.
 */
export async function runWatch<T extends KubernetesObject>(
  client: ClusterClient,
  resource: Resource<T>,
  options: RunWatchOptions<T>,
): Promise<void> {
  const { turn, clock, random, silenceTimeoutMs, onEvent } = options;
  turn.signal.throwIfAborted();
  const serverTimeoutMs = jitter(random, SHORTEST_WATCH_MS, 1);
  const guard = new WatchGuard(clock, {
    longestMs: serverTimeoutMs + GRACE_MS,
    silenceTimeoutMs,
    onDead: (timeoutMs) =>
      turn.abort(new DeadlineExceededError({ cluster: client.name, timeoutMs, phase: "watch" })),
  });
  try {
    const { selection } = options;
    guard.listen();
    for await (const event of client.watch(resource, {
      ...selection,
      serverTimeoutMs,
      signal: turn.signal,
    })) {
      // Time that the reader takes is not the server's silence.
      guard.pause();
      await onEvent(event);
      guard.listen();
    }
  } finally {
    guard.cancel();
  }
}

/** A limit that comes into force later is seen after so long. */
const LONGEST_CHECK_MS = 60_000;

interface WatchGuardOptions {
  readonly longestMs: number;
  readonly silenceTimeoutMs: () => number;
  readonly onDead: (timeoutMs: number) => void;
}

/** One timer for both ends of any number of events: it looks whether there were some, rather than being set anew for each. */
class WatchGuard {
  readonly #clock: Clock;
  readonly #options: WatchGuardOptions;
  readonly #overdueMs: number;
  #listeningSinceMs: number | undefined;
  #timer: ClockTimer | undefined;

  constructor(clock: Clock, options: WatchGuardOptions) {
    this.#clock = clock;
    this.#options = options;
    const nowMs = clock.monotonic();
    this.#overdueMs = nowMs + options.longestMs;
    this.#arm(nowMs, options.silenceTimeoutMs());
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

  #arm(nowMs: number, leftOfSilenceMs: number): void {
    // Upwards: a clock of whole milliseconds would come a fraction too early, again and again.
    const delayMs = Math.ceil(Math.min(leftOfSilenceMs, this.#overdueMs - nowMs, LONGEST_CHECK_MS));
    this.#timer = this.#clock.setTimer(() => this.#check(), delayMs, { background: true });
  }

  #check(): void {
    const { longestMs, silenceTimeoutMs, onDead } = this.#options;
    const nowMs = this.#clock.monotonic();
    const silentMs = nowMs - (this.#listeningSinceMs ?? nowMs);
    const limitMs = silenceTimeoutMs();
    if (nowMs >= this.#overdueMs) onDead(longestMs);
    else if (silentMs >= limitMs) onDead(limitMs);
    else this.#arm(nowMs, limitMs - silentMs);
  }
}
