import { hasErrorCode, KvopError, type KvopErrorOptions } from "@kvop/core";

/** A text of manifests cannot be taken in. It never quotes the text, which may hold Secrets. */
export class ManifestInvalidError extends KvopError {
  readonly code = "ManifestInvalid";
  readonly isRetryable = false;
  /** Counts the documents of the text, from 1; 0: the text as a whole. */
  readonly document: number;
  readonly problem: string;

  constructor(
    fields: { readonly document: number; readonly problem: string },
    options: KvopErrorOptions = {},
  ) {
    const where = fields.document === 0 ? "The manifests" : `Document ${fields.document}`;
    super(`${where} cannot be imported: ${fields.problem}.`, options);
    this.document = fields.document;
    this.problem = fields.problem;
  }

  static override isInstance(error: unknown): error is ManifestInvalidError {
    return hasErrorCode(error, "ManifestInvalid");
  }
}
