import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** Several clusters could take the Machine and nothing says which. */
export class AmbiguousClusterError extends KvopError {
  readonly code = "AmbiguousCluster";
  readonly isRetryable = false;
  /** `namespace/name`. */
  readonly machine: string;
  readonly configNames: readonly string[];

  constructor(
    fields: { readonly machine: string; readonly configNames: readonly string[] },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Machine "${fields.machine}" names no cluster and there are ${fields.configNames.length} KubevirtConfigs (${fields.configNames.slice(0, 10).join(", ")}${fields.configNames.length > 10 ? ", ..." : ""}). Set the annotation vitistack.io/kubevirt-config on the Machine to one of them, or configure a default.`,
      options,
    );
    this.machine = fields.machine;
    this.configNames = fields.configNames;
  }

  static override isInstance(error: unknown): error is AmbiguousClusterError {
    return hasErrorCode(error, "AmbiguousCluster");
  }
}
