import { hasErrorCode, type KvopErrorOptions } from "./kvop-error.js";
import { TransportError } from "./transport-error.js";

/** The answer is larger than what is accepted. */
export class ResponseTooLargeError extends TransportError {
  readonly code = "ResponseTooLarge";
  readonly isRetryable = false;
  /** Name of the client: the config's name, or `supervisor`. */
  readonly cluster: string;
  readonly maxResponseBytes: number;

  constructor(
    fields: { readonly cluster: string; readonly maxResponseBytes: number },
    options: KvopErrorOptions = {},
  ) {
    super(
      `An answer of cluster "${fields.cluster}" is larger than ${fields.maxResponseBytes} bytes and was cut off. Read in pages, or raise maxResponseBytes.`,
      options,
    );
    this.cluster = fields.cluster;
    this.maxResponseBytes = fields.maxResponseBytes;
  }

  static override isInstance(error: unknown): error is ResponseTooLargeError {
    return hasErrorCode(error, "ResponseTooLarge");
  }
}
