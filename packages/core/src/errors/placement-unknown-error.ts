import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** The Machine's VirtualMachine was not found, but some clusters could not be asked. */
export class PlacementUnknownError extends KvopError {
  readonly code = "PlacementUnknown";
  readonly isRetryable = true;
  /** `namespace/name`. */
  readonly machine: string;
  /** Configs of the clusters that could not be asked. */
  readonly unreachable: readonly string[];

  constructor(
    fields: { readonly machine: string; readonly unreachable: readonly string[] },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Whether Machine "${fields.machine}" has a VirtualMachine is unknown, as these clusters could not be asked: ${fields.unreachable.join(", ")}. It is tried again; name the cluster in the annotation vitistack.io/kubevirt-config to go on without them.`,
      options,
    );
    this.machine = fields.machine;
    this.unreachable = fields.unreachable;
  }

  static override isInstance(error: unknown): error is PlacementUnknownError {
    return hasErrorCode(error, "PlacementUnknown");
  }
}
