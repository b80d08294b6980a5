import type { Labels, MetricDefinition, Metrics } from "@kvop/core";

/** The parts of the module `prom-client` (15) that are used: pass the module itself. */
export interface PrometheusClient {
  // What they are made with is prom-client's own business; `never` lets any such class in.
  readonly Counter: new (settings: never) => {
    inc(labels: Record<string, string>, value: number): void;
    remove(labels: Record<string, string>): void;
  };
  readonly Gauge: new (settings: never) => {
    set(labels: Record<string, string>, value: number): void;
    remove(labels: Record<string, string>): void;
  };
  readonly Histogram: new (settings: never) => {
    observe(labels: Record<string, string>, value: number): void;
    remove(labels: Record<string, string>): void;
  };
  readonly register: unknown;
}

/**
 * Puts kvop's metrics into a registry of prom-client, which is not a dependency of kvop: pass the module.
 *
 * ```ts
 * import * as prometheus from "prom-client";
 * const metrics = createPrometheusMetrics(prometheus);
 * ```
 *
 * Make one for a registry, and share it: prom-client refuses a name twice.
 *
 * @param registry Default: the module's own `register`.
 */
export function createPrometheusMetrics(
  prometheus: PrometheusClient,
  registry: unknown = prometheus.register,
): Metrics {
  const metrics = new Map<string, object>();
  const collectors = new Set<() => void>();
  const collect = (): void => {
    for (const collector of collectors) collector();
  };
  const once = <Metric extends object>(name: string, create: () => Metric): Metric => {
    const known = metrics.get(name) ?? create();
    metrics.set(name, known);
    return known as Metric;
  };
  const settingsOf = ({ name, help, labelNames }: MetricDefinition, more: object = {}): never => {
    const settings = { name, help, labelNames: [...labelNames], registers: [registry], ...more };
    return settings as never;
  };
  return {
    counter: (definition) =>
      once(definition.name, () => {
        const counter = new prometheus.Counter(settingsOf(definition));
        return {
          add: (labels: Labels, amount = 1) => counter.inc(labels, amount),
          remove: (labels: Labels) => counter.remove(labels),
        };
      }),
    gauge: (definition) =>
      once(definition.name, () => {
        const gauge = new prometheus.Gauge(settingsOf(definition, { collect }));
        return {
          set: (labels: Labels, value: number) => gauge.set(labels, value),
          remove: (labels: Labels) => gauge.remove(labels),
        };
      }),
    histogram: (definition) =>
      once(definition.name, () => {
        const buckets = [...definition.buckets];
        const histogram = new prometheus.Histogram(settingsOf(definition, { buckets }));
        return {
          observe: (labels: Labels, value: number) => histogram.observe(labels, value),
          remove: (labels: Labels) => histogram.remove(labels),
        };
      }),
    onCollect: (callback) => {
      collectors.add(callback);
      return { [Symbol.dispose]: () => void collectors.delete(callback) };
    },
  };
}
