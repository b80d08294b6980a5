import { hasErrorCode, KvopError } from "@kvop/core";

/** A value does not fit its schema: a key of a list is missing, a field is unknown. The message is the real server's. */
export class TypedValueError extends KvopError {
  readonly code = "TypedValue";
  readonly isRetryable = false;
  readonly problems: readonly string[];

  /** @param problems each with its path in front */
  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? String(problems[0])
        : ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n"),
    );
    this.problems = problems;
  }

  static override isInstance(error: unknown): error is TypedValueError {
    return hasErrorCode(error, "TypedValue");
  }
}
