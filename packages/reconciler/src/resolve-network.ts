import { NetworkNamespace } from "@kvop/core";
import { MachineBlockedError } from "./machine-blocked-error.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { StaticAddressing } from "./static-address.js";
import type { StoredMachine } from "./served-machine.js";

/** The network that a Machine is attached to. */
export interface PlannedNetwork {
  /** Name of the network and the interface in the VirtualMachine. */
  readonly name: string;
  /** Absent for the cluster's pod network. */
  readonly vlanId: number | undefined;
  readonly networkNamespaceName: string | undefined;
  /** Present where addresses are static. */
  readonly staticAddressing?: StaticAddressing | undefined;
}

/** Finds the Machine's NetworkNamespace and decides on its network. */
export async function resolveNetwork(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<PlannedNetwork> {
  const { signal } = context;
  const { namespace } = machine.metadata;
  const { items } = await context.supervisor.list(NetworkNamespace, { namespace, signal });
  return planNetwork(chooseNetworkNamespace(machine, items));
}

/**
 * The NetworkNamespace that the Machine names, else the one named as the Machine, else the first by name.
 *
 * @throws MachineBlockedError when the one that is named does not exist.
 */
export function chooseNetworkNamespace(
  machine: StoredMachine,
  candidates: readonly NetworkNamespace[],
): NetworkNamespace | undefined {
  const named = machine.spec?.network?.networkNamespaceName ?? "";
  const find = (name: string): NetworkNamespace | undefined =>
    candidates.find(({ metadata }) => metadata?.name === name);
  if (named !== "") {
    const found = find(named);
    if (found !== undefined) return found;
    throw new MachineBlockedError({
      condition: "NetworkReady",
      reason: "NetworkNamespaceNotFound",
      message: `NetworkNamespace "${named}" does not exist in namespace "${machine.metadata.namespace}". Create it, or name another one in spec.network.networkNamespaceName.`,
    });
  }
  const byName = candidates.toSorted((a, b) =>
    (a.metadata?.name ?? "") < (b.metadata?.name ?? "") ? -1 : 1,
  );
  return find(machine.metadata.name) ?? byName[0];
}

/** A VLAN where the NetworkNamespace has one, else the pod network. */
export function planNetwork(networkNamespace: NetworkNamespace | undefined): PlannedNetwork {
  const networkNamespaceName = networkNamespace?.metadata?.name;
  const allocation = networkNamespace?.spec?.ipAllocation;
  const vlanId = networkNamespace?.status?.vlanId || allocation?.static?.vlanId || undefined;
  return {
    name: vlanId === undefined ? "default" : `vlan${vlanId}`,
    vlanId,
    networkNamespaceName,
    staticAddressing: staticAddressingOf(networkNamespace),
  };
}

function staticAddressingOf(
  networkNamespace: NetworkNamespace | undefined,
): StaticAddressing | undefined {
  const allocation = networkNamespace?.spec?.ipAllocation;
  if (allocation?.type !== "static" || allocation.static === undefined) return undefined;
  const { ipv4CIDR, ipv4Gateway, dns = [] } = allocation.static;
  return { cidr: ipv4CIDR, gateway: ipv4Gateway, dns };
}
