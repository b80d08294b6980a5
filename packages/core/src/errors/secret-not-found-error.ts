import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** The kubeconfig Secret that a KubevirtConfig names is not there. */
export class SecretNotFoundError extends KvopError {
  readonly code = "SecretNotFound";
  readonly isRetryable = false;
  readonly configName: string;
  readonly secretNamespace: string;
  readonly secretName: string;

  constructor(
    fields: {
      readonly configName: string;
      readonly secretNamespace: string;
      readonly secretName: string;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Secret "${fields.secretNamespace}/${fields.secretName}" of KubevirtConfig "${fields.configName}" was not found. Create it with the cluster's kubeconfig under the key "kubeconfig", or correct spec.kubeconfigSecretRef.`,
      options,
    );
    this.configName = fields.configName;
    this.secretNamespace = fields.secretNamespace;
    this.secretName = fields.secretName;
  }

  static override isInstance(error: unknown): error is SecretNotFoundError {
    return hasErrorCode(error, "SecretNotFound");
  }
}
