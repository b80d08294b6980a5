import { KvopError } from "@kvop/core";

/** An object is nested deeper than the API server of this package handles. */
export class JsonTooDeepError extends KvopError {
  readonly code = "JSON_TOO_DEEP";
  readonly isRetryable = false;

  constructor(readonly maxDepth: number) {
    super(`the object is nested deeper than ${maxDepth} levels; send one with less nesting`);
  }
}
