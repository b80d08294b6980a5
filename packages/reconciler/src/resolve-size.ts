import { MachineClass } from "@kvop/core";
import { buildSize, type MachineSize } from "./build-size.js";
import { MachineBlockedError } from "./machine-blocked-error.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { StoredMachine } from "./served-machine.js";

/** Reads the Machine's class and works out its size. */
export async function resolveSize(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<MachineSize> {
  const className = machine.spec?.machineClass ?? "";
  if (className === "") return buildSize(machine, undefined);
  const { signal } = context;
  const machineClass = await context.supervisor.find(MachineClass, { name: className }, { signal });
  if (machineClass === undefined) {
    throw new MachineBlockedError({
      condition: "VirtualMachineReady",
      reason: "MachineClassNotFound",
      message: `MachineClass "${className}" does not exist. Create it, or name another one in spec.machineClass.`,
    });
  }
  if (machineClass.spec?.enabled !== true) {
    throw new MachineBlockedError({
      condition: "VirtualMachineReady",
      reason: "MachineClassDisabled",
      message: `MachineClass "${className}" is not enabled. Set its spec.enabled to true, or name another one in spec.machineClass.`,
    });
  }
  return buildSize(machine, machineClass);
}
