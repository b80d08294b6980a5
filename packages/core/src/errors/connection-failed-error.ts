import { hasErrorCode, type KvopErrorOptions } from "./kvop-error.js";
import { TransportError } from "./transport-error.js";

/** No connection to the API server, or it was lost in the middle. */
export class ConnectionFailedError extends TransportError {
  readonly code = "ConnectionFailed";
  readonly isRetryable = true;
  /** Name of the client: the config's name, or `supervisor`. */
  readonly cluster: string;
  /** `host:port`. */
  readonly address: string;
  /** `ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`, ... */
  readonly systemCode: string | undefined;

  constructor(
    fields: {
      readonly cluster: string;
      readonly address: string;
      readonly systemCode?: string | undefined;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `No connection to cluster "${fields.cluster}" at ${fields.address}${fields.systemCode === undefined ? "" : ` (${fields.systemCode})`}. Check that the API server runs and that this host can reach it.`,
      options,
    );
    this.cluster = fields.cluster;
    this.address = fields.address;
    this.systemCode = fields.systemCode;
  }

  static override isInstance(error: unknown): error is ConnectionFailedError {
    return hasErrorCode(error, "ConnectionFailed");
  }
}
