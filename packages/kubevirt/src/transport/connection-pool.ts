import type { Socket } from "node:net";

import type { Client } from "undici";

import type { Dialer } from "./dialer.js";

/** Idle connections close after it; load balancers in front of API servers drop them from 60 s on. */
const KEEP_ALIVE_MS = 55_000;

/** One HTTP/1.1 connection, lent to one request at a time. */
export interface PooledConnection {
  readonly client: Client;
  /** Whether an answer has come over the connection that is open now: the server may have closed it meanwhile. */
  readonly isReused: boolean;
  /** Gives it back; one that has failed before anything was sent is thrown away with the dial that is still under way. */
  release(options?: { readonly isBroken?: boolean | undefined }): void;
}

/** Settings of {@link ConnectionPool}. */
export interface ConnectionPoolOptions {
  readonly origin: string;
  readonly dialer: Dialer;
  readonly ClientClass: typeof Client;
  readonly maxConnections: number;
}

interface Waiter {
  readonly take: (connection: Slot) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The kept HTTP/1.1 connections of one cluster. The one used last is used next, so that those of a burst grow old and close.
 * Requests beyond the limit wait in order; one that gives up leaves the queue at once.
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #idle: Slot[] = [];
  readonly #waiters = new Set<Waiter>();
  #closed: Error | undefined;
  #isRetired = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** A connection when there is one, or room for one; undefined when all are lent. */
  tryAcquire(): PooledConnection | undefined {
    if (this.#closed !== undefined) throw this.#closed;
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    return this.#slots.size < this.#options.maxConnections ? this.#open() : undefined;
  }

  /** As `tryAcquire`, after a wait when all are lent. @throws the signal's reason */
  acquire(signal: AbortSignal): Promise<PooledConnection> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        onAbort();
        return;
      }
      const leave = (): void => signal.removeEventListener("abort", onAbort);
      const waiter: Waiter = {
        take: (slot) => {
          leave();
          resolve(slot);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Closes idle connections now and lent ones as they come back. */
  retire(): void {
    this.#isRetired = true;
    for (const slot of this.#idle.splice(0)) slot.drop();
  }

  /** Ends everything, whatever is under way. */
  async destroy(reason: Error): Promise<void> {
    this.#closed = reason;
    for (const waiter of this.#waiters) waiter.fail(reason);
    this.#waiters.clear();
    this.#idle.length = 0;
    await Promise.all([...this.#slots].map((slot) => slot.client.destroy(reason)));
    this.#slots.clear();
  }

  #open(): Slot {
    const { ClientClass, origin, dialer } = this.#options;
    const slot: Slot = new Slot(ClientClass, origin, dialer, {
      onBack: () => this.#takeBack(slot),
      onDrop: () => {
        this.#slots.delete(slot);
        const at = this.#idle.indexOf(slot);
        if (at !== -1) this.#idle.splice(at, 1);
        this.#serve();
      },
      isIdle: () => this.#idle.includes(slot),
    });
    this.#slots.add(slot);
    return slot;
  }

  #takeBack(slot: Slot): void {
    if (this.#isRetired && this.#waiters.size === 0) {
      slot.drop();
      return;
    }
    const [waiter] = this.#waiters;
    if (waiter === undefined) {
      this.#idle.push(slot);
      return;
    }
    this.#waiters.delete(waiter);
    waiter.take(slot);
  }

  /** There is room again. */
  #serve(): void {
    if (this.#closed !== undefined) return;
    const [waiter] = this.#waiters;
    if (waiter === undefined || this.#slots.size >= this.#options.maxConnections) return;
    this.#waiters.delete(waiter);
    waiter.take(this.#open());
  }
}

interface SlotOwner {
  readonly onBack: () => void;
  readonly onDrop: () => void;
  readonly isIdle: () => boolean;
}

class Slot implements PooledConnection {
  readonly client: Client;
  readonly #owner: SlotOwner;
  /** While a dial is under way. */
  #dialling: AbortController | undefined;
  #isReused = false;
  #isDropped = false;

  constructor(ClientClass: typeof Client, origin: string, dialer: Dialer, owner: SlotOwner) {
    this.#owner = owner;
    this.client = new ClientClass(origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Deadlines are kept by each request, on the clock that was handed in.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_target, callback) => {
        this.#dial(dialer).then(
          (socket) => callback(null, socket),
          (error: unknown) => callback(error as Error, null),
        );
      },
    });
    this.client.on("disconnect", () => {
      this.#isReused = false;
      // Closed by the server or by age: what is left is of no use.
      if (owner.isIdle()) this.drop();
    });
  }

  get isReused(): boolean {
    return this.#isReused;
  }

  release(options: { readonly isBroken?: boolean | undefined } = {}): void {
    if (options.isBroken === true) {
      this.drop();
      return;
    }
    this.#isReused = true;
    this.#owner.onBack();
  }

  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#dialling?.abort(new Error("The connection is not needed any more."));
    this.#owner.onDrop();
    void this.client.destroy();
  }

  async #dial(dialer: Dialer): Promise<Socket> {
    const dialling = new AbortController();
    this.#dialling = dialling;
    try {
      return await dialer.dial(["http/1.1"], dialling.signal);
    } finally {
      this.#dialling = undefined;
    }
  }
}
