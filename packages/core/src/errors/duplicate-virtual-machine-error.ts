import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** The Machine's VirtualMachine was found on more than one cluster. */
export class DuplicateVirtualMachineError extends KvopError {
  readonly code = "DuplicateVirtualMachine";
  readonly isRetryable = false;
  /** `namespace/name`. */
  readonly machine: string;
  readonly configNames: readonly string[];

  constructor(
    fields: { readonly machine: string; readonly configNames: readonly string[] },
    options: KvopErrorOptions = {},
  ) {
    super(
      `The VirtualMachine of Machine "${fields.machine}" is on several clusters (${fields.configNames.join(", ")}). Nothing was touched. Remove the one that is not wanted, or name the right cluster in the annotation vitistack.io/kubevirt-config.`,
      options,
    );
    this.machine = fields.machine;
    this.configNames = fields.configNames;
  }

  static override isInstance(error: unknown): error is DuplicateVirtualMachineError {
    return hasErrorCode(error, "DuplicateVirtualMachine");
  }
}
