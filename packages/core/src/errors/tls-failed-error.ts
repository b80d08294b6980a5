import { hasErrorCode, type KvopErrorOptions } from "./kvop-error.js";
import { TransportError } from "./transport-error.js";

/** The server's certificate or the TLS handshake was not accepted. */
export class TlsFailedError extends TransportError {
  readonly code = "TlsFailed";
  readonly isRetryable = false;
  /** Name of the client: the config's name, or `supervisor`. */
  readonly cluster: string;
  /** `host:port`. */
  readonly address: string;
  /** Code of Node or OpenSSL, for example `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly tlsCode: string;

  constructor(
    fields: { readonly cluster: string; readonly address: string; readonly tlsCode: string },
    options: KvopErrorOptions = {},
  ) {
    super(
      `TLS with cluster "${fields.cluster}" at ${fields.address} failed (${fields.tlsCode}). Check certificate-authority-data, the server name and the validity of the certificates.`,
      options,
    );
    this.cluster = fields.cluster;
    this.address = fields.address;
    this.tlsCode = fields.tlsCode;
  }

  static override isInstance(error: unknown): error is TlsFailedError {
    return hasErrorCode(error, "TlsFailed");
  }
}
