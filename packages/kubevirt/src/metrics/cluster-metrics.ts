import { type Metrics, OwnedSeries, silentMetrics } from "@kvop/core";

import { CLUSTER_STATE_TYPES, type ClusterState } from "../state/cluster-state.js";
import type { TransportObserver } from "../transport/transport-observer.js";
import { ConnectionMetrics } from "./connection-metrics.js";
import { RequestMetrics } from "./request-metrics.js";

/**
 * The metrics of a manager's clusters. Each has the label `cluster`, the name of the config, and no label whose values come
 * from outside; the series of a cluster end with its config.
 */
export class ClusterMetrics {
  readonly #metrics: ReturnType<typeof clusterMetrics>;
  readonly #isSilent: boolean;
  readonly #requests: RequestMetrics;
  readonly #connections: ConnectionMetrics;
  readonly #series = new Map<string, OwnedSeries>();

  constructor(metrics: Metrics) {
    this.#metrics = clusterMetrics(metrics);
    this.#isSilent = metrics === silentMetrics;
    this.#requests = new RequestMetrics(metrics);
    this.#connections = new ConnectionMetrics(metrics);
  }

  stateChanged(state: ClusterState): void {
    if (this.#isSilent) return;
    const { configName: cluster, type, reason } = state;
    if (type === "removed") {
      this.#series.get(cluster)?.end();
      this.#series.delete(cluster);
      return;
    }
    const series = this.#of(cluster);
    const { up, states, expiry } = this.#metrics;
    const isUp = type === "ready" || type === "degraded" || reason === "Recovering";
    series.set(up, { cluster }, isUp ? 1 : 0);
    for (const each of CLUSTER_STATE_TYPES)
      if (each !== "removed") series.set(states, { cluster, state: each }, each === type ? 1 : 0);
    const expiresAtMs = state.credentialExpiresAtMs;
    // Newer credentials may say nothing about their end: that of the old ones must not stay.
    if (expiresAtMs === undefined) series.remove(expiry, { cluster });
    else series.set(expiry, { cluster }, expiresAtMs / 1000);
  }

  probed(cluster: string, isSuccess: boolean): void {
    if (this.#isSilent) return;
    const series = this.#of(cluster);
    const { healthcheck, healthchecks } = this.#metrics;
    series.set(healthcheck, { cluster }, isSuccess ? 1 : 0);
    series.add(healthchecks, { cluster, status: isSuccess ? "success" : "error" });
  }

  /** For the transport to a cluster. @param server Its URL. */
  observerOf(cluster: string, server: string): TransportObserver {
    // What nobody measures is not labelled either: that costs a request about 10 µs, which is much of what the client adds to it.
    if (this.#isSilent) return {};
    const series = this.#of(cluster);
    return {
      ...this.#requests.observerOf(cluster, new URL(server).host, series),
      ...this.#connections.observerOf(cluster, series),
    };
  }

  /** Ends all series. */
  end(): void {
    for (const series of this.#series.values()) series.end();
    this.#series.clear();
  }

  #of(cluster: string): OwnedSeries {
    let series = this.#series.get(cluster);
    if (series === undefined) {
      series = new OwnedSeries();
      this.#series.set(cluster, series);
    }
    return series;
  }
}

function clusterMetrics(metrics: Metrics) {
  const define = (name: string, help: string, ...labelNames: readonly string[]) => ({
    name: `kvop_cluster_${name}`,
    help,
    labelNames: ["cluster", ...labelNames],
  });
  return {
    up: metrics.gauge(
      define("connection_up", "Whether the cluster can be used now (1) or not (0)."),
    ),
    states: metrics.gauge(
      define("state", "1 for the state that the cluster is in, 0 for the others.", "state"),
    ),
    expiry: metrics.gauge(
      define(
        "credential_expiry_timestamp_seconds",
        "When the credentials in use end, in seconds since 1970, where they say so.",
      ),
    ),
    healthcheck: metrics.gauge(
      define("healthcheck", "Whether the last probe was answered (1) or not (0)."),
    ),
    healthchecks: metrics.counter(
      define("healthchecks_total", "Probes by their outcome: success or error.", "status"),
    ),
  };
}
