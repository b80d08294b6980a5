import { isAlreadyExists, MANAGED_BY_LABEL, Namespace } from "@kvop/core";
import type { PlacedMachine } from "./ensure-placement.js";
import { MachineBlockedError } from "./machine-blocked-error.js";
import type { ReconcileContext } from "./reconcile-context.js";

/** @throws MachineBlockedError when a Machine may not write into the namespace of that name on a cluster. */
export function checkNamespaceAllowed(namespace: string, denied: readonly string[]): void {
  const isDenied = denied.some((pattern) =>
    pattern.endsWith("*") ? namespace.startsWith(pattern.slice(0, -1)) : namespace === pattern,
  );
  if (!isDenied) return;
  throw new MachineBlockedError({
    condition: "VirtualMachineReady",
    reason: "NamespaceDenied",
    message: `Machines in namespace "${namespace}" are not served: the namespace of that name on a cluster belongs to the system. Create the Machine in another namespace.`,
  });
}

/** Makes the Machine's namespace on its cluster. It is shared by all Machines in it and never deleted. */
export async function ensureNamespace(
  context: ReconcileContext,
  placed: PlacedMachine,
): Promise<void> {
  const { namespace } = placed.machine.metadata;
  checkNamespaceAllowed(namespace, context.settings.deniedNamespaces);
  const { signal } = context;
  const present = await placed.client.find(Namespace, { name: namespace }, { signal });
  if (present?.metadata?.deletionTimestamp !== undefined) {
    throw new MachineBlockedError({
      condition: "VirtualMachineReady",
      reason: "NamespaceTerminating",
      message: `Namespace "${namespace}" on cluster "${placed.configName}" is being deleted; the VirtualMachine is made once it is gone.`,
      isWait: true,
    });
  }
  if (present !== undefined) return;
  try {
    await placed.client.create(Namespace, buildNamespace(namespace, context.settings.managedBy), {
      signal,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** The namespace of a tenant on a cluster. */
export function buildNamespace(name: string, managedBy: string): Namespace {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { [MANAGED_BY_LABEL]: managedBy } },
  };
}
