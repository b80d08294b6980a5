import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** A kubeconfig cannot be read: it is no YAML, or a part that is needed is missing or malformed. */
export class KubeconfigInvalidError extends KvopError {
  readonly code = "KubeconfigInvalid";
  readonly isRetryable = false;
  /** Stable name of the rule that is broken, for example `base64` or `certificate-expired`; undefined when it was not judged by a rule. */
  readonly rule: string | undefined;
  /** What is wrong, without a piece of the source. */
  readonly problem: string;
  /** One-based, where known. */
  readonly line: number | undefined;
  /** One-based, where known. */
  readonly column: number | undefined;

  constructor(
    fields: {
      readonly problem: string;
      readonly rule?: string | undefined;
      readonly line?: number | undefined;
      readonly column?: number | undefined;
      /** Whose kubeconfig it is. Default: `The kubeconfig`. */
      readonly subject?: string | undefined;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `${fields.subject ?? "The kubeconfig"} is not valid${fields.rule === undefined ? "" : ` by rule "${fields.rule}"`}: ${fields.problem}${fields.line === undefined ? "" : ` (line ${fields.line}${fields.column === undefined ? "" : `, column ${fields.column}`})`}. Replace it by one that kubectl accepts, with certificates and token inline.`,
      options,
    );
    this.rule = fields.rule;
    this.problem = fields.problem;
    this.line = fields.line;
    this.column = fields.column;
  }

  static override isInstance(error: unknown): error is KubeconfigInvalidError {
    return hasErrorCode(error, "KubeconfigInvalid");
  }
}
