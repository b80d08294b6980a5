import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** A kubeconfig cannot be read: it is no YAML, or a part that is needed is missing or malformed. */
export class KubeconfigInvalidError extends KvopError {
  readonly code = "KubeconfigInvalid";
  readonly isRetryable = false;
  /** What is wrong, without a piece of the source. */
  readonly problem: string;
  /** One-based, where known. */
  readonly line: number | undefined;
  /** One-based, where known. */
  readonly column: number | undefined;

  constructor(
    fields: {
      readonly problem: string;
      readonly line?: number | undefined;
      readonly column?: number | undefined;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `The kubeconfig is not valid: ${fields.problem}${fields.line === undefined ? "" : ` (line ${fields.line}${fields.column === undefined ? "" : `, column ${fields.column}`})`}. Replace it by one that kubectl accepts, with certificates and token inline.`,
      options,
    );
    this.problem = fields.problem;
    this.line = fields.line;
    this.column = fields.column;
  }

  static override isInstance(error: unknown): error is KubeconfigInvalidError {
    return hasErrorCode(error, "KubeconfigInvalid");
  }
}
