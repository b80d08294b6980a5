/** Follows the states of all clusters by `watchClusterStates()`, prints each change, and waits for states. */
export class StateBoard {
  #states = new Map();
  #changes = 0;
  #waiting = new Set();
  #ended = new AbortController();
  #names;

  constructor(manager, { names, print }) {
    this.#names = names;
    void this.#follow(manager, print);
  }

  /** Resolves once every cluster is as wanted: `wanted(name, state)`. */
  async waitUntil(wanted, signal) {
    const isDone = () =>
      this.#names.every((name) => this.#states.has(name) && wanted(name, this.#states.get(name)));
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!isDone()) {
      if (signal.aborted) throw new Error("The states did not become as wanted in time.");
      await new Promise((resolve) => this.#waiting.add(resolve));
    }
  }

  /** How many clusters are in which state, and how many changes there were. */
  summary() {
    const counts = new Map();
    for (const { type } of this.#states.values()) counts.set(type, (counts.get(type) ?? 0) + 1);
    const parts = [...counts].map(([type, count]) => `${count} ${type}`);
    return `${this.#states.size} clusters: ${parts.join(", ")}; ${this.#changes} changes of state seen`;
  }

  end() {
    this.#ended.abort();
  }

  async #follow(manager, print) {
    for await (const state of manager.watchClusterStates({ signal: this.#ended.signal })) {
      const { configName, type, reason } = state;
      const before = this.#states.get(configName)?.type ?? "-";
      this.#states.set(configName, state);
      if (before === type) continue;
      this.#changes += 1;
      print(`  ${configName.padEnd(12)} ${before.padEnd(11)} -> ${type.padEnd(11)} ${reason}`);
      this.#wake();
    }
  }

  #wake() {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
