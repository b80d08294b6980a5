import { hasErrorCode, type KvopErrorOptions } from "./kvop-error.js";
import { TransportError } from "./transport-error.js";

/** The answer did not come in time. */
export class DeadlineExceededError extends TransportError {
  readonly code = "DeadlineExceeded";
  readonly isRetryable = true;
  /** Name of the client: the config's name, or `supervisor`. */
  readonly cluster: string;
  readonly timeoutMs: number;
  /** What was waited for: `connect`, `headers`, `body` or `request`. */
  readonly phase: string;

  constructor(
    fields: { readonly cluster: string; readonly timeoutMs: number; readonly phase: string },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Cluster "${fields.cluster}" did not answer within ${fields.timeoutMs} ms (${fields.phase}). Check the API server and the way to it, or give the call a longer timeoutMs.`,
      options,
    );
    this.cluster = fields.cluster;
    this.timeoutMs = fields.timeoutMs;
    this.phase = fields.phase;
  }

  static override isInstance(error: unknown): error is DeadlineExceededError {
    return hasErrorCode(error, "DeadlineExceeded");
  }
}
