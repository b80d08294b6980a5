import { isAlreadyExists, NetworkConfiguration } from "@kvop/core";
import { buildMacAddress, buildNetworkConfiguration } from "./build-network-configuration.js";
import { MachineBlockedError } from "./machine-blocked-error.js";
import { ownershipOf } from "./object-labels.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { PlannedNetwork } from "./resolve-network.js";
import type { StoredMachine } from "./served-machine.js";

/**
 * Decides the Machine's MAC address by creating the object that holds it: whoever creates it first has decided, and an
 * address that is there already counts and is never overwritten.
 *
 * @param options.proposed the address to record where there is none yet (of an adopted VirtualMachine). Default: a new one.
 */
export async function ensureMacAddress(
  context: ReconcileContext,
  machine: StoredMachine,
  network: PlannedNetwork,
  options: { readonly proposed?: string | undefined } = {},
): Promise<string> {
  const { settings, signal } = context;
  const proposed = options.proposed ?? buildMacAddress(context.random, settings.macSet);
  const wanted = buildNetworkConfiguration(machine, network, proposed, settings.managedBy);
  try {
    await context.supervisor.create(NetworkConfiguration, wanted, { signal });
    return proposed;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const { namespace, name } = machine.metadata;
  const present = await context.supervisor.get(
    NetworkConfiguration,
    { namespace, name },
    { signal },
  );
  if (present.metadata?.deletionTimestamp !== undefined) {
    throw new MachineBlockedError({
      condition: "NetworkReady",
      reason: "NetworkConfigurationTerminating",
      message: `NetworkConfiguration "${name}" is still being deleted; a new one is made once it is gone.`,
      isWait: true,
    });
  }
  if (!isOwnedNetworkConfiguration(present, machine)) {
    throw new MachineBlockedError({
      condition: "NetworkReady",
      reason: "NameConflict",
      message: `NetworkConfiguration "${name}" belongs to something else and was left alone. Remove it, or rename the Machine.`,
    });
  }
  const recorded = macAddressOf(present, network.name);
  if (recorded !== undefined) return recorded;
  return addMacAddress(context, present, network, proposed);
}

/** The MAC address recorded for a network, else the first one. */
export function macAddressOf(
  configuration: NetworkConfiguration | undefined,
  networkName: string,
): string | undefined {
  const interfaces = configuration?.spec?.networkInterfaces ?? [];
  const recorded = interfaces.filter(({ macAddress = "" }) => macAddress !== "");
  return (recorded.find(({ name }) => name === networkName) ?? recorded[0])?.macAddress;
}

/** Whether the object is the Machine's: by its owner, or, where nobody owns it, by the labels of an operator. */
export function isOwnedNetworkConfiguration(
  configuration: NetworkConfiguration,
  machine: StoredMachine,
): boolean {
  const owners = (configuration.metadata?.ownerReferences ?? []).filter(
    ({ kind }) => kind === "Machine",
  );
  if (owners.length > 0) return owners.some(({ uid }) => uid === machine.metadata.uid);
  return ownershipOf(configuration, machine) !== "foreign";
}

async function addMacAddress(
  context: ReconcileContext,
  present: NetworkConfiguration,
  network: PlannedNetwork,
  macAddress: string,
): Promise<string> {
  const { namespace, name, uid, resourceVersion } = present.metadata ?? {};
  const others = present.spec?.networkInterfaces ?? [];
  const networkInterfaces = [
    ...others.filter((entry) => entry.name !== network.name),
    { ...others.find((entry) => entry.name === network.name), name: network.name, macAddress },
  ];
  await context.supervisor.patch(
    NetworkConfiguration,
    { namespace, name: name ?? "" },
    { type: "merge", patch: { metadata: { uid, resourceVersion }, spec: { networkInterfaces } } },
    { signal: context.signal },
  );
  return macAddress;
}
