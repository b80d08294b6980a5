import { isAlreadyExists, objectKeyOf, VirtualMachine } from "@kvop/core";
import { checkOwnership } from "./check-ownership.js";
import type { PlacedMachine } from "./ensure-placement.js";
import type { ReconcileContext } from "./reconcile-context.js";

/** The VirtualMachine of the Machine's name, if there is one that is ours. */
export async function readVirtualMachine(
  context: ReconcileContext,
  { machine, client }: PlacedMachine,
): Promise<VirtualMachine | undefined> {
  const { namespace, name } = machine.metadata;
  const present = await client.find(
    VirtualMachine,
    { namespace, name },
    { signal: context.signal },
  );
  if (present !== undefined) await checkOwnership(context, machine, present);
  return present;
}

/** Creates the VirtualMachine; one that is there already and is ours counts as created. */
export async function ensureVirtualMachine(
  context: ReconcileContext,
  { machine, client, configName }: PlacedMachine,
  wanted: VirtualMachine,
): Promise<VirtualMachine> {
  const { signal } = context;
  try {
    const created = await client.create(VirtualMachine, wanted, { signal });
    const { namespace, name } = machine.metadata;
    context.logger.info(
      { machine: `${namespace}/${name}`, cluster: configName },
      "made the VirtualMachine",
    );
    return created;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const present = await client.get(VirtualMachine, objectKeyOf(wanted), { signal });
  await checkOwnership(context, machine, present);
  return present;
}
