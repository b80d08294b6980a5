import type { ClusterClient, WatchEvent } from "../client/cluster-client.js";
import type { KubernetesObject } from "../client/kubernetes-object.js";
import type { Resource } from "../client/resource.js";
import { type Clock, sleep, systemClock } from "../clock.js";
import { DisposedError } from "../errors/disposed-error.js";
import { jitter, type Random, systemRandom } from "../random.js";
import type { ReflectorMode } from "./reflector.js";
import { runWatch } from "./run-watch.js";
import { versionAfter } from "./version-after.js";
import { isVersionLost, isVersionRefused, isWatchRefused } from "./watch-failures.js";

/** Settings of {@link followObject}. */
export interface FollowObjectOptions<T extends KubernetesObject> {
  readonly client: ClusterClient;
  readonly resource: Resource<T>;
  /** Required for a namespaced resource. */
  readonly namespace?: string | undefined;
  readonly name: string;
  /** A version of the object that is known already: only changes after it are told. Default: its present state comes first. */
  readonly resourceVersion?: string | undefined;
  /** Called with each state of the object that is seen; undefined when it is absent. Nothing is kept of it. */
  readonly onChange: (object: T | undefined) => void;
  /** Called when the mode changes; the first mode is `watching`. */
  readonly onModeChange?: ((mode: ReflectorMode, error: unknown) => void) | undefined;
  /** Called for each other failure; following goes on by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Milliseconds between two reads where watching is not allowed. Default: 30,000. */
  readonly pollIntervalMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;
const SILENCE_TIMEOUT_MS = 150_000;
/** Where watching was refused, it is tried again after so many reads: rights may have been granted. */
const POLLS_PER_WATCH = 10;

/**
 * Follows one object by its name, for ever, with rights for that name alone: a watch with a field selector, which RBAC can
 * allow by `resourceNames`, or a GET from time to time where only that is allowed. It keeps no copy of the object.
 */
export function followObject<T extends KubernetesObject>(
  options: FollowObjectOptions<T>,
): AsyncDisposable {
  const follower = new ObjectFollower(options);
  const running = follower.run();
  return {
    [Symbol.asyncDispose]: async () => {
      follower.stop();
      await running;
    },
  };
}

class ObjectFollower<T extends KubernetesObject> {
  readonly #options: FollowObjectOptions<T>;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Of the present turn: one list and watch, or one wait. */
  #turn = new AbortController();
  #isStopped = false;
  #mode: ReflectorMode = "watching";
  #resourceVersion: string | undefined;
  #hasBookmarks = false;
  #failures = 0;
  #polls = 0;

  constructor(options: FollowObjectOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#resourceVersion = options.resourceVersion;
  }

  stop(): void {
    this.#isStopped = true;
    this.#turn.abort(new DisposedError({ subject: "The follower of an object" }));
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        if (this.#mode === "polling" && this.#polls % POLLS_PER_WATCH !== 0) await this.#poll();
        else await this.#follow();
      } catch (error) {
        if (this.#isStopped) return;
        // A watch that seemed dead was given up by its turn.
        if (this.#turn.signal.aborted) this.#turn = new AbortController();
        await this.#recover(error).catch(() => undefined);
      }
    }
  }

  async #follow(): Promise<void> {
    const { client, resource } = this.#options;
    const { signal } = this.#turn;
    if (this.#resourceVersion === undefined) {
      // A list has a version to watch from even when the object is absent.
      const { items, metadata } = await client.list(resource, { ...this.#selection(), signal });
      this.#tell(items[0]);
      this.#resourceVersion = metadata.resourceVersion;
    }
    let count = 0;
    await runWatch(client, resource, {
      selection: { ...this.#selection(), resourceVersion: this.#resourceVersion },
      turn: this.#turn,
      clock: this.#clock,
      random: this.#random,
      silenceTimeoutMs: () => (this.#hasBookmarks ? SILENCE_TIMEOUT_MS : Infinity),
      onEvent: (event) => {
        count += 1;
        this.#setMode("watching", undefined);
        this.#failures = 0;
        this.#take(event);
      },
    });
    // A server that ends watches at once would otherwise be dialled in a tight loop.
    if (count === 0) await this.#wait(FIRST_DELAY_MS * 5);
  }

  #take(event: WatchEvent<T>): void {
    this.#resourceVersion = versionAfter(event, this.#resourceVersion);
    if (event.type === "bookmark") this.#hasBookmarks = true;
    else this.#tell(event.type === "deleted" ? undefined : event.object);
  }

  async #poll(): Promise<void> {
    const { client, resource, namespace, name, pollIntervalMs = 30_000 } = this.#options;
    this.#polls += 1;
    this.#resourceVersion = undefined;
    await this.#wait(pollIntervalMs);
    const { signal } = this.#turn;
    this.#tell(await client.find(resource, { name, namespace }, { signal }));
    this.#failures = 0;
  }

  async #recover(error: unknown): Promise<void> {
    if (isVersionLost(error)) {
      this.#resourceVersion = undefined;
      await this.#wait(FIRST_DELAY_MS);
      return;
    }
    if (isVersionRefused(error)) this.#resourceVersion = undefined;
    if (isWatchRefused(error)) {
      // The next turn waits and reads.
      this.#setMode("polling", error);
      this.#polls += 1;
      if (this.#polls % POLLS_PER_WATCH !== 0) return;
    } else {
      this.#options.onError?.(error);
    }
    this.#failures += 1;
    await this.#wait(Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LONGEST_DELAY_MS));
  }

  #selection() {
    const { namespace, name } = this.#options;
    return { namespace, fieldSelector: `metadata.name=${name}` };
  }

  #setMode(mode: ReflectorMode, error: unknown): void {
    if (this.#mode === mode) return;
    this.#mode = mode;
    this.#polls = 0;
    this.#options.onModeChange?.(mode, error);
  }

  #tell(object: T | undefined): void {
    this.#options.onChange(object);
  }

  #wait(delayMs: number): Promise<void> {
    const { signal } = this.#turn;
    return sleep(this.#clock, jitter(this.#random, delayMs, 0.5), { signal, background: true });
  }
}
