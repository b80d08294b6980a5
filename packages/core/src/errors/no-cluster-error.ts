import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** There is no KubevirtConfig at all. */
export class NoClusterError extends KvopError {
  readonly code = "NoCluster";
  readonly isRetryable = false;
  readonly configNamespace: string;

  constructor(fields: { readonly configNamespace: string }, options: KvopErrorOptions = {}) {
    super(
      `There is no KubevirtConfig (looked for cluster-scoped ones and in namespace "${fields.configNamespace}"). Create one that names the Secret with a cluster's kubeconfig.`,
      options,
    );
    this.configNamespace = fields.configNamespace;
  }

  static override isInstance(error: unknown): error is NoClusterError {
    return hasErrorCode(error, "NoCluster");
  }
}
