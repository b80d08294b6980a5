import {
  type CallOptions,
  checkObjectName,
  type Clock,
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

import { createHash } from "node:crypto";

import { abortable } from "../link/abortable.js";
import { timeLeft } from "../link/time-left.js";
import { decodeBase64 } from "../policy/decode-base64.js";
import {
  discoverConfigScope,
  isObjectNotFound,
  namespacedKubevirtConfig,
} from "./discover-config-scope.js";
import type { SecretKey } from "./secret-key.js";

/** Settings of {@link ConfigReader}. */
export interface ConfigReaderOptions {
  readonly configNamespace: string;
  /** Namespaces from which kubeconfig Secrets are read, beside `configNamespace`. */
  readonly secretNamespaces: readonly string[];
  readonly clock: Clock;
}

/** Key of a kubeconfig in its Secret. */
const KUBECONFIG_KEY = "kubeconfig";

/** A kubeconfig as it was read from its Secret. It holds credentials: it is parsed at once and not kept. */
export interface KubeconfigSource {
  readonly text: string;
  /** Of the text: tells a real change from a rewrite. */
  readonly fingerprint: string;
  /** Of the Secret, to watch it from. */
  readonly resourceVersion: string | undefined;
}

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

  /** The resource as it is served here, once that is known. */
  get scope(): Resource<KubevirtConfig> | undefined {
    return this.#scope;
  }

  /** The resource as it is served here: in a namespace or not. */
  async resolveScope(options: CallOptions = {}): Promise<Resource<KubevirtConfig>> {
    return this.#scope ?? (await this.#discover(options));
  }

  /** All configs, sorted by name. */
  async list(options: CallOptions = {}): Promise<KubevirtConfig[]> {
    const left = timeLeft(options, this.#options.clock);
    const scope = await this.resolveScope(left());
    const { items } = await this.#client.list(scope, {
      ...left(),
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
    const left = timeLeft(options, this.#options.clock);
    try {
      return await this.#getConfig(this.#scope ?? KubevirtConfig, name, left());
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (this.#scope === undefined && isObjectNotFound(error)) this.#scope = KubevirtConfig;
      if (this.#scope !== undefined) throw this.#configNotFound(name, error);
    }
    try {
      return await this.#getConfig(await this.#discover(left()), name, left());
    } catch (error) {
      throw isNotFound(error) ? this.#configNotFound(name, error) : error;
    }
  }

  /**
   * Where a config's kubeconfig is.
   *
   * @throws SecretNamespaceForbiddenError, InvalidNameError
   */
  secretKeyOf(config: KubevirtConfig): SecretKey {
    const name = config.spec?.kubeconfigSecretRef ?? "";
    checkObjectName(name, "Secret (spec.kubeconfigSecretRef)");
    const { configNamespace } = this.#options;
    const own = config.spec?.secretNamespace;
    const namespace =
      own === undefined || own === "" ? (config.metadata?.namespace ?? configNamespace) : own;
    const allowedNamespaces = [...new Set([configNamespace, ...this.#options.secretNamespaces])];
    if (!allowedNamespaces.includes(namespace)) {
      const configName = config.metadata?.name ?? "";
      const fields = { configName, secretNamespace: namespace, allowedNamespaces };
      throw new SecretNamespaceForbiddenError(fields);
    }
    return { namespace, name };
  }

  /**
   * A config's kubeconfig.
   *
   * @throws SecretNamespaceForbiddenError, SecretNotFoundError, SecretKeyMissingError, InvalidNameError
   */
  async readKubeconfig(
    config: KubevirtConfig,
    options: CallOptions = {},
  ): Promise<KubeconfigSource> {
    const key = this.secretKeyOf(config);
    const configName = config.metadata?.name ?? "";
    const fields = { configName, secretNamespace: key.namespace, secretName: key.name };
    let secret: Secret;
    try {
      secret = await this.#client.get(Secret, key, options);
    } catch (error) {
      throw isNotFound(error) ? new SecretNotFoundError(fields, { cause: error }) : error;
    }
    const fingerprint = kubeconfigFingerprint(secret);
    if (fingerprint === undefined)
      throw new SecretKeyMissingError({ ...fields, key: KUBECONFIG_KEY });
    return {
      text: decodeBase64("the Secret's data", secret.data?.[KUBECONFIG_KEY] ?? ""),
      fingerprint,
      resourceVersion: secret.metadata?.resourceVersion,
    };
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

  /** One discovery for any number of callers, each of which waits as long as it likes; not remembered when it fails. */
  #discover({ signal, timeoutMs }: CallOptions): Promise<Resource<KubevirtConfig>> {
    const discovery = (this.#discovery ??= this.#runDiscovery());
    // Everybody may have left before it fails.
    discovery.catch(() => undefined);
    const { clock } = this.#options;
    const wait = { signal, timeoutMs, clock, cluster: this.#client.name };
    return abortable(discovery, { ...wait, phase: "discovery of KubevirtConfigs" });
  }

  async #runDiscovery(): Promise<Resource<KubevirtConfig>> {
    try {
      this.#scope = await discoverConfigScope(this.#client);
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

/** A hash of the kubeconfig in a Secret, however its base64 is broken into lines; undefined when there is none. */
export function kubeconfigFingerprint(secret: Secret | undefined): string | undefined {
  const data = secret?.data?.[KUBECONFIG_KEY];
  if (data === undefined || data === "") return undefined;
  return createHash("sha256").update(data.replace(/\s/g, "")).digest("base64url");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
