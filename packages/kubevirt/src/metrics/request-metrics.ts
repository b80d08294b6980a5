import { exponentialBuckets, type Metrics, type OwnedSeries, silentMetrics } from "@kvop/core";

import type { TransportObserver } from "../transport/transport-observer.js";

/** As client-go has them, in seconds. */
const REQUEST_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** The metrics of requests, under the names of client-go; `cluster` is added to its labels. */
export class RequestMetrics {
  readonly #metrics: ReturnType<typeof requestMetrics>;
  readonly #isSilent: boolean;

  constructor(metrics: Metrics) {
    this.#isSilent = metrics === silentMetrics;
    this.#metrics = requestMetrics(metrics);
  }

  /** Counts what one transport does. @param host `host:port` of its server. */
  observerOf(cluster: string, host: string, series: OwnedSeries): TransportObserver {
    // Labels cost a request about 10 µs, which is much of what the client adds to it.
    if (this.#isSilent) return {};
    const { requests, duration, rateLimited, retries } = this.#metrics;
    return {
      onRequest: ({ code, method, verb, durationMs, rateLimitedMs }) => {
        const answer = code === 0 ? "<error>" : String(code);
        series.add(requests, { cluster, code: answer, method, host });
        // The time until a watch is open says nothing about requests that end.
        if (verb !== "watch") series.observe(duration, { cluster, verb, host }, durationMs / 1000);
        series.observe(rateLimited, { cluster, verb, host }, rateLimitedMs / 1000);
      },
      onRetry: ({ reason, verb }) =>
        series.add(retries, { cluster, code: String(reason), verb, host }),
    };
  }
}

function requestMetrics(metrics: Metrics) {
  return {
    requests: metrics.counter({
      name: "rest_client_requests_total",
      help: "Requests by status code and method.",
      labelNames: ["cluster", "code", "method", "host"],
    }),
    duration: metrics.histogram({
      name: "rest_client_request_duration_seconds",
      help: "Time of a request, waits and repetitions included.",
      labelNames: ["cluster", "verb", "host"],
      buckets: REQUEST_BUCKETS,
    }),
    rateLimited: metrics.histogram({
      name: "rest_client_rate_limiter_duration_seconds",
      help: "Time that a request waited for the client's own rate limit.",
      labelNames: ["cluster", "verb", "host"],
      buckets: exponentialBuckets(0.005, 4, 8),
    }),
    retries: metrics.counter({
      name: "rest_client_request_retries_total",
      help: "Requests that were sent again, by what was answered first.",
      labelNames: ["cluster", "code", "verb", "host"],
    }),
  };
}
