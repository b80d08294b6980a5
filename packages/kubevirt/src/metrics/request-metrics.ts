import { exponentialBuckets, type Labels, type Metrics, type OwnedSeries } from "@kvop/core";

import type { TransportObserver } from "../transport/transport-observer.js";

/** As client-go has them, in seconds. */
const REQUEST_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** The metrics of requests, under the names of client-go; `cluster` is added to its labels. */
export class RequestMetrics {
  readonly #metrics: ReturnType<typeof requestMetrics>;

  constructor(metrics: Metrics) {
    this.#metrics = requestMetrics(metrics);
  }

  /** Counts what one transport does. @param host `host:port` of its server. */
  observerOf(cluster: string, host: string, series: OwnedSeries): TransportObserver {
    const { requests, duration, rateLimited, retries } = this.#metrics;
    const labelsOfAnswer = remembered((code: string, method: string) => ({
      cluster,
      code,
      method,
      host,
    }));
    const labelsOfVerb = remembered((verb: string) => ({ cluster, verb, host }));
    return {
      onRequest: ({ code, method, verb, durationMs, rateLimitedMs }) => {
        const answer = code === 0 ? "<error>" : String(code);
        series.add(requests, labelsOfAnswer(answer, method));
        const labels = labelsOfVerb(verb);
        // The time until a watch is open says nothing about requests that end.
        if (verb !== "watch") series.observe(duration, labels, durationMs / 1000);
        series.observe(rateLimited, labels, rateLimitedMs / 1000);
      },
      onRetry: ({ reason, verb }) =>
        series.add(retries, { cluster, code: String(reason), verb, host }),
    };
  }
}

/** The same labels for the same words, of which there are few. */
function remembered<Words extends string[]>(
  build: (...words: Words) => Labels,
): (...words: Words) => Labels {
  const known = new Map<string, Labels>();
  return (...words) => {
    const key = words.join(" ");
    const labels = known.get(key) ?? build(...words);
    known.set(key, labels);
    return labels;
  };
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
