import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** The recorded placement of a Machine contradicts its annotation or the cluster. */
export class PlacementConflictError extends KvopError {
  readonly code = "PlacementConflict";
  readonly isRetryable = false;
  /** `namespace/name`. */
  readonly machine: string;
  /** Value of the annotation kvop.dev/placement. */
  readonly recorded: string;
  readonly reason: string;

  constructor(
    fields: { readonly machine: string; readonly recorded: string; readonly reason: string },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Machine "${fields.machine}" is recorded at "${fields.recorded}" (annotation kvop.dev/placement), but ${fields.reason}. Nothing was touched. Put the annotation vitistack.io/kubevirt-config back, or remove kvop.dev/placement once no VirtualMachine of this Machine is left there.`,
      options,
    );
    this.machine = fields.machine;
    this.recorded = fields.recorded;
    this.reason = fields.reason;
  }

  static override isInstance(error: unknown): error is PlacementConflictError {
    return hasErrorCode(error, "PlacementConflict");
  }
}
