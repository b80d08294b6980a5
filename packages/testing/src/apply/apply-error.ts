import { hasErrorCode, KvopError } from "@kvop/core";

/**
 * A configuration that cannot be applied, whatever the stored object is. `message` is the real server's.
 *
 * | kind | code | reason |
 * |---|---|---|
 * | `bad-request` | 400 | `BadRequest` |
 * | `untyped` (it does not fit the schema) | 500 | none |
 */
export class ApplyError extends KvopError {
  readonly code = "ApplyRefused";
  readonly isRetryable = false;
  readonly kind: "bad-request" | "untyped";
  /** HTTP status code with which an API server answers. */
  readonly statusCode: 400 | 500;

  constructor(kind: ApplyError["kind"], message: string) {
    super(message);
    this.kind = kind;
    this.statusCode = kind === "bad-request" ? 400 : 500;
  }

  static override isInstance(error: unknown): error is ApplyError {
    return hasErrorCode(error, "ApplyRefused");
  }
}
