import {
  type CallOptions,
  type Clock,
  isForbidden,
  type KubevirtConfig,
  type Logger,
  pickFields,
  type Random,
  type Reflector,
  type ReflectorEvent,
  type Resource,
  sleep,
  startReflector,
  type SupervisorClient,
} from "@kvop/core";

import { failureReason } from "../state/failure-reason.js";
import type { ConfigReader } from "./config-reader.js";

/** Settings of {@link ConfigFollower}. */
export interface ConfigFollowerOptions {
  readonly client: SupervisorClient;
  readonly reader: ConfigReader;
  readonly configNamespace: string;
  readonly onEvent: (event: ReflectorEvent<KubevirtConfig>) => void;
  /** Called when all of them were seen: first, and after each list anew. */
  readonly onSynced: () => void;
  /** Called when they may not be listed: each has to be followed by its name. */
  readonly onForbidden: () => void;
  /** Milliseconds between two reads where watching is not allowed. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Until the supervisor says how KubevirtConfigs are served, it is asked so often. */
const DISCOVERY_DELAY_MS = 5000;
/** Whoever needs one config reads it when they have not all come by then. */
const SYNC_WAIT_MS = 5000;

/** Follows the KubevirtConfigs of a supervisor: those of `configNamespace` where they are namespaced. */
export class ConfigFollower implements AsyncDisposable {
  readonly #options: ConfigFollowerOptions;
  readonly #abort = new AbortController();
  #reflector: Reflector<KubevirtConfig> | undefined;
  #starting: Promise<void> | undefined;
  #isForbidden = false;

  constructor(options: ConfigFollowerOptions) {
    this.#options = options;
  }

  /** The config as last seen. */
  get(name: string): KubevirtConfig | undefined {
    const { reader, configNamespace } = this.#options;
    const namespace = reader.scope?.namespaced === true ? configNamespace : undefined;
    return this.#reflector?.get({ name, namespace });
  }

  /** The config as last seen, or read where they cannot be followed. */
  async read(
    name: string,
    call: CallOptions,
  ): Promise<{
    readonly config: KubevirtConfig | undefined;
    readonly resource: Resource<KubevirtConfig>;
  }> {
    const { reader } = this.#options;
    const resource = await reader.resolveScope(call);
    const { signal } = call;
    const isSynced = await this.#reflector?.waitForSync({ signal, timeoutMs: SYNC_WAIT_MS }).then(
      () => true,
      () => false,
    );
    if (isSynced !== true) return { config: await reader.readConfig(name, call), resource };
    return { config: this.get(name), resource };
  }

  start(): void {
    this.#starting ??= this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#starting;
    await this.#reflector?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    const { reader, clock, logger } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        this.#reflector = this.#follow(await reader.resolveScope({ signal }));
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.debug({ reason: failureReason(error) }, "KubevirtConfigs cannot be followed yet");
        await sleep(clock, DISCOVERY_DELAY_MS, { signal, background: true }).catch(() => undefined);
      }
    }
  }

  #follow(resource: Resource<KubevirtConfig>): Reflector<KubevirtConfig> {
    const { client, configNamespace, onEvent, pollIntervalMs, logger } = this.#options;
    return startReflector({
      connect: () => Promise.resolve(client),
      resource,
      namespace: resource.namespaced ? configNamespace : undefined,
      initialList: "streaming",
      transform: pickFields(["spec", "status"]),
      pollIntervalMs,
      onEvent,
      onSynced: this.#options.onSynced,
      onModeChange: (mode, error) => {
        const fields = { resource: resource.plural, reason: failureReason(error) };
        if (mode === "polling")
          logger.warn(fields, "KubevirtConfigs may not be watched and are read from time to time");
        else logger.info(fields, "KubevirtConfigs are watched again");
      },
      onError: (error) => {
        const fields = { resource: resource.plural, reason: failureReason(error) };
        if (isForbidden(error)) this.#tellForbidden(fields);
        else logger.debug(fields, "a watch of KubevirtConfigs ended");
      },
      clock: this.#options.clock,
      random: this.#options.random,
      logger,
    });
  }

  #tellForbidden(fields: object): void {
    if (this.#isForbidden) return;
    this.#isForbidden = true;
    const message =
      "KubevirtConfigs may not be listed: those in use are followed by name, others not";
    this.#options.logger.warn(fields, message);
    this.#options.onForbidden();
  }
}
