import { isAlreadyExists, PersistentVolumeClaim } from "@kvop/core";
import type { ChosenStorage } from "./choose-storage.js";
import type { PlacedMachine } from "./ensure-placement.js";
import { MachineBlockedError } from "./machine-blocked-error.js";
import { buildAnnotations, buildLabels, ownershipOf } from "./object-labels.js";
import type { PlannedDisk } from "./plan-disks.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { StoredMachine } from "./served-machine.js";

/** The claim of one disk. */
export function buildDisk(
  machine: StoredMachine,
  disk: PlannedDisk,
  storage: ChosenStorage,
  managedBy: string,
): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: disk.claimName,
      namespace: machine.metadata.namespace,
      labels: {
        ...buildLabels(machine, managedBy),
        ...(disk.isBoot ? { "disk-type": "boot" } : {}),
      },
      annotations: buildAnnotations(machine),
    },
    spec: {
      accessModes: [storage.accessMode],
      resources: { requests: { storage: `${disk.sizeGib}Gi` } },
      storageClassName: storage.storageClassName,
      volumeMode: storage.volumeMode,
    },
  };
}

/** Makes the claims of all disks. One of the same name that belongs to somebody else is left alone. */
export async function ensureDisks(
  context: ReconcileContext,
  placed: PlacedMachine,
  disks: readonly PlannedDisk[],
  storage: ChosenStorage,
): Promise<void> {
  for (const disk of disks) await ensureDisk(context, placed, disk, storage);
}

async function ensureDisk(
  context: ReconcileContext,
  placed: PlacedMachine,
  disk: PlannedDisk,
  storage: ChosenStorage,
): Promise<void> {
  const { machine, client, configName } = placed;
  const { signal } = context;
  try {
    const claim = buildDisk(machine, disk, storage, context.settings.managedBy);
    await client.create(PersistentVolumeClaim, claim, { signal });
    return;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const key = { namespace: machine.metadata.namespace, name: disk.claimName };
  const present = await client.get(PersistentVolumeClaim, key, { signal });
  if (ownershipOf(present, machine) === "foreign") {
    throw new MachineBlockedError({
      condition: "DisksReady",
      reason: "NameConflict",
      message: `PersistentVolumeClaim "${disk.claimName}" on cluster "${configName}" belongs to something else and was left alone. Rename the disk or the Machine, or remove the claim.`,
    });
  }
  if (present.metadata?.deletionTimestamp !== undefined) {
    throw new MachineBlockedError({
      condition: "DisksReady",
      reason: "DiskTerminating",
      message: `PersistentVolumeClaim "${disk.claimName}" on cluster "${configName}" is still being deleted; a new one is made once it is gone.`,
      isWait: true,
    });
  }
}
