import {
  type Condition,
  formatTime,
  type ObjectKey,
  parseTime,
  setCondition,
  VirtualMachineInstance,
  type VirtualMachineInstanceStatus,
} from "@kvop/core";
import { simulatedAddresses } from "./simulated-addresses.js";
import type { SimulatedCluster } from "./simulated-cluster.js";

/** What scheduler, virt-controller and virt-handler do about an instance. Resolves to milliseconds after which to look again. */
export async function simulateInstance(
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<number | undefined> {
  const instance = cluster.instances.get(key);
  if (instance === undefined) return undefined;
  const phase = instance.status?.phase ?? "";
  if (instance.metadata?.deletionTimestamp !== undefined) return finish(instance, cluster);
  if (cluster.isHeld(key, phase)) return undefined;
  switch (phase) {
    case "":
      return move(instance, "Pending", {}, cluster);
    case "Pending":
      return claimsOf(instance, cluster).includes(undefined)
        ? undefined
        : move(instance, "Scheduling", {}, cluster);
    case "Scheduling": {
      const isBound = claimsOf(instance, cluster).every(
        (claim) => claim?.status?.phase === "Bound",
      );
      if (!isBound) return undefined;
      return (
        waitIn(instance, "Scheduling", cluster.timing.schedulingMs, cluster) ??
        move(instance, "Scheduled", { nodeName: "node01" }, cluster)
      );
    }
    case "Scheduled":
      return (
        waitIn(instance, "Scheduled", cluster.timing.startingMs, cluster) ??
        move(instance, "Running", running(instance, cluster), cluster)
      );
    default:
      return undefined;
  }
}

async function finish(
  instance: VirtualMachineInstance,
  cluster: SimulatedCluster,
): Promise<number | undefined> {
  const { namespace = "", name = "", deletionTimestamp = "" } = instance.metadata ?? {};
  const sinceMs = cluster.clock.now() - (parseTime(deletionTimestamp) ?? 0);
  const { phase } = instance.status ?? {};
  if (phase === "Running" || phase === "Scheduled") {
    if (sinceMs < cluster.timing.stoppingMs) return cluster.timing.stoppingMs - sinceMs;
    return move(instance, "Succeeded", {}, cluster);
  }
  const patch = { metadata: { finalizers: null } };
  await cluster.client.patch(VirtualMachineInstance, { namespace, name }, { type: "merge", patch });
  return undefined;
}

/** Milliseconds that a phase still lasts; undefined when it is over. Times on objects are whole seconds, so is the doubt. */
function waitIn(
  instance: VirtualMachineInstance,
  phase: string,
  lastsMs: number,
  cluster: SimulatedCluster,
): number | undefined {
  const since = instance.status?.phaseTransitionTimestamps?.find(
    (entry) => entry.phase === phase,
  )?.phaseTransitionTimestamp;
  const sinceMs = cluster.clock.now() - (parseTime(since ?? "") ?? 0);
  return sinceMs < lastsMs ? Math.max(lastsMs - sinceMs, 1) : undefined;
}

function claimsOf(instance: VirtualMachineInstance, cluster: SimulatedCluster) {
  const { namespace } = instance.metadata ?? {};
  return (instance.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined
      ? []
      : [cluster.claims.get({ namespace, name: persistentVolumeClaim.claimName })],
  );
}

async function move(
  instance: VirtualMachineInstance,
  phase: string,
  facts: VirtualMachineInstanceStatus,
  cluster: SimulatedCluster,
): Promise<undefined> {
  const { namespace = "", name = "", resourceVersion } = instance.metadata ?? {};
  const time = formatTime(cluster.clock.now());
  const ready: Omit<Condition, "lastTransitionTime"> =
    phase === "Running"
      ? { type: "Ready", status: "True" }
      : {
          type: "Ready",
          status: "False",
          reason: "GuestNotRunning",
          message: "Guest VM is not reported as running",
        };
  const status = {
    ...facts,
    phase,
    conditions: setCondition(instance.status?.conditions, ready, time),
    phaseTransitionTimestamps: [
      ...(instance.status?.phaseTransitionTimestamps ?? []),
      { phase, phaseTransitionTimestamp: time },
    ],
  };
  // The CustomResourceDefinition of instances has no status subresource.
  await cluster.client.patch(
    VirtualMachineInstance,
    { namespace, name },
    { type: "merge", patch: { metadata: { resourceVersion }, status } },
  );
  return undefined;
}

function running(
  instance: VirtualMachineInstance,
  cluster: SimulatedCluster,
): VirtualMachineInstanceStatus {
  const { namespace = "", name = "" } = instance.metadata ?? {};
  const { devices } = instance.spec.domain;
  return {
    interfaces: (devices.interfaces ?? []).map((networkInterface, index) => {
      const ipAddresses = simulatedAddresses(`${namespace}/${name}/${networkInterface.name}`);
      return {
        name: networkInterface.name,
        interfaceName: `eth${index}`,
        mac: networkInterface.macAddress ?? "02:00:00:00:00:01",
        ipAddress: ipAddresses[0],
        ipAddresses,
        infoSource: "domain",
        linkState: "up",
        queueCount: 1,
      };
    }),
    volumeStatus: (instance.spec.volumes ?? []).map((volume, index) => {
      const claimName = volume.persistentVolumeClaim?.claimName;
      const claim =
        claimName === undefined ? undefined : cluster.claims.get({ namespace, name: claimName });
      return {
        name: volume.name,
        target: `vd${String.fromCodePoint(97 + (index % 26))}`,
        ...(claim === undefined || claimName === undefined
          ? {}
          : {
              persistentVolumeClaimInfo: {
                claimName,
                accessModes: claim.spec?.accessModes,
                volumeMode: claim.spec?.volumeMode,
                capacity: claim.status?.capacity,
                requests: claim.spec?.resources?.requests,
              },
            }),
      };
    }),
  };
}
