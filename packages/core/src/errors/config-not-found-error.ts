import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** No KubevirtConfig of that name. */
export class ConfigNotFoundError extends KvopError {
  readonly code = "ConfigNotFound";
  readonly isRetryable = false;
  readonly configName: string;
  /** Namespace that was searched; undefined for a cluster-scoped resource. */
  readonly configNamespace: string | undefined;

  constructor(
    fields: { readonly configName: string; readonly configNamespace?: string | undefined },
    options: KvopErrorOptions = {},
  ) {
    super(
      `KubevirtConfig "${fields.configName}" was not found${fields.configNamespace === undefined ? "" : ` in namespace "${fields.configNamespace}"`}. Create it, or correct the name in the annotation vitistack.io/kubevirt-config or in the default config.`,
      options,
    );
    this.configName = fields.configName;
    this.configNamespace = fields.configNamespace;
  }

  static override isInstance(error: unknown): error is ConfigNotFoundError {
    return hasErrorCode(error, "ConfigNotFound");
  }
}
