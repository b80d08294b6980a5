import type {
  SimulatedDisk,
  SimulatedInstance,
  SimulatedInstanceSpec,
  SimulatedVirtualMachine,
  SimulatedVolume,
} from "../simulated-kinds.js";
import { isSame } from "./machine-revision.js";
import { templateSpec } from "./virtual-machine-pass.js";

/** The started template with all that may change on a running instance taken from the present one. */
export function liveFieldsOf(
  started: SimulatedVirtualMachine["spec"],
  vm: SimulatedVirtualMachine,
  instance: SimulatedInstance,
): SimulatedInstanceSpec {
  const before = structuredClone(started.template.spec);
  const now = templateSpec(vm);
  // Disks are judged by the volumes that the instance was started with.
  const areDisksLive = areLiveDisks(started.template.spec, now);
  if (areLiveVolumes(before.volumes, now.volumes)) assignOrDelete(before, "volumes", now.volumes);
  if (areDisksLive) assignOrDelete(before.domain.devices, "disks", now.domain.devices.disks);
  if (before.domain.cpu !== undefined && now.domain.cpu !== undefined)
    assignOrDelete(before.domain.cpu, "sockets", now.domain.cpu.sockets);
  if (now.domain.memory?.guest !== undefined)
    before.domain.memory = { ...before.domain.memory, guest: now.domain.memory.guest };
  for (const field of ["nodeSelector", "affinity", "tolerations"] as const)
    assignOrDelete(before, field, now[field]);
  if (isNetworkLive(now, instance.spec)) {
    assignOrDelete(before.domain.devices, "interfaces", now.domain.devices.interfaces);
    assignOrDelete(before, "networks", now.networks);
  }
  return before;
}

function assignOrDelete<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}

/** Whether a volume can be plugged while the guest runs. */
function isHotpluggable(volume: SimulatedVolume | undefined): boolean {
  const sources = [
    volume?.persistentVolumeClaim,
    volume?.dataVolume,
    volume?.["memoryDump"],
  ] as readonly ({ readonly hotpluggable?: boolean } | undefined)[];
  return sources.some((source) => source?.hotpluggable === true);
}

type Named = readonly { readonly name: string }[] | undefined;

function findNamed<T extends { readonly name: string }>(
  items: readonly T[] | undefined,
  name: string,
): T | undefined {
  return items?.find((item) => item.name === name);
}

function areLiveVolumes(
  before: readonly SimulatedVolume[] | undefined,
  now: readonly SimulatedVolume[] | undefined,
): boolean {
  const areKept = (now ?? []).every(
    (volume) => isHotpluggable(volume) || isSame(findNamed(before, volume.name), volume),
  );
  const areTaken = (before ?? []).every(
    (volume) => isHotpluggable(volume) || findNamed(now, volume.name) !== undefined,
  );
  return areKept && areTaken;
}

function areLiveDisks(before: SimulatedInstanceSpec, now: SimulatedInstanceSpec): boolean {
  const disksOf = ({ domain }: SimulatedInstanceSpec): readonly SimulatedDisk[] =>
    domain.devices.disks ?? [];
  const areKept = disksOf(now).every(
    (disk) =>
      isHotpluggable(findNamed(now.volumes, disk.name)) ||
      isSame(findNamed(disksOf(before), disk.name), disk),
  );
  const areTaken = disksOf(before).every((disk) => {
    if (findNamed(disksOf(now), disk.name) !== undefined) return true;
    const volume = findNamed(before.volumes, disk.name);
    // A drive cannot be taken out, whatever is in it.
    return (volume === undefined || isHotpluggable(volume)) && disk.cdrom === undefined;
  });
  return areKept && areTaken;
}

/** Whether the instance can follow: interfaces and networks may be added, and an interface may take another state. */
function isNetworkLive(now: SimulatedInstanceSpec, instance: SimulatedInstanceSpec): boolean {
  const hasPod = ({ networks }: SimulatedInstanceSpec): boolean =>
    (networks ?? []).some(({ pod }) => pod !== undefined);
  if (hasPod(now) && !hasPod(instance)) return false;
  const withoutState = (item: { readonly name: string } | undefined): unknown => {
    if (item === undefined) return undefined;
    const { state: _, ...rest } = item as { readonly state?: unknown };
    return rest;
  };
  const stays = (present: Named, wanted: Named): boolean =>
    (present ?? []).every((item) =>
      isSame(withoutState(findNamed(wanted, item.name)), withoutState(item)),
    );
  return (
    stays(instance.domain.devices.interfaces, now.domain.devices.interfaces) &&
    stays(instance.networks, now.networks)
  );
}
