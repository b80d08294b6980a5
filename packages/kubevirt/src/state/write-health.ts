import { ApiError, type Clock } from "@kvop/core";

/** So many failures in a row, or successes after them, change the verdict. */
const THRESHOLD = 2;
/** Failures that nobody tried to repeat are forgotten after so long. */
const FORGET_AFTER_MS = 10 * 60_000;

interface WriteRecord {
  failures: number;
  successes: number;
  error: Error;
  lastMs: number;
}

/** Whether a write failed in the cluster's admission webhooks, as KubeVirt's writes do while virt-api is down. */
export function isWebhookFailure(error: unknown): error is ApiError {
  return (
    ApiError.isInstance(error) &&
    error.httpStatus === 500 &&
    /failed calling webhook/.test(error.message)
  );
}

/**
 * Whether writes work, judged by those that callers make: for each resource two webhook failures in a row say no, and two
 * successes after that say yes.
 */
export class WriteHealth {
  readonly #clock: Clock;
  readonly #records = new Map<string, WriteRecord>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The failure of a resource whose writes do not work; undefined when all is well. */
  get failure(): Error | undefined {
    this.#forgetOld();
    for (const record of this.#records.values())
      if (record.failures >= THRESHOLD) return record.error;
    return undefined;
  }

  failed(resource: string, error: Error): void {
    const record = this.#records.get(resource) ?? { failures: 0, successes: 0, error, lastMs: 0 };
    record.failures += 1;
    record.successes = 0;
    record.error = error;
    record.lastMs = this.#clock.monotonic();
    this.#records.set(resource, record);
  }

  succeeded(resource: string): void {
    const record = this.#records.get(resource);
    if (record === undefined) return;
    record.successes += 1;
    if (record.failures < THRESHOLD || record.successes >= THRESHOLD)
      this.#records.delete(resource);
  }

  #forgetOld(): void {
    if (this.#records.size === 0) return;
    const oldestMs = this.#clock.monotonic() - FORGET_AFTER_MS;
    for (const [resource, { lastMs }] of this.#records)
      if (lastMs < oldestMs) this.#records.delete(resource);
  }
}
