import { hasErrorCode, KvopError, type KvopErrorOptions } from "@kvop/core";

/** Types of the conditions that the reconciler sets on a Machine. */
export type MachineConditionType =
  | "Ready"
  | "ConfigResolved"
  | "ClusterReachable"
  | "DisksReady"
  | "NetworkReady"
  | "VirtualMachineReady"
  | "Deleting";

/** A step cannot go on for this Machine; the condition says what is missing. */
export class MachineBlockedError extends KvopError {
  readonly code = "MachineBlocked";
  readonly isRetryable = true;
  readonly condition: MachineConditionType;
  /** CamelCase, as it stands in the condition. */
  readonly reason: string;
  /** True while something is under way that needs nobody; false when somebody has to act. */
  readonly isWait: boolean;

  constructor(
    fields: {
      readonly condition: MachineConditionType;
      readonly reason: string;
      readonly message: string;
      readonly isWait?: boolean | undefined;
    },
    options: KvopErrorOptions = {},
  ) {
    super(fields.message, options);
    this.condition = fields.condition;
    this.reason = fields.reason;
    this.isWait = fields.isWait ?? false;
  }

  static override isInstance(error: unknown): error is MachineBlockedError {
    return hasErrorCode(error, "MachineBlocked");
  }
}
