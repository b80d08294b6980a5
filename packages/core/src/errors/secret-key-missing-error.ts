import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** The kubeconfig Secret has no kubeconfig under the expected key. */
export class SecretKeyMissingError extends KvopError {
  readonly code = "SecretKeyMissing";
  readonly isRetryable = false;
  readonly configName: string;
  readonly secretNamespace: string;
  readonly secretName: string;
  readonly key: string;

  constructor(
    fields: {
      readonly configName: string;
      readonly secretNamespace: string;
      readonly secretName: string;
      readonly key: string;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Secret "${fields.secretNamespace}/${fields.secretName}" of KubevirtConfig "${fields.configName}" has no key "${fields.key}". Put the cluster's kubeconfig there.`,
      options,
    );
    this.configName = fields.configName;
    this.secretNamespace = fields.secretNamespace;
    this.secretName = fields.secretName;
    this.key = fields.key;
  }

  static override isInstance(error: unknown): error is SecretKeyMissingError {
    return hasErrorCode(error, "SecretKeyMissing");
  }
}
