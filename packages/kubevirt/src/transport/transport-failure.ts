import {
  ConnectionFailedError,
  DeadlineExceededError,
  KvopError,
  TlsFailedError,
  UnexpectedResponseError,
} from "@kvop/core";

/** Whom an error is about. */
export interface FailureContext {
  /** Name of the client. */
  readonly cluster: string;
  /** `host:port`. */
  readonly address: string;
  readonly connectTimeoutMs: number;
}

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|CRL_)/;

/** The typed error for what the HTTP library rejected with. */
export function transportFailure(error: unknown, context: FailureContext): Error {
  // The policy speaks in the lookup of a dial, and its word is the answer.
  const own = ownError(error);
  if (own !== undefined) return own;
  const { cluster, address } = context;
  const code = codeOf(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT") {
    const timeoutMs = context.connectTimeoutMs;
    return new DeadlineExceededError({ cluster, timeoutMs, phase: "connect" }, { cause: error });
  }
  if (code !== undefined && TLS_CODE.test(code))
    return new TlsFailedError({ cluster, address, tlsCode: code }, { cause: error });
  if (code !== undefined && /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT))/.test(code)) {
    const problem = "it is not HTTP that can be read";
    return new UnexpectedResponseError({ cluster, httpStatus: 0, problem }, { cause: error });
  }
  const systemCode = code === "UND_ERR_SOCKET" ? "ECONNRESET" : code;
  return new ConnectionFailedError({ cluster, address, systemCode }, { cause: error });
}

/** Whether an open connection was lost: such a request may be sent again when it changes nothing. */
export function isConnectionLost(error: unknown): boolean {
  return (
    ConnectionFailedError.isInstance(error) &&
    (error.systemCode === "ECONNRESET" || error.systemCode === "EPIPE")
  );
}

function ownError(error: unknown): KvopError | undefined {
  if (KvopError.isInstance(error)) return error;
  const { cause } = error as { cause?: unknown };
  return KvopError.isInstance(cause) ? cause : undefined;
}

function codeOf(error: unknown): string | undefined {
  // Several addresses of one name fail as an AggregateError, whose parts say why.
  const [first] = (error as { errors?: unknown[] }).errors ?? [];
  for (const candidate of [error, first, (error as { cause?: unknown }).cause]) {
    const code = (candidate as { code?: unknown } | undefined)?.code;
    if (typeof code === "string") return code;
  }
  return undefined;
}
