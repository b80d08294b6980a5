import {
  type Clock,
  type ClusterClient,
  formatObjectKey,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  objectKeyOf,
  PersistentVolumeClaim,
  type Random,
  type Resource,
  StorageClass,
} from "@kvop/core";
import { type ObjectChange, ObjectCache } from "./object-cache.js";
import type { SimulatedCluster } from "./simulated-cluster.js";
import {
  SimulatedDataVolume,
  SimulatedInstance,
  SimulatedPod,
  SimulatedVirtualMachine,
} from "./simulated-kinds.js";
import type { SimulationPart } from "./simulation-queue.js";
import { claimIndexOf } from "./virt-controller/volume-claims.js";

/** The caches of a simulated cluster. */
export type SimulatedCaches = Pick<
  SimulatedCluster,
  "virtualMachines" | "instances" | "pods" | "claims" | "dataVolumes" | "storageClasses"
>;

/** Starts to follow what the simulator looks at; each change brings those parts back that it concerns. */
export function startCaches(options: {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly add: (part: SimulationPart, key: ObjectKey) => void;
  readonly onGone: (uid: string) => void;
}): SimulatedCaches {
  const { add, onGone, ...common } = options;
  const start = <T extends KubernetesObject>(
    resource: Resource<T>,
    concerns: (object: T, key: ObjectKey, change: ObjectChange) => void,
    more: {
      readonly indexOf?: (object: T) => readonly string[];
      readonly labelSelector?: string;
    } = {},
  ): ObjectCache<T> =>
    new ObjectCache<T>({
      ...common,
      resource,
      ...more,
      onChange: (object, change) => {
        if (change === "deleted") onGone(object.metadata?.uid ?? "");
        concerns(object, objectKeyOf(object), change);
      },
    });
  const addAll = (key: ObjectKey, ...parts: SimulationPart[]): void => {
    for (const part of parts) add(part, key);
  };
  const virtualMachines = start(
    SimulatedVirtualMachine,
    (_, key) => addAll(key, "snapshot", "vm", "vmi"),
    { indexOf: ({ metadata, spec }) => machineClaims(metadata?.namespace, spec) },
  );
  const instances = start(SimulatedInstance, (_, key) => addAll(key, "vm", "vmi", "node"), {
    indexOf: ({ metadata, spec }) => claimIndexOf(metadata?.namespace, spec.volumes),
  });
  const pods = start(
    SimulatedPod,
    (pod) => {
      const name = instanceNameOf(pod);
      const { namespace } = pod.metadata ?? {};
      if (name !== undefined) addAll({ namespace, name }, "vmi", "node");
      if (pod.metadata?.deletionTimestamp === undefined) return;
      for (const claim of podClaims(pod)) add("claim", { namespace, name: claim });
    },
    { indexOf: podIndex, labelSelector: "kubevirt.io=virt-launcher" },
  );
  const claims = start(PersistentVolumeClaim, (_, key, change) => {
    addAll(key, "claim", "dataVolume");
    // A claim that is bound brings no machine back: its instance's next state does.
    if (change === "added") concernUsers(key);
    else concernUsers(key, "snapshot");
  });
  const dataVolumes = start(SimulatedDataVolume, (_, key) => {
    add("dataVolume", key);
    concernUsers(key);
  });
  const storageClasses = start(StorageClass, () => undefined);
  const concernUsers = (key: ObjectKey, ...parts: readonly SimulationPart[]): void => {
    const id = formatObjectKey(key);
    const ofMachine = parts.length === 0 ? (["snapshot", "vm"] as const) : parts;
    for (const vm of virtualMachines.by(id)) addAll(objectKeyOf(vm), ...ofMachine);
    for (const instance of instances.by(id)) addAll(objectKeyOf(instance), "vmi", "node");
  };
  return { virtualMachines, instances, pods, claims, dataVolumes, storageClasses };
}

function machineClaims(
  namespace: string | undefined,
  spec: SimulatedVirtualMachine["spec"],
): string[] {
  const templates = (spec.dataVolumeTemplates ?? []).map(
    ({ metadata }) => `${namespace ?? ""}/${metadata.name ?? ""}`,
  );
  return [...new Set([...claimIndexOf(namespace, spec.template.spec.volumes), ...templates])];
}

function instanceNameOf(pod: SimulatedPod): string | undefined {
  return pod.metadata?.ownerReferences?.find(({ kind }) => kind === "VirtualMachineInstance")?.name;
}

function podClaims(pod: SimulatedPod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );
}

/** By the uid and the name of its instance, and by the claims that it uses. */
function podIndex(pod: SimulatedPod): string[] {
  const { namespace, ownerReferences = [] } = pod.metadata ?? {};
  const name = instanceNameOf(pod);
  return [
    ...ownerReferences.map(({ uid }) => uid),
    ...(name === undefined ? [] : [formatObjectKey({ namespace, name })]),
    ...podClaims(pod).map((claim) => `claim ${formatObjectKey({ namespace, name: claim })}`),
  ];
}
