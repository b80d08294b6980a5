import {
  type CallOptions,
  checkObjectName,
  ConfigNotFoundError,
  isNotFound,
  KubevirtConfig,
  type Resource,
  Secret,
  SecretKeyMissingError,
  SecretNamespaceForbiddenError,
  SecretNotFoundError,
  type SupervisorClient,
} from "@kvop/core";

import { decodeBase64 } from "../policy/decode-base64.js";
import {
  discoverConfigScope,
  isObjectNotFound,
  namespacedKubevirtConfig,
} from "./discover-config-scope.js";

/** Settings of {@link ConfigReader}. */
export interface ConfigReaderOptions {
  readonly configNamespace: string;
  /** Namespaces from which kubeconfig Secrets are read, beside `configNamespace`. */
  readonly secretNamespaces: readonly string[];
}

/** Key of a kubeconfig in its Secret. */
const KUBECONFIG_KEY = "kubeconfig";

/** Reads KubevirtConfigs and their kubeconfig Secrets from the supervisor; keeps nothing but the scope of the CRD. */
export class ConfigReader {
  readonly #client: SupervisorClient;
  readonly #options: ConfigReaderOptions;
  #scope: Resource<KubevirtConfig> | undefined;
  #discovery: Promise<Resource<KubevirtConfig>> | undefined;

  constructor(client: SupervisorClient, options: ConfigReaderOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** All configs, sorted by name. */
  async list(options: CallOptions = {}): Promise<KubevirtConfig[]> {
    const scope = this.#scope ?? (await this.#discover(options));
    const { items } = await this.#client.list(scope, {
      ...options,
      ...(scope.namespaced ? { namespace: this.#options.configNamespace } : {}),
    });
    return items.sort((a, b) => compareText(a.metadata?.name ?? "", b.metadata?.name ?? ""));
  }

  /**
   * One config. The first read takes the CRD for cluster-scoped, as it is today, and asks discovery only when that leads
   * nowhere: so a cold config costs two reads.
   *
   * @throws ConfigNotFoundError, InvalidNameError
   */
  async readConfig(name: string, options: CallOptions = {}): Promise<KubevirtConfig> {
    checkObjectName(name, "KubevirtConfig");
    try {
      return await this.#getConfig(this.#scope ?? KubevirtConfig, name, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (this.#scope === undefined && isObjectNotFound(error)) this.#scope = KubevirtConfig;
      if (this.#scope !== undefined) throw this.#configNotFound(name, error);
    }
    try {
      return await this.#getConfig(await this.#discover(options), name, options);
    } catch (error) {
      throw isNotFound(error) ? this.#configNotFound(name, error) : error;
    }
  }

  /**
   * The text of a config's kubeconfig.
   *
   * @throws SecretNamespaceForbiddenError, SecretNotFoundError, SecretKeyMissingError, InvalidNameError
   */
  async readKubeconfig(config: KubevirtConfig, options: CallOptions = {}): Promise<string> {
    const configName = config.metadata?.name ?? "";
    const secretName = config.spec?.kubeconfigSecretRef;
    checkObjectName(secretName ?? "", "Secret (spec.kubeconfigSecretRef)");
    const secretNamespace = this.#secretNamespaceOf(config);
    let secret: Secret;
    try {
      secret = await this.#client.get(
        Secret,
        { namespace: secretNamespace, name: secretName ?? "" },
        options,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const name = secretName ?? "";
      throw new SecretNotFoundError(
        { configName, secretNamespace, secretName: name },
        { cause: error },
      );
    }
    const data = secret.data?.[KUBECONFIG_KEY];
    if (data === undefined || data === "") {
      throw new SecretKeyMissingError({
        configName,
        secretNamespace,
        secretName: secretName ?? "",
        key: KUBECONFIG_KEY,
      });
    }
    return decodeBase64("the Secret's data", data);
  }

  #secretNamespaceOf(config: KubevirtConfig): string {
    const { configNamespace } = this.#options;
    const own = config.spec?.secretNamespace;
    const secretNamespace =
      own === undefined || own === "" ? (config.metadata?.namespace ?? configNamespace) : own;
    const allowedNamespaces = [...new Set([configNamespace, ...this.#options.secretNamespaces])];
    if (!allowedNamespaces.includes(secretNamespace)) {
      const configName = config.metadata?.name ?? "";
      throw new SecretNamespaceForbiddenError({ configName, secretNamespace, allowedNamespaces });
    }
    return secretNamespace;
  }

  async #getConfig(
    scope: Resource<KubevirtConfig>,
    name: string,
    options: CallOptions,
  ): Promise<KubevirtConfig> {
    const namespace = scope.namespaced ? this.#options.configNamespace : undefined;
    const config = await this.#client.get(scope, { namespace, name }, options);
    this.#scope = scope;
    return config;
  }

  /** One discovery for any number of callers; not remembered when it fails. */
  async #discover(options: CallOptions): Promise<Resource<KubevirtConfig>> {
    this.#discovery ??= discoverConfigScope(this.#client, { timeoutMs: options.timeoutMs });
    try {
      this.#scope = await this.#discovery;
      return this.#scope;
    } finally {
      this.#discovery = undefined;
    }
  }

  #configNotFound(configName: string, cause: unknown): ConfigNotFoundError {
    const configNamespace =
      this.#scope === namespacedKubevirtConfig ? this.#options.configNamespace : undefined;
    return new ConfigNotFoundError({ configName, configNamespace }, { cause });
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
