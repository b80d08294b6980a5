import { MachineBlockedError } from "./machine-blocked-error.js";
import type { StoredMachine } from "./served-machine.js";

/** One disk of a Machine: what it is called on the cluster and how it is attached. */
export interface PlannedDisk {
  /** Name of the disk and the volume in the VirtualMachine. */
  readonly volumeName: string;
  /** Name of the PersistentVolumeClaim. */
  readonly claimName: string;
  readonly sizeGib: number;
  readonly bus: "virtio" | "scsi" | "sata";
  readonly isBoot: boolean;
}

const DEFAULT_SIZE_GIB = 10;

/**
 * The Machine's disks. Without any: one boot disk of 10 Gi.
 *
 * @throws MachineBlockedError when two of them would have the same name.
 */
export function planDisks(machine: StoredMachine): readonly PlannedDisk[] {
  const { name } = machine.metadata;
  const disks = machine.spec?.disks ?? [];
  if (disks.length === 0) {
    return [
      {
        volumeName: "root",
        claimName: name,
        sizeGib: DEFAULT_SIZE_GIB,
        bus: "virtio",
        isBoot: true,
      },
    ];
  }
  const bootIndex = disks.findIndex((disk) => disk.boot === true);
  const planned = disks.map((disk, index): PlannedDisk => {
    const isBoot = index === bootIndex;
    const ownName = disk.name ?? "";
    const volumeName = ownName === "" ? (isBoot ? "root" : `disk${index}`) : ownName;
    return {
      volumeName,
      claimName: isBoot ? name : `${name}-${volumeName}`,
      sizeGib: disk.sizeGB ?? DEFAULT_SIZE_GIB,
      bus: disk.type === "scsi" || disk.type === "sata" ? disk.type : "virtio",
      isBoot,
    };
  });
  checkNamesDiffer(planned);
  return planned;
}

function checkNamesDiffer(disks: readonly PlannedDisk[]): void {
  const seen = new Set<string>();
  for (const { volumeName } of disks) {
    if (seen.has(volumeName)) {
      throw new MachineBlockedError({
        condition: "DisksReady",
        reason: "DiskNameTwice",
        message: `Two disks of this Machine are called "${volumeName}". Give each entry of spec.disks a name of its own.`,
      });
    }
    seen.add(volumeName);
  }
}
