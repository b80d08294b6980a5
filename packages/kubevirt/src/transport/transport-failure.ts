import {
  ConnectionFailedError,
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
}

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|CRL_)/;
/** What the peer sent is not what it had agreed to speak. */
const PROTOCOL_CODE =
  /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT)|ERR_HTTP2_(ERROR|TOO_MANY|HEADERS))/;
/** The peer has ended a stream or connection. */
const CLOSED_CODE = /^(UND_ERR_(SOCKET|CLOSED|DESTROYED|INFO)|ERR_HTTP2_|ERR_STREAM_)/;

/** The typed error for what the HTTP library rejected with. */
export function transportFailure(error: unknown, context: FailureContext): Error {
  // The policy speaks in the lookup of a dial, and its word is the answer.
  const own = ownError(error);
  if (own !== undefined) return own;
  const { cluster, address } = context;
  const code = codeOf(error);
  const cause = summaryOf(error, code);
  if (code !== undefined && TLS_CODE.test(code))
    return new TlsFailedError({ cluster, address, tlsCode: code }, { cause });
  if (code !== undefined && PROTOCOL_CODE.test(code)) {
    const problem = "it is not HTTP that can be read";
    return new UnexpectedResponseError({ cluster, httpStatus: 0, problem }, { cause });
  }
  const systemCode = code === undefined || CLOSED_CODE.test(code) ? "ECONNRESET" : code;
  return new ConnectionFailedError({ cluster, address, systemCode }, { cause });
}

/** Whether an open connection was lost: such a request may be sent again when it changes nothing. */
export function isConnectionLost(error: unknown): boolean {
  return (
    ConnectionFailedError.isInstance(error) &&
    (error.systemCode === "ECONNRESET" || error.systemCode === "EPIPE")
  );
}

/** The libraries hang sockets, certificates and pieces of answers on their errors; only the words go on. */
function summaryOf(error: unknown, code: string | undefined): Error {
  const summary = new Error(error instanceof Error ? error.message : "unknown error");
  return code === undefined ? summary : Object.assign(summary, { code });
}

function ownError(error: unknown): KvopError | undefined {
  if (KvopError.isInstance(error)) return error;
  const { cause } = error as { cause?: unknown };
  return KvopError.isInstance(cause) ? cause : undefined;
}

function codeOf(error: unknown): string | undefined {
  // Several addresses of one name fail as an AggregateError, whose parts say why.
  const [first] = (error as { errors?: unknown[] }).errors ?? [];
  // Undici leaves its parser's errors without a code where it has no name for the kind.
  if ((error as { name?: unknown }).name === "HTTPParserError") return "HPE_INVALID";
  for (const candidate of [error, first, (error as { cause?: unknown }).cause]) {
    const code = (candidate as { code?: unknown } | undefined)?.code;
    if (typeof code === "string") return code;
  }
  return undefined;
}
