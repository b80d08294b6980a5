import { formatTime } from "@kvop/core";
import { withCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type {
  SimulatedCondition,
  SimulatedDisk,
  SimulatedInstance,
  SimulatedInstanceStatus,
  SimulatedInterfaceStatus,
  SimulatedPod,
} from "../simulated-kinds.js";
import { claimNameOf } from "../virt-controller/volume-claims.js";

export const PAUSED_CONDITION: SimulatedCondition = {
  type: "Paused",
  status: "True",
  reason: "PausedByUser",
  message: "VMI was paused by user",
};

const NOT_SHARED =
  "cannot migrate VMI: PVC is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode)";
const NOT_MASQUERADED =
  "cannot migrate VMI which does not use masquerade, bridge with kubevirt.io/allow-pod-bridge-network-live-migration VM annotation or a migratable plugin to connect to the pod network";

/** What virt-handler tells of an instance whose guest runs. */
export function bootedStatus(
  instance: SimulatedInstance,
  pod: SimulatedPod,
  cluster: SimulatedCluster,
): SimulatedInstanceStatus {
  const time = formatTime(cluster.clock.now());
  const status = structuredClone(instance.status ?? {});
  const targets = diskTargets(instance.spec.domain.devices.disks ?? []);
  let conditions = withCondition(status.conditions, {
    ...liveMigratable(instance, cluster),
    lastTransitionTime: time,
  });
  conditions = withCondition(conditions, {
    type: "StorageLiveMigratable",
    status: "True",
    lastTransitionTime: time,
  });
  if (instance.spec.startStrategy === "Paused")
    conditions = withCondition(conditions, { ...PAUSED_CONDITION, lastTransitionTime: time });
  return {
    ...status,
    conditions,
    interfaces: bootedInterfaces(instance, pod.status?.podIP ?? ""),
    machine: { type: instance.spec.domain.machine?.type ?? "q35" },
    volumeStatus: (status.volumeStatus ?? []).map((volume) => ({
      ...volume,
      target: targets.get(volume.name) ?? volume.target,
    })),
  };
}

function liveMigratable(
  instance: SimulatedInstance,
  { claims }: SimulatedCluster,
): SimulatedCondition {
  const namespace = instance.metadata?.namespace;
  const { networks, volumes, domain } = instance.spec;
  const podNetwork = networks?.find(({ pod }) => pod !== undefined)?.name;
  const isBridged = (domain.devices.interfaces ?? []).some(
    ({ name, bridge }) => name === podNetwork && bridge !== undefined,
  );
  const isShared = (volumes ?? []).every((volume) => {
    const name = claimNameOf(volume);
    if (name === undefined) return true;
    return claims.get({ namespace, name })?.spec?.accessModes?.includes("ReadWriteMany") === true;
  });
  const type = "LiveMigratable";
  if (!isShared)
    return { type, status: "False", reason: "DisksNotLiveMigratable", message: NOT_SHARED };
  if (isBridged)
    return {
      type,
      status: "False",
      reason: "InterfaceNotLiveMigratable",
      message: NOT_MASQUERADED,
    };
  return { type, status: "True" };
}

function bootedInterfaces(
  { spec, status }: SimulatedInstance,
  podIP: string,
): SimulatedInterfaceStatus[] {
  const podNetwork = spec.networks?.find(({ pod }) => pod !== undefined)?.name;
  return (spec.domain.devices.interfaces ?? []).map(({ name, macAddress }, index) => ({
    ...status?.interfaces?.find((each) => each.name === name),
    name,
    infoSource: "domain",
    linkState: "up",
    mac: macAddress ?? `02:00:00:00:00:${(index + 1).toString(16).padStart(2, "0")}`,
    queueCount: 1,
    ...(name === podNetwork && podIP !== "" ? { ipAddress: podIP, ipAddresses: [podIP] } : {}),
  }));
}

/** Device names of disks: counted per prefix, in the order of the disks. */
function diskTargets(disks: readonly SimulatedDisk[]): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    disks.map(({ name, disk, cdrom, lun }) => {
      const bus = disk?.bus ?? cdrom?.bus ?? lun?.bus ?? (cdrom === undefined ? "virtio" : "sata");
      const prefix = bus === "virtio" ? "vd" : "sd";
      const count = counts.get(prefix) ?? 0;
      counts.set(prefix, count + 1);
      return [name, `${prefix}${letters(count)}`];
    }),
  );
}

function letters(index: number): string {
  const last = String.fromCodePoint(97 + (index % 26));
  return index < 26 ? last : `${letters(Math.floor(index / 26) - 1)}${last}`;
}
