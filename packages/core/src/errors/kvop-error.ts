/** What every error of kvop takes. */
export interface KvopErrorOptions {
  readonly cause?: unknown;
}

/**
 * Base of every error that kvop raises. `code` is stable across versions; `message` says what to do next and never holds a
 * credential.
 */
export abstract class KvopError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  abstract readonly isRetryable: boolean;
  /** Tells kvop's errors from others, whichever copy of the package they come from. */
  readonly isKvopError = true;

  constructor(message: string, options: KvopErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }

  /** True for every error of kvop, also when it comes from another copy of the package. */
  static isInstance(error: unknown): error is KvopError {
    return (
      typeof error === "object" &&
      error !== null &&
      "isKvopError" in error &&
      error.isKvopError === true
    );
  }
}

/** True when `error` is one of kvop's with that code, also when it comes from another copy of the package. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return KvopError.isInstance(error) && error.code === code;
}
