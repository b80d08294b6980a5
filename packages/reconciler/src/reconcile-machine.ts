import type { VirtualMachine } from "@kvop/core";
import { buildCloudInitDisk } from "./build-cloud-init.js";
import { buildVirtualMachine } from "./build-virtual-machine.js";
import { macAddressesOf } from "./check-ownership.js";
import { checkMachineName } from "./check-machine-name.js";
import { duringStep } from "./during-step.js";
import { ensureCloudInit } from "./ensure-cloud-init.js";
import { ensureDisks } from "./ensure-disks.js";
import { ensureMacAddress } from "./ensure-mac-address.js";
import { checkNamespaceAllowed, ensureNamespace } from "./ensure-namespace.js";
import { ensureNetwork } from "./ensure-network.js";
import { ensurePlacement, type PlacedMachine } from "./ensure-placement.js";
import { ensureVirtualMachine, readVirtualMachine } from "./ensure-virtual-machine.js";
import { planDisks } from "./plan-disks.js";
import { readBack } from "./read-back.js";
import type { ReconcileContext } from "./reconcile-context.js";
import { resolveCloudInit } from "./resolve-cloud-init.js";
import { resolveNetwork } from "./resolve-network.js";
import { resolveSize } from "./resolve-size.js";
import { resolveStorage } from "./resolve-storage.js";
import { withStaticAddress } from "./static-address.js";
import type { StoredMachine } from "./served-machine.js";

/** One pass over a Machine that is not being deleted. Level-based: what is done already is found done. */
export async function reconcileMachine(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<void> {
  checkMachineName(machine.metadata.name);
  checkNamespaceAllowed(machine.metadata.namespace, context.settings.deniedNamespaces);
  const placed = await duringStep("ConfigResolved", () => ensurePlacement(context, machine));
  const virtualMachine = await duringStep("VirtualMachineReady", () =>
    readVirtualMachine(context, placed),
  );
  const present =
    virtualMachine === undefined
      ? await makeVirtualMachine(context, placed)
      : await keepVirtualMachine(context, placed, virtualMachine);
  await readBack(context, placed, present);
}

/** What can fail without having written anything comes first, then each write in the order in which the next one needs it. */
async function makeVirtualMachine(
  context: ReconcileContext,
  placed: PlacedMachine,
): Promise<VirtualMachine> {
  const { machine } = placed;
  const size = await duringStep("VirtualMachineReady", () => resolveSize(context, machine));
  const disks = planDisks(machine);
  const source = await duringStep("VirtualMachineReady", () => resolveCloudInit(context, machine));
  const network = await duringStep("NetworkReady", () => resolveNetwork(context, machine));
  const storage = await duringStep("DisksReady", () => resolveStorage(context, placed));
  const macAddress = await duringStep("NetworkReady", () =>
    ensureMacAddress(context, machine, network),
  );
  const cloudInit = await duringStep("NetworkReady", () =>
    withStaticAddress(context, machine, network, macAddress, source),
  );
  await duringStep("VirtualMachineReady", () => ensureNamespace(context, placed));
  await duringStep("NetworkReady", () => ensureNetwork(context, placed, network));
  await duringStep("DisksReady", () => ensureDisks(context, placed, disks, storage));
  await duringStep("VirtualMachineReady", () => ensureCloudInit(context, placed, cloudInit));
  const extraDisks = cloudInit === undefined ? [] : [buildCloudInitDisk(machine, cloudInit)];
  const plan = { size, disks, network, macAddress, extraDisks };
  const wanted = buildVirtualMachine(machine, plan, context.settings);
  return duringStep("VirtualMachineReady", () => ensureVirtualMachine(context, placed, wanted));
}

/** An existing VirtualMachine is not changed; one that was taken over gets its MAC address recorded. */
async function keepVirtualMachine(
  context: ReconcileContext,
  { machine }: PlacedMachine,
  virtualMachine: VirtualMachine,
): Promise<VirtualMachine> {
  const [proposed] = macAddressesOf(virtualMachine);
  const isRecorded = machine.status?.conditions?.some(
    ({ type, status }) => type === "NetworkReady" && status === "True",
  );
  if (isRecorded !== true && proposed !== undefined) {
    const network = await duringStep("NetworkReady", () => resolveNetwork(context, machine));
    await duringStep("NetworkReady", () =>
      ensureMacAddress(context, machine, network, { proposed }),
    );
  }
  return virtualMachine;
}
