import type { Clock } from "../clock.js";
import { exponentialBuckets, type Metrics } from "../metrics/metrics.js";
import { OwnedSeries } from "../metrics/owned-series.js";

/** As controller-runtime has them: from 10 ns to 1,000 s. */
const BUCKETS = exponentialBuckets(1e-8, 10, 12);

/** Settings of {@link QueueMetrics}. */
export interface QueueMetricsOptions {
  /** Value of the label `name`. */
  readonly name: string;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Measures one work queue under the names of client-go. */
export class QueueMetrics {
  readonly #clock: Clock;
  readonly #labels: { readonly name: string };
  readonly #series = new OwnedSeries();
  readonly #addedAtMs = new Map<string, number>();
  readonly #takenAtMs = new Map<string, number>();
  readonly #metrics: ReturnType<typeof queueMetrics>;
  readonly #collecting: Disposable;

  constructor(options: QueueMetricsOptions) {
    this.#clock = options.clock;
    this.#labels = { name: options.name };
    this.#metrics = queueMetrics(options.metrics);
    this.#collecting = options.metrics.onCollect(() => this.#collect());
  }

  /** An item waits to be taken. */
  added(key: string): void {
    if (!this.#addedAtMs.has(key)) this.#addedAtMs.set(key, this.#clock.monotonic());
    this.#series.add(this.#metrics.adds, this.#labels);
    this.#setDepth();
  }

  taken(key: string): void {
    const nowMs = this.#clock.monotonic();
    const waitedMs = nowMs - (this.#addedAtMs.get(key) ?? nowMs);
    this.#addedAtMs.delete(key);
    this.#takenAtMs.set(key, nowMs);
    this.#series.observe(this.#metrics.queueDuration, this.#labels, waitedMs / 1000);
    this.#setDepth();
  }

  done(key: string): void {
    const takenAtMs = this.#takenAtMs.get(key);
    if (takenAtMs === undefined) return;
    this.#takenAtMs.delete(key);
    const workedMs = this.#clock.monotonic() - takenAtMs;
    this.#series.observe(this.#metrics.workDuration, this.#labels, workedMs / 1000);
  }

  retried(): void {
    this.#series.add(this.#metrics.retries, this.#labels);
  }

  end(): void {
    this.#collecting[Symbol.dispose]();
    this.#series.end();
    this.#addedAtMs.clear();
    this.#takenAtMs.clear();
  }

  #setDepth(): void {
    this.#series.set(this.#metrics.depth, this.#labels, this.#addedAtMs.size);
  }

  #collect(): void {
    const nowMs = this.#clock.monotonic();
    const runningMs = [...this.#takenAtMs.values()].map((takenAtMs) => nowMs - takenAtMs);
    const sum = runningMs.reduce((total, each) => total + each, 0);
    this.#series.set(this.#metrics.unfinished, this.#labels, sum / 1000);
    const longest = runningMs.reduce((most, each) => Math.max(most, each), 0);
    this.#series.set(this.#metrics.longest, this.#labels, longest / 1000);
  }
}

function queueMetrics(metrics: Metrics) {
  const define = (name: string, help: string) => ({
    name: `workqueue_${name}`,
    help,
    labelNames: ["name"],
  });
  return {
    depth: metrics.gauge(define("depth", "Items that wait to be taken.")),
    adds: metrics.counter(define("adds_total", "Items added.")),
    queueDuration: metrics.histogram({
      ...define("queue_duration_seconds", "How long an item waited before it was taken."),
      buckets: BUCKETS,
    }),
    workDuration: metrics.histogram({
      ...define("work_duration_seconds", "How long an item was worked on."),
      buckets: BUCKETS,
    }),
    unfinished: metrics.gauge(
      define(
        "unfinished_work_seconds",
        "How long all items in work have been worked on, together.",
      ),
    ),
    longest: metrics.gauge(
      define(
        "longest_running_processor_seconds",
        "How long the item that was taken first of those in work has been worked on.",
      ),
    ),
    retries: metrics.counter(define("retries_total", "Items added again after a failure.")),
  };
}
