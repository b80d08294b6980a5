import { hasErrorCode, KvopError } from "@kvop/core";
import { describeLeak, type Leak } from "./leak.js";

/** A test left something behind. */
export class LeakError extends KvopError {
  readonly code = "Leak";
  readonly isRetryable = false;
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    const count = leaks.length === 1 ? "one thing" : `${leaks.length} things`;
    super(
      `The test left ${count} behind; stop, close or dispose of what it started:\n${leaks.map((leak) => `  ${describeLeak(leak)}`).join("\n")}`,
    );
    this.leaks = leaks;
  }

  static override isInstance(error: unknown): error is LeakError {
    return hasErrorCode(error, "Leak");
  }
}
