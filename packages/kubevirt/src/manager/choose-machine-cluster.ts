import {
  type CallOptions,
  chooseCluster,
  type ClusterFacts,
  clusterChoiceError,
  KUBEVIRT_CONFIG_ANNOTATION,
  type KubevirtConfig,
  type Machine,
  MACHINE_FINALIZER,
  needsClusterSearch,
  PLACEMENT_ANNOTATION,
  type PlacementStrategy,
} from "@kvop/core";

import { timeLeft } from "../link/time-left.js";
import { type SearchedCluster, searchVirtualMachine } from "../search/search-virtual-machine.js";
import type { ResolvedOptions } from "./manager-options.js";

/** What is needed to choose. */
export interface ChoiceSources {
  readonly options: ResolvedOptions;
  readonly listConfigs: (call: CallOptions) => Promise<readonly KubevirtConfig[]>;
  readonly connect: (configName: string, call: CallOptions) => Promise<SearchedCluster>;
  /** The strategy, when it is ready to be asked. */
  readonly resolveStrategy: (call: CallOptions) => Promise<PlacementStrategy | undefined>;
}

/**
 * The cluster that a Machine belongs to.
 *
 * @throws AmbiguousClusterError, NoClusterError, DuplicateVirtualMachineError, PlacementConflictError,
 *   PlacementUnknownError, and what listing and connecting throw
 */
export async function chooseMachineCluster(
  machine: Machine,
  sources: ChoiceSources,
  call: CallOptions,
): Promise<{ readonly configName: string; readonly needsUpdate: boolean }> {
  const { options } = sources;
  const left = timeLeft(call, options.clock);
  const { metadata = {} } = machine;
  const { namespace = "", name = "", uid, annotations = {}, finalizers = [] } = metadata;
  const annotation = annotations[KUBEVIRT_CONFIG_ANNOTATION];
  const placement = annotations[PLACEMENT_ANNOTATION];
  const isRecorded = (annotation ?? "") !== "" || (placement ?? "") !== "";
  const configs = isRecorded ? [] : await sources.listConfigs(left());
  // Whoever can decide without the strategy does not wait for it.
  let isStrategyAsked = false;
  const askLater = (): undefined => {
    isStrategyAsked = true;
  };
  const facts: ClusterFacts = {
    annotation,
    placement,
    hasFinalizer: finalizers.includes(MACHINE_FINALIZER),
    defaultConfig: options.defaultConfig,
    configNames: configs.map((config) => config.metadata?.name ?? ""),
    strategy: options.strategy === undefined ? undefined : askLater,
    machine: { namespace, name, uid },
  };
  const search = needsClusterSearch(facts)
    ? await searchVirtualMachine({ namespace, name }, facts.configNames, sources.connect, {
        signal: call.signal,
        timeoutMs: Math.min(options.searchTimeoutMs, left().timeoutMs ?? Infinity),
        concurrency: options.concurrency,
        clock: options.clock,
      })
    : undefined;
  const context = {
    machine: `${namespace}/${name}`,
    configNamespace: options.configNamespace,
  };
  let choice = chooseCluster({ ...facts, search });
  if (isStrategyAsked)
    choice = chooseCluster({ ...facts, search, strategy: await sources.resolveStrategy(left()) });
  if (choice.type !== "chosen") throw clusterChoiceError(choice, context);
  const { configName, needsUpdate } = choice;
  if (choice.source === "placement") {
    const { clusterUid } = await sources.connect(configName, left());
    const clusterUids = clusterUid === undefined ? undefined : new Map([[configName, clusterUid]]);
    const checked = chooseCluster({ ...facts, clusterUids });
    if (checked.type !== "chosen") throw clusterChoiceError(checked, context);
  }
  return { configName, needsUpdate };
}
