import { hasErrorCode, KvopError, type KvopErrorOptions } from "@kvop/core";

/** A value in a built-in object has another type than its Go structure: 400, in the real server's words. */
export class BuiltInTypeError extends KvopError {
  readonly code = "BuiltInTypeInvalid";
  readonly isRetryable = false;
  /** The fault alone: `json: cannot unmarshal ...`. */
  readonly problem: string;

  constructor(
    fields: { readonly problem: string; readonly message?: string | undefined },
    options: KvopErrorOptions = {},
  ) {
    super(fields.message ?? fields.problem, options);
    this.problem = fields.problem;
  }

  static override isInstance(error: unknown): error is BuiltInTypeError {
    return hasErrorCode(error, "BuiltInTypeInvalid");
  }
}
