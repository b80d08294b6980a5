import { exponentialBuckets, type Metrics, type OwnedSeries } from "@kvop/core";

import type { TransportObserver } from "../transport/transport-observer.js";

/** The metrics of connections and watches, which come and go far less often than requests. */
export class ConnectionMetrics {
  readonly #metrics: ReturnType<typeof connectionMetrics>;

  constructor(metrics: Metrics) {
    this.#metrics = connectionMetrics(metrics);
  }

  /** Counts what one transport does. */
  observerOf(cluster: string, series: OwnedSeries): TransportObserver {
    const { dials, dialDuration, fallbacks, watchEnds, watchDuration } = this.#metrics;
    return {
      onDial: ({ protocol = "none", isSessionReused, durationMs }) => {
        const session = isSessionReused ? "resumed" : "new";
        series.add(dials, { cluster, protocol, session });
        series.observe(dialDuration, { cluster }, durationMs / 1000);
      },
      onHttp2Fallback: ({ reason }) => series.add(fallbacks, { cluster, reason }),
      onWatchEnd: ({ resource, failure = "none", durationMs }) => {
        series.add(watchEnds, { cluster, resource, failure });
        series.observe(watchDuration, { cluster, resource }, durationMs / 1000);
      },
    };
  }
}

function connectionMetrics(metrics: Metrics) {
  return {
    dials: metrics.counter({
      name: "kvop_cluster_dials_total",
      help: "Connections that were opened, or could not be (protocol none), and whether a TLS session was resumed.",
      labelNames: ["cluster", "protocol", "session"],
    }),
    dialDuration: metrics.histogram({
      name: "kvop_cluster_dial_duration_seconds",
      help: "Time of a dial: lookup, TCP and TLS together.",
      labelNames: ["cluster"],
      buckets: exponentialBuckets(0.001, 4, 8),
    }),
    fallbacks: metrics.counter({
      name: "kvop_cluster_http2_fallbacks_total",
      help: "Times that watches of a cluster went over to HTTP/1.1, by reason.",
      labelNames: ["cluster", "reason"],
    }),
    watchEnds: metrics.counter({
      name: "kvop_cluster_watch_ends_total",
      help: "Watches that have ended, by the code of their failure; none when the server or the reader ended them.",
      labelNames: ["cluster", "resource", "failure"],
    }),
    watchDuration: metrics.histogram({
      name: "kvop_cluster_watch_duration_seconds",
      help: "How long a watch was open.",
      labelNames: ["cluster", "resource"],
      buckets: exponentialBuckets(1, 4, 6),
    }),
  };
}
