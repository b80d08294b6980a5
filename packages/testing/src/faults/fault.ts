import type { Random } from "@kvop/core";
import {
  type FilteredRequest,
  type RequestFilter,
  unfitFields,
} from "../records/request-filter.js";
import { FaultUndoneError } from "./fault-undone-error.js";

/** A fault that was put on a server. Disposing of it undoes it: what it holds back goes on. */
export interface Fault extends Disposable {
  /** `create pods: answer 503`. */
  readonly description: string;
  /** How many requests, watches or connections its filter has fitted. */
  readonly matched: number;
  /** How many of them it was played on. */
  readonly applied: number;
  /** False once it is undone. */
  readonly isActive: boolean;
  /**
   * Resolves when it was played so many times.
   *
   * @param times Default: 1.
   * @throws FaultUndoneError when it is undone before.
   */
  waitUntilApplied(times?: number): Promise<void>;
  /** The same as disposing of it. */
  undo(): void;
}

/** How often a fault is played. */
export interface FaultLimits {
  /** Default: always. */
  readonly times: number;
  /** So many that fit pass unharmed first. Default: 0. */
  readonly skipped: number;
  /** From 0 to 1. Default: 1. */
  readonly probability: number;
}

export const NO_LIMITS: FaultLimits = { times: Infinity, skipped: 0, probability: 1 };

interface Waiter {
  readonly times: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** See {@link Fault}. */
export class ActiveFault implements Fault {
  readonly description: string;
  readonly #filter: RequestFilter;
  readonly #limits: FaultLimits;
  readonly #undoings = new Set<() => void>();
  readonly #waiters = new Set<Waiter>();
  #matched = 0;
  #applied = 0;
  #isActive = true;

  constructor(fields: {
    readonly description: string;
    readonly filter?: RequestFilter | undefined;
    readonly limits?: FaultLimits | undefined;
  }) {
    this.description = fields.description;
    this.#filter = fields.filter ?? {};
    this.#limits = fields.limits ?? NO_LIMITS;
  }

  get matched(): number {
    return this.#matched;
  }

  get applied(): number {
    return this.#applied;
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /** Whether the filter means this request; counts nothing. */
  fits(request: FilteredRequest): boolean {
    return this.#isActive && unfitFields(this.#filter, request).length === 0;
  }

  /** Whether the fault is to be played on something that fits; counts it. */
  take(random: Random): boolean {
    const { times, skipped, probability } = this.#limits;
    this.#matched += 1;
    if (!this.#isActive || this.#matched <= skipped || this.#applied >= times) return false;
    if (probability < 1 && random.next() >= probability) return false;
    this.#applied += 1;
    for (const waiter of this.#waiters) {
      if (waiter.times > this.#applied) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    return true;
  }

  /** Calls back when the fault is undone, or at once when it is, unless the returned function is called before. */
  whenUndone(callback: () => void): () => void {
    if (!this.#isActive) {
      callback();
      return () => undefined;
    }
    this.#undoings.add(callback);
    return () => void this.#undoings.delete(callback);
  }

  waitUntilApplied(times = 1): Promise<void> {
    if (this.#applied >= times) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { times, resolve, reject };
      if (this.#isActive) this.#waiters.add(waiter);
      else reject(this.#undone(waiter));
    });
  }

  undo(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    const undoings = [...this.#undoings];
    this.#undoings.clear();
    for (const undo of undoings) undo();
    for (const waiter of this.#waiters) waiter.reject(this.#undone(waiter));
    this.#waiters.clear();
  }

  [Symbol.dispose](): void {
    this.undo();
  }

  #undone(waiter: Waiter): FaultUndoneError {
    return new FaultUndoneError({
      fault: this.description,
      applied: this.#applied,
      wanted: waiter.times,
    });
  }
}
