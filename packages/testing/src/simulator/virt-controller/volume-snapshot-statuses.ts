import type { ObjectKey } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedVirtualMachine, type SimulatedVolume } from "../simulated-kinds.js";
import { isSame } from "./machine-revision.js";
import { isDeleting } from "./virtual-machine-pass.js";
import { claimNameOf } from "./volume-claims.js";

/** virt-controller's snapshot part: tells of each volume whether it could be snapshotted. Here none can. */
export async function writeVolumeSnapshotStatuses(
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  const vm = cluster.virtualMachines.get(key);
  if (vm === undefined || isDeleting(vm)) return;
  const statuses = (vm.spec.template.spec.volumes ?? []).map((volume) => ({
    enabled: false,
    name: volume.name,
    reason: reasonOf(volume, key, cluster),
  }));
  const present = vm.status?.volumeSnapshotStatuses;
  if (statuses.length === 0 ? present === undefined : isSame(present, statuses)) return;
  const { volumeSnapshotStatuses: _, ...rest } = vm.status ?? {};
  const status = statuses.length === 0 ? rest : { ...rest, volumeSnapshotStatuses: statuses };
  cluster.virtualMachines.remember(
    await cluster.client.update(
      SimulatedVirtualMachine,
      { ...vm, status },
      { subresource: "status" },
    ),
  );
}

function reasonOf(
  volume: SimulatedVolume,
  { namespace }: ObjectKey,
  cluster: SimulatedCluster,
): string {
  const name = claimNameOf(volume);
  if (name === undefined)
    return `Snapshot is not supported for this volumeSource type [${volume.name}]`;
  const claim = cluster.claims.get({ namespace, name });
  if (claim === undefined) return "PVC not found";
  const storageClass = claim.spec?.storageClassName ?? "";
  return `No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [${storageClass}] [${volume.name}]`;
}
