import {
  type CallOptions,
  type Clock,
  DisposedError,
  KUBEVIRT_CONFIG_ANNOTATION,
  type KubernetesObject,
  type Logger,
  Machine,
  pickFields,
  type PlacementSubject,
  type Random,
  type Reflector,
  startReflector,
  type SupervisorClient,
} from "@kvop/core";

import { failureReason } from "../state/failure-reason.js";
import type { PlacedMachines } from "./least-machines.js";

/** Settings of {@link MachineCensus}. */
export interface MachineCensusOptions {
  readonly supervisorClient: SupervisorClient;
  /** Milliseconds between two reads where watching is not allowed. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A first count of all Machines may take so long. */
const COUNT_TIMEOUT_MS = 30_000;

/** Counts the Machines of the supervisor by the config that is recorded in them; of each it keeps the name and annotations. */
export class MachineCensus implements PlacedMachines, AsyncDisposable {
  readonly #options: MachineCensusOptions;
  #reflector: Reflector<KubernetesObject> | undefined;
  #isDisposed = false;

  constructor(options: MachineCensusOptions) {
    this.#options = options;
  }

  /**
   * Begins to count, and waits for the first count.
   *
   * @throws DeadlineExceededError, DisposedError, the signal's reason
   */
  async ready(call: CallOptions): Promise<void> {
    // Whoever asks was on his way when it ended.
    if (this.#isDisposed) throw new DisposedError({ subject: "The count of Machines" });
    this.#reflector ??= this.#start();
    const { signal, timeoutMs = COUNT_TIMEOUT_MS } = call;
    await this.#reflector.waitForSync({ signal, timeoutMs });
  }

  countOf(configName: string): number {
    return this.#reflector?.byIndex("config", configName).length ?? 0;
  }

  configOf({ namespace, name, uid }: PlacementSubject): string | undefined {
    const machine = this.#reflector?.get({ namespace, name });
    if (machine === undefined || (uid !== undefined && machine.metadata?.uid !== uid))
      return undefined;
    return recordedConfig(machine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#reflector?.[Symbol.asyncDispose]();
  }

  #start(): Reflector<KubernetesObject> {
    const { supervisorClient, pollIntervalMs, clock, random, logger } = this.#options;
    return startReflector<KubernetesObject>({
      connect: () => Promise.resolve(supervisorClient),
      resource: Machine,
      metadataOnly: true,
      transform: pickFields(["metadata.annotations"]),
      indexers: { config: (machine) => [recordedConfig(machine) ?? ""] },
      initialList: "streaming",
      pollIntervalMs,
      onError: (error) =>
        logger.warn(
          { reason: failureReason(error) },
          "the Machines cannot be counted at the moment",
        ),
      clock,
      random,
      logger,
    });
  }
}

function recordedConfig({ metadata }: KubernetesObject): string | undefined {
  const configName = metadata?.annotations?.[KUBEVIRT_CONFIG_ANNOTATION];
  return configName === "" ? undefined : configName;
}
