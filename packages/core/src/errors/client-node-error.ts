import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** `@kubernetes/client-node` is needed for this call and cannot be used. */
export class ClientNodeError extends KvopError {
  readonly code = "ClientNodeUnusable";
  readonly isRetryable = false;
  readonly problem: string;

  constructor(fields: { readonly problem: string }, options: KvopErrorOptions = {}) {
    super(`@kubernetes/client-node cannot be used here: ${fields.problem}`, options);
    this.problem = fields.problem;
  }

  static override isInstance(error: unknown): error is ClientNodeError {
    return hasErrorCode(error, "ClientNodeUnusable");
  }
}
