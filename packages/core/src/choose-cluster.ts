/** Where a Machine's VirtualMachine was seen. */
export interface FoundVirtualMachine {
  readonly configName: string;
  /** UID of the cluster's `kube-system`, where it may be read. */
  readonly clusterUid?: string | undefined;
  readonly virtualMachineUid: string;
}

/** What a search of all clusters gave. */
export interface ClusterSearch {
  readonly found: readonly FoundVirtualMachine[];
  /** Configs of the clusters that could not be asked. */
  readonly unreachable: readonly string[];
}

/** The Machine that a {@link PlacementStrategy} is asked about. */
export interface PlacementSubject {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`; undefined for one that is not stored yet. */
  readonly uid?: string | undefined;
}

/**
 * Picks one of the configs for a new Machine; undefined when none fits. It may be asked more than once about the same Machine
 * before the choice is recorded in it, and should then give the same answer.
 */
export type PlacementStrategy = (
  configNames: readonly string[],
  machine?: PlacementSubject,
) => string | undefined;

/** The facts on which the choice rests. */
export interface ClusterFacts {
  /** Annotation `vitistack.io/kubevirt-config`. */
  readonly annotation?: string | undefined;
  /** Annotation `kvop.dev/placement`. */
  readonly placement?: string | undefined;
  /** Whether the Machine carries our finalizer: it may then have a VirtualMachine somewhere. */
  readonly hasFinalizer: boolean;
  readonly defaultConfig?: string | undefined;
  readonly configNames: readonly string[];
  /** UIDs of the clusters as far as known, by config. */
  readonly clusterUids?: ReadonlyMap<string, string> | undefined;
  /** Absent while no search was made; see {@link needsClusterSearch}. */
  readonly search?: ClusterSearch | undefined;
  readonly strategy?: PlacementStrategy | undefined;
  /** Passed on to the strategy. */
  readonly machine?: PlacementSubject | undefined;
}

/** The outcome of {@link chooseCluster}. */
export type ClusterChoice =
  | {
      readonly type: "chosen";
      readonly configName: string;
      readonly source: "placement" | "annotation" | "default" | "only" | "search" | "strategy";
      /** Whether the choice still has to be written to the Machine. */
      readonly needsUpdate: boolean;
    }
  | { readonly type: "none" }
  | { readonly type: "ambiguous"; readonly configNames: readonly string[] }
  | { readonly type: "duplicate"; readonly configNames: readonly string[] }
  | { readonly type: "conflict"; readonly recorded: string; readonly reason: string }
  | { readonly type: "unknown"; readonly unreachable: readonly string[] };

/** Whether {@link chooseCluster} needs a search of all clusters to decide on these facts. */
export function needsClusterSearch(facts: ClusterFacts): boolean {
  if (isSet(facts.placement) || isSet(facts.annotation) || facts.configNames.length === 0)
    return false;
  // A Machine that may have a VirtualMachine already is looked for before any default takes it elsewhere.
  if (facts.hasFinalizer) return true;
  if (isSet(facts.defaultConfig) || facts.configNames.length === 1) return false;
  return facts.strategy === undefined;
}

/**
 * Decides which cluster a Machine belongs to: its recorded placement, its annotation, the default config, the only config,
 * a search for its VirtualMachine, a placement strategy, in this order. A Machine with our finalizer and no record is
 * searched for before the default applies. Pure: the same facts give the same choice.
 */
export function chooseCluster(facts: ClusterFacts): ClusterChoice {
  if (isSet(facts.placement)) return choosePlacement(facts, facts.placement);
  if (isSet(facts.annotation)) {
    return {
      type: "chosen",
      configName: facts.annotation,
      source: "annotation",
      needsUpdate: false,
    };
  }
  if (facts.configNames.length === 0) return { type: "none" };
  if (needsClusterSearch(facts)) {
    const choice = chooseFound(facts.search ?? { found: [], unreachable: facts.configNames });
    if (choice !== undefined) return choice;
  }
  return chooseUnsearched(facts);
}

function choosePlacement(facts: ClusterFacts, recorded: string): ClusterChoice {
  const slash = recorded.lastIndexOf("/");
  const configName = recorded.slice(0, Math.max(slash, 0));
  const clusterUid = recorded.slice(slash + 1);
  const conflict = (reason: string): ClusterChoice => ({ type: "conflict", recorded, reason });
  if (configName === "" || clusterUid === "")
    return conflict("the record is not of the form <config>/<cluster UID>");
  if (isSet(facts.annotation) && facts.annotation !== configName) {
    return conflict(`the annotation vitistack.io/kubevirt-config says "${facts.annotation}"`);
  }
  const actualUid = facts.clusterUids?.get(configName);
  if (actualUid !== undefined && actualUid !== clusterUid) {
    return conflict(`that config now leads to the cluster with UID ${actualUid}`);
  }
  return { type: "chosen", configName, source: "placement", needsUpdate: !isSet(facts.annotation) };
}

/** What a search says; undefined when the VirtualMachine is on none of the clusters, all of which were asked. */
function chooseFound(search: ClusterSearch): ClusterChoice | undefined {
  const places = new Map<string, FoundVirtualMachine>();
  // Two configs may name one cluster: the same VirtualMachine found twice is one.
  for (const found of search.found.toSorted((a, b) => compareText(a.configName, b.configName))) {
    const isKnown = [...places.values()].some((place) => isSameVirtualMachine(place, found));
    if (!isKnown) places.set(found.configName, found);
  }
  const [first, second] = places.keys();
  if (second !== undefined) return { type: "duplicate", configNames: [...places.keys()] };
  if (first !== undefined)
    return { type: "chosen", configName: first, source: "search", needsUpdate: true };
  return search.unreachable.length === 0
    ? undefined
    : { type: "unknown", unreachable: search.unreachable };
}

function isSameVirtualMachine(a: FoundVirtualMachine, b: FoundVirtualMachine): boolean {
  const differentClusters =
    a.clusterUid !== undefined && b.clusterUid !== undefined && a.clusterUid !== b.clusterUid;
  return !differentClusters && a.virtualMachineUid === b.virtualMachineUid;
}

function chooseUnsearched(facts: ClusterFacts): ClusterChoice {
  const chosen = (configName: string, source: "default" | "only" | "strategy"): ClusterChoice => ({
    type: "chosen",
    configName,
    source,
    needsUpdate: true,
  });
  if (isSet(facts.defaultConfig)) return chosen(facts.defaultConfig, "default");
  const [only, second] = facts.configNames;
  if (only !== undefined && second === undefined) return chosen(only, "only");
  const placed = facts.strategy?.(facts.configNames, facts.machine);
  if (placed !== undefined) return chosen(placed, "strategy");
  return { type: "ambiguous", configNames: facts.configNames };
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
