import type { CallOptions, PlacementStrategy } from "@kvop/core";

import type { ClusterState } from "../state/cluster-state.js";
import { leastMachines } from "./least-machines.js";
import { MachineCensus, type MachineCensusOptions } from "./machine-census.js";

/** Settings of {@link Placement}. */
export interface PlacementOptions extends MachineCensusOptions {
  readonly strategy?: PlacementStrategy | "least-machines" | undefined;
  readonly stateOf: (configName: string) => ClusterState;
}

/** The placement strategy of a manager, which is not asked about clusters that are known to be unusable. */
export class Placement implements AsyncDisposable {
  readonly #options: PlacementOptions;
  readonly #census: MachineCensus;
  readonly #leastMachines: PlacementStrategy;

  constructor(options: PlacementOptions) {
    this.#options = options;
    this.#census = new MachineCensus(options);
    this.#leastMachines = leastMachines(this.#census);
  }

  /** The strategy, when what it counts was counted. @throws DeadlineExceededError, DisposedError, the signal's reason */
  async resolve(call: CallOptions): Promise<PlacementStrategy | undefined> {
    const { strategy } = this.#options;
    if (strategy === undefined) return undefined;
    if (strategy !== "least-machines") return this.#amongUsable(strategy);
    await this.#census.ready(call);
    return this.#amongUsable(this.#leastMachines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#census[Symbol.asyncDispose]();
  }

  #amongUsable(strategy: PlacementStrategy): PlacementStrategy {
    return (configNames, machine) => {
      const usable = configNames.filter((name) => isUsable(this.#options.stateOf(name)));
      return strategy(usable.length === 0 ? configNames : usable, machine);
    };
  }
}

function isUsable({ type, reason }: ClusterState): boolean {
  return type !== "unreachable" && type !== "refused" && reason !== "WritesFailing";
}
