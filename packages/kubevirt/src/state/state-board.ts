import { CoalescingQueue } from "@kvop/core";

import type { ClusterState } from "./cluster-state.js";

/** The states of all clusters, and those who follow them. A removed cluster is told of and then forgotten. */
export class StateBoard {
  readonly #states = new Map<string, ClusterState>();
  readonly #readers = new Set<CoalescingQueue<string, ClusterState>>();
  #isEnded = false;

  get(configName: string): ClusterState | undefined {
    return this.#states.get(configName);
  }

  all(): readonly ClusterState[] {
    return [...this.#states.values()];
  }

  set(state: ClusterState): void {
    if (this.#isEnded) return;
    if (state.type === "removed") this.#states.delete(state.configName);
    else this.#states.set(state.configName, state);
    for (const reader of this.#readers) reader.push(state.configName, state);
  }

  /** All states of now, then each change; a slow reader gets the newest of each cluster. */
  async *watch(signal?: AbortSignal): AsyncGenerator<ClusterState, void, undefined> {
    if (this.#isEnded) return;
    const reader = new CoalescingQueue<string, ClusterState>();
    this.#readers.add(reader);
    for (const state of this.#states.values()) reader.push(state.configName, state);
    try {
      yield* reader.read(signal);
    } finally {
      this.#readers.delete(reader);
    }
  }

  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers) reader.end();
    this.#states.clear();
  }
}
