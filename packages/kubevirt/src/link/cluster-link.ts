import {
  type Clock,
  type ClockTimer,
  onAbort,
  type OwnedClient,
  type RemoteClient,
} from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import { type CredentialExpiry, credentialExpiryOf } from "./credential-expiry.js";

/** Requests of a connection that was replaced are given so long to end: more than a write's deadline. */
const RETIRE_TIMEOUT_MS = 60_000;

/** One checked connection to a cluster, and the count of what runs over it. */
export class ClusterLink {
  readonly client: OwnedClient<RemoteClient>;
  readonly connection: ClusterConnection;
  /** Of the kubeconfig that it was made from: tells a real change from a rewrite. */
  readonly fingerprint: string;
  /** UID of the cluster's `kube-system`, where it may be read. */
  readonly clusterUid: string | undefined;
  readonly expiry: CredentialExpiry | undefined;
  readonly #clock: Clock;
  readonly #endWatches: ((reason: Error) => Promise<void>) | undefined;
  /** Of a client whose watches cannot be ended by themselves. */
  #watches: Set<AbortController> | undefined;
  #running = 0;
  #isRetired = false;
  #timer: ClockTimer | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: {
    readonly client: OwnedClient<RemoteClient>;
    readonly connection: ClusterConnection;
    readonly fingerprint: string;
    readonly clusterUid?: string | undefined;
    readonly clock: Clock;
    /** Ends all watches of the client, and those that come, while its requests go on. Default: each by a signal of its own. */
    readonly endWatches?: ((reason: Error) => Promise<void>) | undefined;
  }) {
    this.client = options.client;
    this.connection = options.connection;
    this.fingerprint = options.fingerprint;
    this.clusterUid = options.clusterUid;
    this.expiry = credentialExpiryOf(options.connection);
    this.#clock = options.clock;
    this.#endWatches = options.endWatches;
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Runs a call on the connection, which stays open until the call has ended. */
  async run<Result>(call: (client: RemoteClient) => Promise<Result>): Promise<Result> {
    const release = this.hold();
    try {
      return await call(this.client);
    } finally {
      release();
    }
  }

  /** Keeps the connection open until the function that is given is called. */
  hold(): () => void {
    this.#running += 1;
    return () => {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle?.();
    };
  }

  /** A signal for a watch: it has no end of its own to wait for, so it is ended when the connection is replaced. */
  watch(signal: AbortSignal | undefined): {
    readonly signal: AbortSignal | undefined;
    readonly end: () => void;
  } {
    if (this.#endWatches !== undefined) return { signal, end: nothing };
    const controller = new AbortController();
    if (signal?.aborted === true) controller.abort(signal.reason);
    const leave = onAbort(signal, (reason) => controller.abort(reason));
    if (this.#isRetired) controller.abort(new Error("The connection was replaced."));
    this.#watches ??= new Set();
    this.#watches.add(controller);
    return {
      signal: controller.signal,
      end: () => {
        this.#watches?.delete(controller);
        leave();
      },
    };
  }

  /** Ends watches at once, and closes the connection when its requests are done, at most a minute later. */
  async retire(): Promise<void> {
    if (this.#isRetired) return;
    this.#setRetired();
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
    this.#setRetired();
    this.#timer?.cancel();
    this.#onIdle?.();
    await this.client[Symbol.asyncDispose]();
  }

  #setRetired(): void {
    this.#isRetired = true;
    const reason = new Error("The connection was replaced.");
    void this.#endWatches?.(reason);
    for (const watch of this.#watches ?? []) watch.abort(reason);
    this.#watches?.clear();
  }
}

function nothing(): void {
  // The client ends its watches by itself.
}
