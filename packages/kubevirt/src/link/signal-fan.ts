/**
 * One signal for many listeners: Node warns of a leak when more than ten listen to one, so that each gets a signal of its
 * own. Dispose of the fan to let go of the signal.
 */
export class SignalFan implements Disposable {
  readonly #signal: AbortSignal | undefined;
  readonly #forks = new Set<AbortController>();
  readonly #onAbort = (): void => this.abort(this.#signal?.reason as Error);
  #reason: Error | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    if (signal?.aborted === true) this.#reason = signal.reason as Error;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
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
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#forks.clear();
  }
}
