import { type Clock, type Logger, systemClock } from "@kvop/core";
import { createSupervisorClient, KubevirtClientManager } from "@kvop/kubevirt";
import { checkSupervisor } from "./check-supervisor.js";
import type { ReconcilerSettings } from "./settings.js";
import { startOperator } from "./start-operator.js";

/** Settings of {@link runOperator}. */
export interface RunOperatorOptions {
  /** Path of the supervisor's kubeconfig. Default: `KUBECONFIG`, then the Pod's service account. */
  readonly kubeconfigPath?: string | undefined;
  /** Namespace of KubevirtConfigs, where they are namespaced, and of their Secrets. */
  readonly configNamespace: string;
  /** Cluster of Machines that name none. */
  readonly defaultConfig?: string | undefined;
  readonly settings: ReconcilerSettings;
  readonly concurrency: number;
  readonly logger: Logger;
  /** Ends the run. */
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
}

/**
 * Every Machine costs the supervisor some eight requests until it runs: at a client's default of 50 a second, a thousand that
 * are created at once would take three minutes. The API server's own fairness (429, which is waited out) guards it.
 */
const SUPERVISOR_REQUESTS_PER_SECOND = 500;
/** A supervisor that does not answer by then is reported as an error of the start. */
const START_TIMEOUT_MS = 30_000;

/**
 * Connects to the supervisor and serves its Machines until the signal aborts.
 *
 * @throws SupervisorNotReadyError; whatever else the supervisor's first answers are, for example `ConnectionFailedError`.
 */
export async function runOperator(options: RunOperatorOptions): Promise<void> {
  const { logger, signal, clock = systemClock } = options;
  const supervisorClient = await createSupervisorClient({
    kubeconfigPath: options.kubeconfigPath,
    requestsPerSecond: SUPERVISOR_REQUESTS_PER_SECOND,
    burst: 2 * SUPERVISOR_REQUESTS_PER_SECOND,
  });
  try {
    await checkSupervisor(supervisorClient, signal);
    const clientManager = new KubevirtClientManager(supervisorClient, {
      configNamespace: options.configNamespace,
      defaultConfig: options.defaultConfig,
      logger,
    });
    try {
      const operator = startOperator({
        clientManager,
        supervisorClient,
        settings: options.settings,
        concurrency: options.concurrency,
        logger,
        clock,
      });
      try {
        await operator.waitUntilReady({ signal, timeoutMs: START_TIMEOUT_MS });
        logger.info({ concurrency: options.concurrency }, "ready: serves Machines");
        await untilAborted(signal);
        logger.info({}, "stops: finishes what is in hand");
      } finally {
        await operator[Symbol.asyncDispose]();
      }
    } finally {
      await clientManager[Symbol.asyncDispose]();
    }
  } finally {
    await supervisorClient[Symbol.asyncDispose]();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
