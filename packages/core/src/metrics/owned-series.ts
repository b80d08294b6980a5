import type { CounterMetric, GaugeMetric, HistogramMetric, Labels } from "./metrics.js";

interface Removable {
  remove(labels: Labels): void;
}

/** The labels of the series of one metric. */
interface OwnedLabels {
  readonly byText: Map<string, Labels>;
  readonly values: Set<Labels>;
}

/**
 * The series that belong to something that ends (a cluster, a queue): they end with it, so that what is gone is not measured
 * for ever. Whoever measures often keeps the labels and gives the same object each time.
 */
export class OwnedSeries {
  readonly #series = new Map<Removable, OwnedLabels>();
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

  /** Ends one of them, until it is measured again. */
  remove(metric: Removable, labels: Labels): void {
    const owned = this.#series.get(metric);
    const text = JSON.stringify(labels);
    const known = owned?.byText.get(text);
    if (owned === undefined || known === undefined) return;
    owned.byText.delete(text);
    owned.values.delete(known);
    metric.remove(known);
  }

  /** Ends all of them; what is measured after that is dropped. */
  end(): void {
    this.#isEnded = true;
    for (const [metric, owned] of this.#series)
      for (const labels of owned.values) metric.remove(labels);
    this.#series.clear();
  }

  #own(metric: Removable, labels: Labels): boolean {
    if (this.#isEnded) return false;
    let owned = this.#series.get(metric);
    if (owned === undefined) {
      owned = { byText: new Map(), values: new Set() };
      this.#series.set(metric, owned);
    }
    // Labels that are the same object are known without writing them out, which a request would pay for.
    if (owned.values.has(labels)) return true;
    const text = JSON.stringify(labels);
    if (owned.byText.has(text)) return true;
    owned.byText.set(text, labels);
    owned.values.add(labels);
    return true;
  }
}
