import { onAbort } from "@kvop/core";

/**
 * One signal for many calls, each of which gets a signal of its own: whatever a caller's own client does with it, Node warns of a
 * leak when more than ten listen to one. Dispose of the fan to let go of the signal.
 */
export class SignalFan implements Disposable {
  readonly #forks = new Set<AbortController>();
  readonly #leave: () => void;
  #reason: Error | undefined;

  constructor(signal?: AbortSignal) {
    if (signal?.aborted === true) this.#reason = signal.reason as Error;
    this.#leave = onAbort(signal, (reason) => this.abort(reason));
  }

  /** A signal that aborts with the one given, or by `abort`. */
  fork(): AbortSignal {
    const controller = new AbortController();
    if (this.#reason === undefined) this.#forks.add(controller);
    else controller.abort(this.#reason);
    return controller.signal;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    for (const fork of this.#forks) fork.abort(reason);
    this.#forks.clear();
  }

  [Symbol.dispose](): void {
    this.#leave();
    this.#forks.clear();
  }
}
