import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** A name that no Kubernetes object can have. */
export class InvalidNameError extends KvopError {
  readonly code = "InvalidName";
  readonly isRetryable = false;
  /** What the name is for, for example `KubevirtConfig`. */
  readonly subject: string;
  /** The name, cut to 100 characters. */
  readonly invalidName: string;

  constructor(
    fields: { readonly subject: string; readonly invalidName: string },
    options: KvopErrorOptions = {},
  ) {
    super(
      `${JSON.stringify(fields.invalidName.slice(0, 100))} is not a valid name of a ${fields.subject}: use lower-case letters, digits, "-" and ".", at most 253 characters, and begin and end with a letter or digit (RFC 1123).`,
      options,
    );
    this.subject = fields.subject;
    this.invalidName = fields.invalidName;
  }

  static override isInstance(error: unknown): error is InvalidNameError {
    return hasErrorCode(error, "InvalidName");
  }
}
