import type { CounterMetric, GaugeMetric, HistogramMetric, Labels } from "./metrics.js";

interface Removable {
  remove(labels: Labels): void;
}

/**
 * The series that belong to something that ends (a cluster, a queue): they end with it, so that what is gone is not measured
 * for ever.
 */
export class OwnedSeries {
  readonly #series = new Map<Removable, Map<string, Labels>>();
  #isEnded = false;

  add(metric: CounterMetric, labels: Labels, amount = 1): void {
    if (this.#own(metric, labels)) metric.add(labels, amount);
  }

  set(metric: GaugeMetric, labels: Labels, value: number): void {
    if (this.#own(metric, labels)) metric.set(labels, value);
  }

  observe(metric: HistogramMetric, labels: Labels, value: number): void {
    if (this.#own(metric, labels)) metric.observe(labels, value);
  }

  /** Ends all of them; what is measured after that is dropped. */
  end(): void {
    this.#isEnded = true;
    for (const [metric, owned] of this.#series)
      for (const labels of owned.values()) metric.remove(labels);
    this.#series.clear();
  }

  #own(metric: Removable, labels: Labels): boolean {
    if (this.#isEnded) return false;
    let owned = this.#series.get(metric);
    if (owned === undefined) {
      owned = new Map();
      this.#series.set(metric, owned);
    }
    owned.set(JSON.stringify(labels), labels);
    return true;
  }
}
