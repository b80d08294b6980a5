import {
  type Clock,
  type Logger,
  type Metrics,
  type PlacementStrategy,
  type Random,
  silentLogger,
  silentMetrics,
  systemClock,
  systemRandom,
} from "@kvop/core";

import type { Connect } from "../link/open-link.js";
import type { KubeconfigPolicy } from "../policy/kubeconfig-policy.js";

/** Settings of `KubevirtClientManager`. */
export interface KubevirtClientManagerOptions {
  /** Namespace of KubevirtConfigs (where they are namespaced) and of kubeconfig Secrets. Default: `kubevirt-configs`. */
  readonly configNamespace?: string | undefined;
  /** Further namespaces from which kubeconfig Secrets are read. Default: none. */
  readonly secretNamespaces?: readonly string[] | undefined;
  /** Config of Machines that name none. */
  readonly defaultConfig?: string | undefined;
  /**
   * Places Machines that nothing else places; it is given the configs whose clusters are not known to be unusable, or all
   * when none is left. `least-machines` takes the one with the least Machines, which it counts itself (it needs to list and
   * watch Machines of all namespaces). Default: none, such Machines are ambiguous.
   */
  readonly strategy?: PlacementStrategy | "least-machines" | undefined;
  /** What kubeconfigs may ask for. */
  readonly policy?: KubeconfigPolicy | undefined;
  /** How clusters are reached. Default: HTTPS on kept connections. */
  readonly connect?: Connect | undefined;
  /** Milliseconds for the check of a connection, in a build, by a probe and in `healthCheck`. Default: 5,000. */
  readonly probeTimeoutMs?: number | undefined;
  /**
   * Milliseconds between two probes of a cluster in use. Default: 4,000, so that a dead connection is noticed within 15
   * seconds: one interval and two probes that are not answered.
   */
  readonly probeIntervalMs?: number | undefined;
  /**
   * Milliseconds between two reads of a KubevirtConfig or Secret that may not be watched. Default: 30,000.
   */
  readonly pollIntervalMs?: number | undefined;
  /**
   * Whether states are shown in the status of the KubevirtConfigs. Where that is not allowed it is left off by itself; one
   * manager of several is enough. Default: true.
   */
  readonly writeStatus?: boolean | undefined;
  /** Milliseconds for the whole search for a Machine's VirtualMachine. Default: 5,000. */
  readonly searchTimeoutMs?: number | undefined;
  /** Clusters searched or probed at once. Default: 50, as dialling is fastest so. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for TCP and TLS together. Default: `probeTimeoutMs`. */
  readonly connectTimeoutMs?: number | undefined;
  /** Largest answer that is read from a cluster. Default: 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Requests a second to each cluster. Default: 50. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests at once after a quiet time. Default: 100. */
  readonly burst?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Structured lines; a pino logger fits. No credential is ever in one. Default: none are written. */
  readonly logger?: Logger | undefined;
  /** Where measurements go; see `createPrometheusMetrics`. Default: nowhere. */
  readonly metrics?: Metrics | undefined;
}

/** The settings with their defaults. */
export function resolveOptions(options: KubevirtClientManagerOptions) {
  return {
    ...options,
    configNamespace: options.configNamespace ?? "kubevirt-configs",
    secretNamespaces: options.secretNamespaces ?? [],
    probeTimeoutMs: options.probeTimeoutMs ?? 5000,
    probeIntervalMs: options.probeIntervalMs ?? 4000,
    pollIntervalMs: options.pollIntervalMs ?? 30_000,
    writeStatus: options.writeStatus ?? true,
    searchTimeoutMs: options.searchTimeoutMs ?? 5000,
    concurrency: options.concurrency ?? 50,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
    metrics: options.metrics ?? silentMetrics,
  };
}

/** See {@link resolveOptions}. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>;
