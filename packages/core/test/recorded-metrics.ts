import type { Labels, MetricDefinition, Metrics } from "../src/metrics/metrics.js";

/** Metrics that keep what they are told, as `name{label="value"}`; a histogram keeps the observed values. */
export class RecordedMetrics implements Metrics {
  readonly values = new Map<string, number>();
  readonly observed = new Map<string, number[]>();
  readonly #collectors = new Set<() => void>();

  collect(): void {
    for (const collector of this.#collectors) collector();
  }

  get collectors(): number {
    return this.#collectors.size;
  }

  counter(definition: MetricDefinition) {
    return {
      add: (labels: Labels, amount = 1) => {
        const key = seriesOf(definition, labels);
        this.values.set(key, (this.values.get(key) ?? 0) + amount);
      },
      remove: (labels: Labels) => void this.values.delete(seriesOf(definition, labels)),
    };
  }

  gauge(definition: MetricDefinition) {
    return {
      set: (labels: Labels, value: number) =>
        void this.values.set(seriesOf(definition, labels), value),
      remove: (labels: Labels) => void this.values.delete(seriesOf(definition, labels)),
    };
  }

  histogram(definition: MetricDefinition) {
    return {
      observe: (labels: Labels, value: number) => {
        const key = seriesOf(definition, labels);
        this.observed.set(key, [...(this.observed.get(key) ?? []), value]);
      },
      remove: (labels: Labels) => void this.observed.delete(seriesOf(definition, labels)),
    };
  }

  onCollect(callback: () => void): Disposable {
    this.#collectors.add(callback);
    return { [Symbol.dispose]: () => void this.#collectors.delete(callback) };
  }
}

function seriesOf(definition: MetricDefinition, labels: Labels): string {
  const parts = definition.labelNames.map((name) => `${name}="${labels[name]}"`);
  return `${definition.name}{${parts.join(",")}}`;
}
