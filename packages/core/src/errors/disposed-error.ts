import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** Something was used after it had been disposed of. */
export class DisposedError extends KvopError {
  readonly code = "Disposed";
  readonly isRetryable = false;
  readonly subject: string;

  constructor(fields: { readonly subject: string }, options: KvopErrorOptions = {}) {
    super(
      `${fields.subject} was disposed of and cannot be used any more. Create a new one.`,
      options,
    );
    this.subject = fields.subject;
  }

  static override isInstance(error: unknown): error is DisposedError {
    return hasErrorCode(error, "Disposed");
  }
}
