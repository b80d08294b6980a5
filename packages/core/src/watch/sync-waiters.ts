import type { Clock } from "../clock.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";
import { DisposedError } from "../errors/disposed-error.js";
import { onAbort } from "../on-abort.js";

/** How long somebody waits for a first list. */
export interface WaitForSyncOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: 60,000. */
  readonly timeoutMs?: number | undefined;
}

/** Those who wait for a set of objects to be complete. */
export class SyncWaiters {
  readonly #clock: Clock;
  readonly #subject: string;
  /** Nobody waits any more once the state is another one. */
  #waiting: Set<() => void> | undefined = new Set();
  #state: "waiting" | "synced" | "disposed" = "waiting";

  /** @param subject What is waited for, in errors. */
  constructor(clock: Clock, subject: string) {
    this.#clock = clock;
    this.#subject = subject;
  }

  get isSynced(): boolean {
    return this.#state === "synced";
  }

  /** @throws DeadlineExceededError, DisposedError, the signal's reason */
  async wait(options: WaitForSyncOptions = {}): Promise<void> {
    const { signal, timeoutMs = 60_000 } = options;
    if (this.#state === "synced") return;
    signal?.throwIfAborted();
    if (this.#state === "disposed") throw this.#disposed();
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#waiting?.delete(onChange);
        timer.cancel();
        leave();
        finish();
      };
      const onChange = (): void =>
        settle(this.#state === "synced" ? resolve : () => reject(this.#disposed()));
      const timer = this.#clock.setTimer(() => {
        const fields = { cluster: this.#subject, timeoutMs, phase: "first list" };
        settle(() => reject(new DeadlineExceededError(fields)));
      }, timeoutMs);
      this.#waiting?.add(onChange);
      const leave = onAbort(signal, (reason) => settle(() => reject(reason)));
    });
  }

  setSynced(): void {
    if (this.#state === "waiting") this.#change("synced");
  }

  /** Ends all waits; a set that was complete stays so for those who ask. */
  dispose(): void {
    if (this.#state === "waiting") this.#change("disposed");
  }

  #change(state: "synced" | "disposed"): void {
    this.#state = state;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const waiter of waiting) waiter();
  }

  #disposed(): DisposedError {
    return new DisposedError({ subject: "The reflector" });
  }
}
