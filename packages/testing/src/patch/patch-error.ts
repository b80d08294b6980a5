import { hasErrorCode, KvopError } from "@kvop/core";

/** Why a patch cannot be applied. See {@link PatchError} for the status that each stands for. */
export type PatchErrorKind =
  | "malformed"
  | "invalid-operation"
  | "missing-path"
  | "test-failed"
  | "too-many"
  | "internal";

/** What a kube-apiserver says to its client whatever the operation was that failed. */
const REJECTED = "the server rejected our request due to an error in our request";

/**
 * A patch that cannot be applied. `message` is what the kube-apiserver puts into `Status.message`; `detail` says what
 * is wrong with the patch, which the server keeps to itself for code 422.
 *
 * | kind | code | reason |
 * |---|---|---|
 * | `malformed` | 400 | `BadRequest` |
 * | `too-many` | 413 | `RequestEntityTooLarge` |
 * | `invalid-operation`, `missing-path`, `test-failed` | 422 | `Invalid`, with empty `details` |
 * | `internal` | 500 | none: the server gives the bare message |
 */
export class PatchError extends KvopError {
  readonly code = "PatchFailed";
  readonly isRetryable = false;
  readonly kind: PatchErrorKind;
  /** HTTP status code with which an API server answers. */
  readonly statusCode: 400 | 413 | 422 | 500;
  /** `Status.reason`; undefined for `internal`. */
  readonly reason: "BadRequest" | "RequestEntityTooLarge" | "Invalid" | undefined;
  readonly detail: string;

  constructor(kind: PatchErrorKind, detail: string) {
    const { statusCode, reason } = STATUS[kind];
    super(statusCode === 422 ? REJECTED : detail);
    this.kind = kind;
    this.statusCode = statusCode;
    this.reason = reason;
    this.detail = detail;
  }

  static override isInstance(error: unknown): error is PatchError {
    return hasErrorCode(error, "PatchFailed");
  }
}

const STATUS: Readonly<Record<PatchErrorKind, Pick<PatchError, "statusCode" | "reason">>> = {
  malformed: { statusCode: 400, reason: "BadRequest" },
  "too-many": { statusCode: 413, reason: "RequestEntityTooLarge" },
  "invalid-operation": { statusCode: 422, reason: "Invalid" },
  "missing-path": { statusCode: 422, reason: "Invalid" },
  "test-failed": { statusCode: 422, reason: "Invalid" },
  internal: { statusCode: 500, reason: undefined },
};
