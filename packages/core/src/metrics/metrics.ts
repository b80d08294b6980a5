/** Names and values of a series' labels. */
export type Labels = Readonly<Record<string, string>>;

/** What is measured. */
export interface MetricDefinition {
  /** As Prometheus has it: `workqueue_depth`. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Counts up. */
export interface CounterMetric {
  add(labels: Labels, amount?: number): void;
  /** Ends the series with exactly these labels. */
  remove(labels: Labels): void;
}

/** Goes up and down. */
export interface GaugeMetric {
  set(labels: Labels, value: number): void;
  /** Ends the series with exactly these labels. */
  remove(labels: Labels): void;
}

/** Distributes what is observed over buckets. */
export interface HistogramMetric {
  observe(labels: Labels, value: number): void;
  /** Ends the series with exactly these labels. */
  remove(labels: Labels): void;
}

/**
 * Where measurements go. `createPrometheusMetrics` of `@kvop/kubevirt` makes one of prom-client; any other registry is a few
 * lines. Asking twice for one name gives the same metric.
 */
export interface Metrics {
  counter(definition: MetricDefinition): CounterMetric;
  gauge(definition: MetricDefinition): GaugeMetric;
  histogram(
    definition: MetricDefinition & { readonly buckets: readonly number[] },
  ): HistogramMetric;
  /** Calls back before the values are read, for gauges that go by the time; until disposed of. */
  onCollect(callback: () => void): Disposable;
}

const ignore = (): void => undefined;

/** Drops every measurement; the default wherever metrics are optional. */
export const silentMetrics: Metrics = {
  counter: () => ({ add: ignore, remove: ignore }),
  gauge: () => ({ set: ignore, remove: ignore }),
  histogram: () => ({ observe: ignore, remove: ignore }),
  onCollect: () => ({ [Symbol.dispose]: ignore }),
};

/** Bounds that grow by a factor: `exponentialBuckets(0.001, 2, 3)` is 0.001, 0.002, 0.004. */
export function exponentialBuckets(
  first: number,
  factor: number,
  count: number,
): readonly number[] {
  return Array.from({ length: count }, (_, index) => first * factor ** index);
}
