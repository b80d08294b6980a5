import type { StorageClass, StorageProfile } from "@kvop/core";
import { MachineBlockedError } from "./machine-blocked-error.js";
import type { ReconcilerSettings } from "./settings.js";

const DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";

/** How new disks are stored. */
export interface ChosenStorage {
  readonly storageClassName: string;
  readonly volumeMode: "Block" | "Filesystem";
  readonly accessMode: string;
}

/**
 * The class of new disks: the setting, else the cluster's default class (the newest, as Kubernetes picks where there are
 * several).
 *
 * @throws MachineBlockedError when there is neither.
 */
export function chooseStorageClass(
  classes: readonly StorageClass[],
  settings: ReconcilerSettings,
): string {
  if (settings.storageClassName !== undefined) return settings.storageClassName;
  const defaults = classes
    .filter(({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true")
    .toSorted((a, b) => rank(b).localeCompare(rank(a)));
  const name = defaults[0]?.metadata?.name;
  if (name !== undefined) return name;
  throw new MachineBlockedError({
    condition: "DisksReady",
    reason: "StorageClassMissing",
    message:
      "The cluster has no default StorageClass. Annotate one with storageclass.kubernetes.io/is-default-class=true, or set STORAGE_CLASS_NAME.",
  });
}

/** The access mode that CDI knows for the class and volume mode (ReadWriteMany preferred), else its first set's, else the setting. */
export function chooseAccessMode(
  profile: StorageProfile | undefined,
  settings: ReconcilerSettings,
): string {
  const sets = profile?.status?.claimPropertySets ?? [];
  const ofMode = sets.filter(({ volumeMode }) => volumeMode === settings.volumeMode);
  const modes = ofMode.flatMap(({ accessModes = [] }) => accessModes);
  if (modes.includes("ReadWriteMany")) return "ReadWriteMany";
  return modes[0] ?? sets[0]?.accessModes?.[0] ?? settings.accessMode;
}

function rank({ metadata }: StorageClass): string {
  return `${metadata?.creationTimestamp ?? ""} ${metadata?.name ?? ""}`;
}
