import { ApiError } from "@kvop/core";
import { MachineBlockedError, type MachineConditionType } from "./machine-blocked-error.js";

/** Runs a step; what an API server refuses in it is shown in the step's condition. */
export async function duringStep<Result>(
  condition: MachineConditionType,
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (!ApiError.isInstance(error) || error.httpStatus === 401 || error.isRetryable) throw error;
    throw new MachineBlockedError(
      { condition, reason: error.reason, message: error.message },
      { cause: error },
    );
  }
}
