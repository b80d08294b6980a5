import { NetworkConfiguration, VirtualMachine } from "@kvop/core";
import { isOwnedNetworkConfiguration } from "./ensure-mac-address.js";
import { MachineBlockedError } from "./machine-blocked-error.js";
import { ownershipOf } from "./object-labels.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { StoredMachine } from "./served-machine.js";

/** Annotation of a Machine: UID of a VirtualMachine that it takes over whatever its labels say. */
export const ADOPT_ANNOTATION = "kvop.dev/adopt-virtual-machine";

/** MAC addresses that a VirtualMachine's interfaces ask for. */
export function macAddressesOf(virtualMachine: VirtualMachine): readonly string[] {
  const interfaces = virtualMachine.spec.template.spec.domain.devices.interfaces ?? [];
  return interfaces.flatMap(({ macAddress = "" }) =>
    macAddress === "" ? [] : [macAddress.toLowerCase()],
  );
}

/**
 * Whether a VirtualMachine is the Machine's: it carries the Machine's UID, or the Machine names its UID, or an operator made
 * it for a Machine of this name and its MAC is in the NetworkConfiguration of this very Machine (or there is none).
 */
export function isOwnedVirtualMachine(
  virtualMachine: VirtualMachine,
  machine: StoredMachine,
  configuration: NetworkConfiguration | undefined,
): boolean {
  const { uid, deletionTimestamp } = virtualMachine.metadata ?? {};
  if (uid !== undefined && machine.metadata.annotations?.[ADOPT_ANNOTATION] === uid) return true;
  const ownership = ownershipOf(virtualMachine, machine);
  if (ownership !== "unmarked") return ownership === "ours";
  // One that is going away without a record of its owner may be that of an earlier Machine of this name.
  const isNewMachine = machine.metadata.deletionTimestamp === undefined;
  if (isNewMachine && deletionTimestamp !== undefined) return false;
  if (configuration === undefined) return true;
  if (!isOwnedNetworkConfiguration(configuration, machine)) return false;
  const recorded = new Set(
    (configuration.spec?.networkInterfaces ?? []).map(({ macAddress = "" }) =>
      macAddress.toLowerCase(),
    ),
  );
  return macAddressesOf(virtualMachine).some((macAddress) => recorded.has(macAddress));
}

/** Reads what is needed to tell whose a VirtualMachine is; asks the supervisor only where the annotations do not tell. */
export async function readOwnership(
  context: ReconcileContext,
  machine: StoredMachine,
  virtualMachine: VirtualMachine,
): Promise<boolean> {
  if (ownershipOf(virtualMachine, machine) !== "unmarked")
    return isOwnedVirtualMachine(virtualMachine, machine, undefined);
  const { namespace, name } = machine.metadata;
  const configuration = await context.supervisor.find(
    NetworkConfiguration,
    { namespace, name },
    { signal: context.signal },
  );
  return isOwnedVirtualMachine(virtualMachine, machine, configuration);
}

/** @throws MachineBlockedError when the VirtualMachine is somebody else's. */
export async function checkOwnership(
  context: ReconcileContext,
  machine: StoredMachine,
  virtualMachine: VirtualMachine,
): Promise<void> {
  if (await readOwnership(context, machine, virtualMachine)) return;
  const { name, namespace, uid, deletionTimestamp } = virtualMachine.metadata ?? {};
  if (deletionTimestamp !== undefined) {
    throw new MachineBlockedError({
      condition: "VirtualMachineReady",
      reason: "VirtualMachineTerminating",
      message: `Another VirtualMachine "${namespace}/${name}" is still being deleted; a new one is made once it is gone.`,
      isWait: true,
    });
  }
  throw new MachineBlockedError({
    condition: "VirtualMachineReady",
    reason: "NameConflict",
    message: `VirtualMachine "${namespace}/${name}" was not made for this Machine and was left alone. Rename the Machine, remove that VirtualMachine, or annotate the Machine with ${ADOPT_ANNOTATION}=${uid} to take it over.`,
  });
}
