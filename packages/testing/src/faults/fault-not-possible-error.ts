import { hasErrorCode, KvopError } from "@kvop/core";

/** A fault was asked for where it cannot be played. */
export class FaultNotPossibleError extends KvopError {
  readonly code = "FaultNotPossible";
  readonly isRetryable = false;
  /** The fault in words. */
  readonly fault: string;

  constructor(fields: { readonly fault: string; readonly why: string; readonly advice: string }) {
    super(`The fault "${fields.fault}" is not possible here: ${fields.why}. ${fields.advice}`);
    this.fault = fields.fault;
  }

  static override isInstance(error: unknown): error is FaultNotPossibleError {
    return hasErrorCode(error, "FaultNotPossible");
  }
}
