import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** A kubeconfig asks for something that kvop never does for a kubeconfig from a Secret. */
export class KubeconfigRefusedError extends KvopError {
  readonly code = "KubeconfigRefused";
  readonly isRetryable = false;
  /** Stable name of the rule, for example `exec` or `insecure-skip-tls-verify`. */
  readonly rule: string;
  /** What the rule says, and what to use in its place. */
  readonly reason: string;

  constructor(
    fields: {
      readonly rule: string;
      readonly reason: string;
      /** Whose kubeconfig it is. Default: `The kubeconfig`. */
      readonly subject?: string | undefined;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `${fields.subject ?? "The kubeconfig"} is refused by rule "${fields.rule}": ${fields.reason}`,
      options,
    );
    this.rule = fields.rule;
    this.reason = fields.reason;
  }

  static override isInstance(error: unknown): error is KubeconfigRefusedError {
    return hasErrorCode(error, "KubeconfigRefused");
  }
}
