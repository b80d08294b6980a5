import {
  type CallOptions,
  type Clock,
  isForbidden,
  isNotFound,
  type KubevirtConfig,
  type Logger,
  type Metrics,
  type Resource,
  runWorkers,
  type SupervisorClient,
  WorkQueue,
} from "@kvop/core";

import { isObjectNotFound } from "../configs/discover-config-scope.js";
import type { ClusterState } from "../state/cluster-state.js";
import { failureReason } from "../state/failure-reason.js";
import { buildConfigStatus, isShown } from "./config-status.js";

/** A config as it is now, and the resource that it is served as. */
export interface CurrentConfig {
  readonly config: KubevirtConfig | undefined;
  readonly resource: Resource<KubevirtConfig>;
}

/** Settings of {@link StatusWriter}. */
export interface StatusWriterOptions {
  readonly client: SupervisorClient;
  readonly stateOf: (configName: string) => ClusterState | undefined;
  readonly readConfig: (configName: string, call: CallOptions) => Promise<CurrentConfig>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A status is no hurry: few at once leave the supervisor to those who wait for it. */
const CONCURRENCY = 4;
const WRITE_TIMEOUT_MS = 10_000;
/** A state that is another one again by then is not shown. */
const SETTLE_MS = 200;

/**
 * Shows the states of clusters in the status of their KubevirtConfigs, when it says something else. It ends for good, and says
 * so once, where that is not allowed.
 */
export class StatusWriter implements AsyncDisposable {
  readonly #options: StatusWriterOptions;
  readonly #queue: WorkQueue;
  #workers: AsyncDisposable | undefined;
  #isOff = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      name: "kvop-config-status",
      clock: options.clock,
      metrics: options.metrics,
      baseDelayMs: 1000,
      maxDelayMs: 60_000,
    });
  }

  /** The state of a cluster is another one. */
  changed(state: ClusterState): void {
    if (this.#isOff || buildConfigStatus(state) === undefined) return;
    this.#workers ??= runWorkers(this.#queue, {
      concurrency: CONCURRENCY,
      process: (configName, { signal }) => this.#write(configName, signal),
      onError: (error, config) =>
        this.#options.logger.debug(
          { config, reason: failureReason(error) },
          "the status of a KubevirtConfig could not be written and is tried again",
        ),
    });
    this.#queue.addAfter(state.configName, SETTLE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOff = true;
    this.#queue.shutDown();
    await this.#workers?.[Symbol.asyncDispose]();
  }

  async #write(configName: string, signal: AbortSignal): Promise<void> {
    const state = this.#options.stateOf(configName);
    const shown = state === undefined ? undefined : buildConfigStatus(state);
    if (this.#isOff || shown === undefined) return;
    const call = { signal, timeoutMs: WRITE_TIMEOUT_MS };
    const { config, resource } = await this.#options.readConfig(configName, call);
    if (config === undefined || isShown(config.status, shown)) return;
    const { namespace } = config.metadata ?? {};
    try {
      await this.#options.client.patch(
        resource,
        { name: configName, namespace },
        { type: "merge", patch: { status: shown } },
        { ...call, subresource: "status" },
      );
    } catch (error) {
      if (isObjectNotFound(error)) return;
      if (!isForbidden(error) && !isNotFound(error)) throw error;
      this.#isOff = true;
      const fields = { config: configName, reason: failureReason(error) };
      this.#options.logger.warn(
        fields,
        "the status of KubevirtConfigs may not be written: states are not shown there",
      );
    }
  }
}
