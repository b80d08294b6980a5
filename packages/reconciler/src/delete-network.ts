import {
  isNotFound,
  type KubernetesObject,
  KUBEVIRT_CONFIG_ANNOTATION,
  Machine,
  MANAGED_BY_LABEL,
  NetworkAttachmentDefinition,
  NetworkConfiguration,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import { isOwnedNetworkConfiguration } from "./ensure-mac-address.js";
import type { PlacedMachine } from "./ensure-placement.js";
import type { ReconcileContext } from "./reconcile-context.js";

/**
 * Deletes the networks that a Machine was attached to where an operator made them and nothing else on the cluster needs them:
 * no VirtualMachine, no instance, no other Machine that is placed there.
 */
export async function deleteNetworks(
  context: ReconcileContext,
  placed: PlacedMachine,
): Promise<void> {
  const { namespace, name } = placed.machine.metadata;
  const { supervisor, signal } = context;
  const own = await supervisor.find(NetworkConfiguration, { namespace, name }, { signal });
  if (own === undefined || !isOwnedNetworkConfiguration(own, placed.machine)) return;
  for (const network of networksOf(own)) await deleteNetwork(context, placed, network);
}

async function deleteNetwork(
  context: ReconcileContext,
  placed: PlacedMachine,
  name: string,
): Promise<void> {
  const { client } = placed;
  const { signal } = context;
  const key = { namespace: placed.machine.metadata.namespace, name };
  const present = await client.find(NetworkAttachmentDefinition, key, { signal });
  const { labels, deletionTimestamp, uid, resourceVersion } = present?.metadata ?? {};
  if (present === undefined || deletionTimestamp !== undefined) return;
  if (labels?.[MANAGED_BY_LABEL] === undefined) return;
  if (await isNeededOnCluster(placed, name, signal)) return;
  if (await isNeededByMachine(context, placed, name)) return;
  try {
    const preconditions = { uid, resourceVersion };
    await client.delete(NetworkAttachmentDefinition, key, { preconditions, signal });
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  // A Machine that came between the look and the deletion has found the network and goes on without making it.
  if (await isNeededByMachine(context, placed, name))
    await client.create(NetworkAttachmentDefinition, withoutIdentity(present), { signal });
}

/** Whether a VirtualMachine or an instance is attached to the network. */
async function isNeededOnCluster(
  { machine, client }: PlacedMachine,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { namespace } = machine.metadata;
  const isAttached = (networks: readonly AttachedNetwork[] = []): boolean =>
    networks.some(({ multus }) =>
      [name, `${namespace}/${name}`].includes(multus?.networkName ?? ""),
    );
  const virtualMachines = await client.list(VirtualMachine, { namespace, signal });
  if (virtualMachines.items.some(({ spec }) => isAttached(spec.template.spec.networks)))
    return true;
  const instances = await client.list(VirtualMachineInstance, { namespace, signal });
  return instances.items.some(({ spec }) => isAttached(spec.networks));
}

/** Whether another Machine on this cluster has an interface in the network, or is about to. */
async function isNeededByMachine(
  { supervisor, signal }: ReconcileContext,
  { machine, configName }: PlacedMachine,
  network: string,
): Promise<boolean> {
  const { namespace } = machine.metadata;
  const configurations = await supervisor.list(NetworkConfiguration, { namespace, signal });
  const users = configurations.items.filter(
    (configuration) =>
      configuration.metadata?.name !== machine.metadata.name &&
      networksOf(configuration).includes(network),
  );
  if (users.length === 0) return false;
  const machines = await supervisor.list(Machine, { namespace, signal });
  return users.some((user) => {
    const owner = machines.items.find(({ metadata }) => metadata?.name === user.metadata?.name);
    return owner?.metadata?.annotations?.[KUBEVIRT_CONFIG_ANNOTATION] === configName;
  });
}

interface AttachedNetwork {
  readonly multus?: { readonly networkName?: string | undefined } | undefined;
}

/** Names of the VLAN networks that interfaces are recorded for; the pod network needs no object. */
function networksOf(configuration: NetworkConfiguration): readonly string[] {
  const interfaces = configuration.spec?.networkInterfaces ?? [];
  return interfaces.flatMap(({ name = "" }) => (/^vlan\d+$/.test(name) ? [name] : []));
}

function withoutIdentity(object: NetworkAttachmentDefinition): NetworkAttachmentDefinition {
  const { name, namespace, labels } = object.metadata ?? {};
  const metadata: KubernetesObject["metadata"] = { name, namespace, labels };
  return { ...object, metadata };
}
