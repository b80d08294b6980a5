import { type ClockTimer, type Clock, type OwnedClient, type RemoteClient } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";

/** Requests of a connection that was replaced are given so long to end: more than a write's deadline. */
const RETIRE_TIMEOUT_MS = 60_000;

/** One checked connection to a cluster, and the count of what runs over it. */
export class ClusterLink {
  readonly client: OwnedClient<RemoteClient>;
  readonly connection: ClusterConnection;
  /** Text of the kubeconfig it was made from, hashed: tells a real change from a rewrite. */
  readonly fingerprint: string;
  readonly #clock: Clock;
  #running = 0;
  #isRetired = false;
  #timer: ClockTimer | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: {
    readonly client: OwnedClient<RemoteClient>;
    readonly connection: ClusterConnection;
    readonly fingerprint: string;
    readonly clock: Clock;
  }) {
    this.client = options.client;
    this.connection = options.connection;
    this.fingerprint = options.fingerprint;
    this.#clock = options.clock;
  }

  /** Runs a call on the connection, which stays open until the call has ended. */
  async run<Result>(call: (client: RemoteClient) => Promise<Result>): Promise<Result> {
    this.#running += 1;
    try {
      return await call(this.client);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle?.();
    }
  }

  /** Closes the connection once its requests are done, at most a minute later; watches end then, and are opened anew. */
  async retire(): Promise<void> {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        this.#timer = this.#clock.setTimer(resolve, RETIRE_TIMEOUT_MS, { background: true });
      });
      this.#timer?.cancel();
    }
    await this.client[Symbol.asyncDispose]();
  }

  /** Closes the connection now. */
  async close(): Promise<void> {
    this.#isRetired = true;
    this.#timer?.cancel();
    this.#onIdle?.();
    await this.client[Symbol.asyncDispose]();
  }
}

/** Rejects with the signal's reason as soon as it aborts; what is waited for goes on. */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
