import { isAlreadyExists, MANAGED_BY_LABEL, NetworkAttachmentDefinition } from "@kvop/core";
import type { PlacedMachine } from "./ensure-placement.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { PlannedNetwork } from "./resolve-network.js";
import type { ReconcilerSettings } from "./settings.js";

/** The bridge on the nodes that carries the VLANs. */
const BRIDGE = "br0";

/** The network of one VLAN, shared by all Machines of a namespace. */
export function buildNetworkAttachment(
  namespace: string,
  network: PlannedNetwork & { readonly vlanId: number },
  settings: ReconcilerSettings,
): NetworkAttachmentDefinition {
  const plugin = { type: "bridge", bridge: BRIDGE, vlan: network.vlanId };
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: {
      name: network.name,
      namespace,
      labels: {
        [MANAGED_BY_LABEL]: settings.managedBy,
        "vitistack.io/vlan-id": String(network.vlanId),
      },
    },
    spec: {
      config: JSON.stringify({
        cniVersion: settings.cniVersion,
        name: BRIDGE,
        plugins: [plugin],
      }),
    },
  };
}

/** Makes the network on the cluster where a VLAN needs one. One that is there already is used as it is. */
export async function ensureNetwork(
  context: ReconcileContext,
  { machine, client }: PlacedMachine,
  network: PlannedNetwork,
): Promise<void> {
  const { vlanId } = network;
  if (vlanId === undefined) return;
  try {
    await client.create(
      NetworkAttachmentDefinition,
      buildNetworkAttachment(machine.metadata.namespace, { ...network, vlanId }, context.settings),
      { signal: context.signal },
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
