import {
  type Clock,
  KubevirtConfig,
  type Logger,
  Machine,
  type Resource,
  type SupervisorClient,
  systemClock,
} from "@kvop/core";
import { createSupervisorClient, KubevirtClientManager } from "@kvop/kubevirt";
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

/** A supervisor that does not answer by then is reported as an error of the start. */
const START_TIMEOUT_MS = 30_000;

/**
 * Connects to the supervisor and serves its Machines until the signal aborts.
 *
 * @throws whatever the supervisor's first answers are, for example `ConnectionFailedError` or `ApiError`.
 */
export async function runOperator(options: RunOperatorOptions): Promise<void> {
  const { logger, signal, clock = systemClock } = options;
  const supervisorClient = await createSupervisorClient({
    kubeconfigPath: options.kubeconfigPath,
  });
  try {
    // Fails early and clearly where the CRDs are absent or the credentials are wrong.
    for (const resource of [Machine, KubevirtConfig])
      await checkListed(supervisorClient, resource, signal);
    const clientManager = new KubevirtClientManager(supervisorClient, {
      configNamespace: options.configNamespace,
      defaultConfig: options.defaultConfig,
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

/** One page tells whether the resource is served and may be listed. */
async function checkListed(
  client: SupervisorClient,
  resource: Resource,
  signal: AbortSignal,
): Promise<void> {
  const pages = client.listPages(resource, { pageSize: 1, signal });
  for await (const _page of pages) return;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
