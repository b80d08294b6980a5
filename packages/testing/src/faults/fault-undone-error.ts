import { hasErrorCode, KvopError } from "@kvop/core";

/** A fault was undone while somebody still waited for it to be applied. */
export class FaultUndoneError extends KvopError {
  readonly code = "FaultUndone";
  readonly isRetryable = false;
  /** The fault in words. */
  readonly fault: string;
  readonly applied: number;

  constructor(fields: {
    readonly fault: string;
    readonly applied: number;
    readonly wanted: number;
  }) {
    super(
      `The fault "${fields.fault}" was undone after it had been applied ${fields.applied} times, while ${fields.wanted} were waited for. Check its filter against the server's requests, or undo it later.`,
    );
    this.fault = fields.fault;
    this.applied = fields.applied;
  }

  static override isInstance(error: unknown): error is FaultUndoneError {
    return hasErrorCode(error, "FaultUndone");
  }
}
