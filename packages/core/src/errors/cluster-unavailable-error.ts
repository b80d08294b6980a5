import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** The cluster is known to be unusable at the moment; the last failure is the cause. */
export class ClusterUnavailableError extends KvopError {
  readonly code = "ClusterUnavailable";
  readonly isRetryable = true;
  readonly configName: string;
  /** Wall time of the next try. */
  readonly retryAtMs: number;

  constructor(
    fields: { readonly configName: string; readonly retryAtMs: number },
    options: KvopErrorOptions = {},
  ) {
    super(
      `The cluster of KubevirtConfig "${fields.configName}" cannot be used at the moment; it is tried again by itself. See the cause of this error.`,
      options,
    );
    this.configName = fields.configName;
    this.retryAtMs = fields.retryAtMs;
  }

  static override isInstance(error: unknown): error is ClusterUnavailableError {
    return hasErrorCode(error, "ClusterUnavailable");
  }
}
