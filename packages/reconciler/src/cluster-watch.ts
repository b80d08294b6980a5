import {
  type ClientManager,
  type Clock,
  ClusterUnavailableError,
  type KubernetesObject,
  type Logger,
  PersistentVolumeClaim,
  type Random,
  type Reflector,
  type Resource,
  sleep,
  SOURCE_MACHINE_LABEL,
  startReflector,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import {
  hasRemoteChanged,
  projectClaim,
  projectInstance,
  projectVirtualMachine,
} from "./wake-predicates.js";

/** Settings of {@link startClusterWatch}. */
export interface ClusterWatchOptions {
  readonly configName: string;
  readonly clientManager: ClientManager;
  /** Called for each change that a Machine's status shows. */
  readonly onChange: (machine: { readonly namespace: string; readonly name: string }) => void;
  /** Called when the cluster stops or begins to answer. */
  readonly onReachable: (isReachable: boolean) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Follows the objects of Machines on one cluster. */
export interface ClusterWatch extends AsyncDisposable {
  /** @throws ClusterUnavailableError while the cluster does not answer. */
  check(): void;
}

/** Long enough for a slow API server, short enough that a dead one is noticed soon. */
const PROBE_TIMEOUT_MS = 5_000;
const FIRST_PROBE_DELAY_MS = 500;
const LONGEST_PROBE_DELAY_MS = 5_000;

/**
 * Watches the VirtualMachines, instances and disks of Machines on one cluster. A watch that fails is a reason to probe; a
 * probe that fails makes the cluster unreachable until one succeeds. A cluster that answers is not probed.
 */
export function startClusterWatch(options: ClusterWatchOptions): ClusterWatch {
  return new RunningClusterWatch(options);
}

class RunningClusterWatch implements ClusterWatch {
  readonly #options: ClusterWatchOptions;
  readonly #abort = new AbortController();
  readonly #reflectors: ReadonlyArray<AsyncDisposable>;
  #probing: Promise<void> | undefined;
  #failure: { readonly cause: unknown; readonly retryAtMs: number } | undefined;

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
    this.#reflectors = [
      this.#follow(VirtualMachine, projectVirtualMachine),
      this.#follow(VirtualMachineInstance, projectInstance),
      this.#follow(PersistentVolumeClaim, projectClaim),
    ];
  }

  check(): void {
    if (this.#failure === undefined) return;
    const { cause, retryAtMs } = this.#failure;
    const { configName } = this.#options;
    throw new ClusterUnavailableError({ configName, retryAtMs }, { cause });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#reflectors.map((reflector) => reflector[Symbol.asyncDispose]()));
    await this.#probing;
  }

  #follow<T extends KubernetesObject>(
    resource: Resource<T>,
    project: (object: T) => unknown,
  ): Reflector<T> {
    const { clientManager, configName, clock, random, logger } = this.#options;
    return startReflector<T>({
      connect: ({ signal }) => clientManager.getClientForConfig(configName, { signal }),
      resource,
      labelSelector: SOURCE_MACHINE_LABEL,
      onEvent: (event) => {
        if (event.type !== "modified" || hasRemoteChanged(project, event.old, event.object))
          this.#wake(event.object);
      },
      onError: () => this.#probe(),
      maxDelayMs: LONGEST_PROBE_DELAY_MS,
      clock,
      random,
      logger,
    });
  }

  #wake({ metadata }: KubernetesObject): void {
    const name = metadata?.labels?.[SOURCE_MACHINE_LABEL];
    const namespace = metadata?.namespace;
    if (name !== undefined && namespace !== undefined) this.#options.onChange({ namespace, name });
  }

  /** One run of probes at a time; it ends with the first that succeeds. */
  #probe(): void {
    if (this.#probing !== undefined || this.#abort.signal.aborted) return;
    this.#probing = this.#probeUntilReachable()
      .catch(() => undefined)
      .finally(() => {
        this.#probing = undefined;
      });
  }

  async #probeUntilReachable(): Promise<void> {
    const { clientManager, configName, clock, logger } = this.#options;
    const { signal } = this.#abort;
    let delayMs = FIRST_PROBE_DELAY_MS;
    while (!signal.aborted) {
      try {
        await clientManager.validateConnection(configName, {
          signal,
          timeoutMs: PROBE_TIMEOUT_MS,
        });
        this.#setFailure(undefined);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isNew = this.#failure === undefined;
        this.#setFailure({ cause: error, retryAtMs: clock.now() + delayMs });
        if (isNew)
          logger.warn(
            { cluster: configName, reason: error instanceof Error ? error.message : String(error) },
            "the cluster does not answer",
          );
      }
      await sleep(clock, delayMs, { signal });
      delayMs = Math.min(delayMs * 2, LONGEST_PROBE_DELAY_MS);
    }
  }

  #setFailure(failure: { readonly cause: unknown; readonly retryAtMs: number } | undefined): void {
    const hasChanged = (failure === undefined) !== (this.#failure === undefined);
    this.#failure = failure;
    if (!hasChanged) return;
    if (failure === undefined)
      this.#options.logger.info({ cluster: this.#options.configName }, "the cluster answers again");
    this.#options.onReachable(failure === undefined);
  }
}
