import type { Status } from "../client/status.js";
import { hasErrorCode, KvopError } from "./kvop-error.js";

/** The API server answered with a failure. */
export class ApiError extends KvopError {
  readonly code = "ApiError";
  readonly isRetryable: boolean;
  readonly httpStatus: number;
  /** `metav1.StatusReason`: `NotFound`, `AlreadyExists`, `Conflict`, ... */
  readonly reason: string;
  readonly status: Status;
  /** What the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: Status,
    options: {
      readonly httpStatus: number;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
      /** For people, where the server's own says too little. Default: the server's. */
      readonly message?: string | undefined;
    },
  ) {
    super(
      options.message ??
        status.message ??
        `The API server answered with status ${options.httpStatus}.`,
      options,
    );
    this.status = status;
    this.httpStatus = options.httpStatus;
    this.reason = status.reason ?? reasonOf(options.httpStatus);
    this.retryAfterMs =
      options.retryAfterMs ??
      (status.details?.retryAfterSeconds === undefined
        ? undefined
        : status.details.retryAfterSeconds * 1000);
    this.isRetryable =
      [409, 429, 500, 502, 503, 504].includes(options.httpStatus) &&
      this.reason !== "AlreadyExists";
  }

  static override isInstance(error: unknown): error is ApiError {
    return hasErrorCode(error, "ApiError");
  }
}

const hasReason =
  (reason: string) =>
  (error: unknown): error is ApiError =>
    ApiError.isInstance(error) && error.reason === reason;

/** The object, or its resource or namespace, is not there (404). */
export const isNotFound = hasReason("NotFound");
/** An object of that name is there already (409). */
export const isAlreadyExists = hasReason("AlreadyExists");
/** Somebody else changed the object first, or a precondition does not hold (409). */
export const isConflict = hasReason("Conflict");
/** The server does not accept the object (422). */
export const isInvalid = hasReason("Invalid");
/** The resource version asked for is no longer kept (410, reason `Expired`) or the resource is gone (410, `Gone`). */
export const isGone = (error: unknown): error is ApiError =>
  ApiError.isInstance(error) && (error.reason === "Expired" || error.reason === "Gone");
/** The client's identity may not do this (403). */
export const isForbidden = hasReason("Forbidden");
/** The client's credentials are not accepted (401). */
export const isUnauthorized = hasReason("Unauthorized");
/** The server asks to slow down (429). */
export const isTooManyRequests = hasReason("TooManyRequests");
/** The server cannot serve at the moment (503). */
export const isServiceUnavailable = hasReason("ServiceUnavailable");
/** The server gave up on the request (504, reason `Timeout`). */
export const isServerTimeout = hasReason("Timeout");

/** The reason that the API machinery gives to a status without one. */
function reasonOf(httpStatus: number): string {
  const reasons: Readonly<Record<number, string>> = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Gone",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
  };
  return reasons[httpStatus] ?? "Unknown";
}
