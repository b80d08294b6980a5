import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** A KubevirtConfig names a Secret in a namespace from which kubeconfigs are not read. */
export class SecretNamespaceForbiddenError extends KvopError {
  readonly code = "SecretNamespaceForbidden";
  readonly isRetryable = false;
  readonly configName: string;
  readonly secretNamespace: string;
  readonly allowedNamespaces: readonly string[];

  constructor(
    fields: {
      readonly configName: string;
      readonly secretNamespace: string;
      readonly allowedNamespaces: readonly string[];
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `KubevirtConfig "${fields.configName}" names a Secret in namespace "${fields.secretNamespace}", but kubeconfigs are read from ${fields.allowedNamespaces.map((name) => `"${name}"`).join(", ")} alone. Move the Secret, or add the namespace to secretNamespaces.`,
      options,
    );
    this.configName = fields.configName;
    this.secretNamespace = fields.secretNamespace;
    this.allowedNamespaces = fields.allowedNamespaces;
  }

  static override isInstance(error: unknown): error is SecretNamespaceForbiddenError {
    return hasErrorCode(error, "SecretNamespaceForbidden");
  }
}
