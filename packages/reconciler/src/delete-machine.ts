import {
  hasErrorCode,
  isConflict,
  type KubernetesObject,
  Machine,
  MACHINE_FINALIZER,
  NetworkConfiguration,
  objectKeyOf,
  PersistentVolumeClaim,
  type RemoteClient,
  type Resource,
  SOURCE_MACHINE_LABEL,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import { deleteNetworks } from "./delete-network.js";
import { readOwnership } from "./check-ownership.js";
import { isUnreachable } from "./describe-failure.js";
import { deleteCloudInit } from "./ensure-cloud-init.js";
import { type PlacedMachine, resolveCluster } from "./ensure-placement.js";
import { isOwnedNetworkConfiguration } from "./ensure-mac-address.js";
import { ensureStatus } from "./ensure-status.js";
import { ownershipOf } from "./object-labels.js";
import { planDisks } from "./plan-disks.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { StoredMachine } from "./served-machine.js";

/** Annotation of a Machine whose cluster is gone for ever: the Machine's UID. What may be left there is given up. */
export const ABANDON_ANNOTATION = "kvop.dev/abandon";

/** What a deletion waits for; undefined when all is gone. */
type Remains = { readonly reason: string; readonly message: string } | undefined;

/**
 * One pass over a Machine that is being deleted: its VirtualMachine, then, once that and its instance are gone, its disks,
 * then the networks that nothing else needs, its NetworkConfiguration, and the finalizer. Gives whether something is still on its way.
 */
export async function deleteMachine(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<{ readonly isWaiting: boolean }> {
  if (!(machine.metadata.finalizers ?? []).includes(MACHINE_FINALIZER)) return { isWaiting: false };
  const remains = await deleteRemote(context, machine);
  if (remains !== undefined) {
    await showRemains(context, machine, remains);
    return { isWaiting: true };
  }
  await deleteNetworkConfiguration(context, machine);
  await releaseFinalizer(context, machine);
  return { isWaiting: false };
}

/** Deletes what the Machine has on its cluster, unless its user gave that up because the cluster is gone for ever. */
async function deleteRemote(context: ReconcileContext, machine: StoredMachine): Promise<Remains> {
  try {
    const placed = await findCluster(context, machine);
    if (placed === undefined) return undefined;
    const remains =
      (await deleteVirtualMachine(context, placed)) ?? (await deleteDisks(context, placed));
    if (remains !== undefined) return remains;
    await deleteCloudInit(context, placed);
    await deleteNetworks(context, placed);
    return undefined;
  } catch (error) {
    const isAbandoned = machine.metadata.annotations?.[ABANDON_ANNOTATION] === machine.metadata.uid;
    if (!isAbandoned || !(isUnreachable(error) || hasErrorCode(error, "ConfigNotFound")))
      throw error;
    const { namespace, name } = machine.metadata;
    context.logger.warn(
      { machine: `${namespace}/${name}`, disks: planDisks(machine).map((disk) => disk.claimName) },
      "released by its annotation while its cluster cannot be asked; its VirtualMachine and disks may remain there",
    );
    return undefined;
  }
}

/** The Machine's cluster; undefined when it never had one. */
async function findCluster(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<PlacedMachine | undefined> {
  try {
    return await resolveCluster(context, machine);
  } catch (error) {
    // All clusters were asked, or there is none: no VirtualMachine of this Machine exists.
    if (hasErrorCode(error, "AmbiguousCluster") || hasErrorCode(error, "NoCluster"))
      return undefined;
    throw error;
  }
}

async function deleteVirtualMachine(
  context: ReconcileContext,
  { machine, client }: PlacedMachine,
): Promise<Remains> {
  const key = objectKeyOf(machine);
  const { signal } = context;
  const virtualMachine = await client.find(VirtualMachine, key, { signal });
  const isOurs =
    virtualMachine !== undefined && (await readOwnership(context, machine, virtualMachine));
  if (isOurs && (await deleteOne(client, VirtualMachine, virtualMachine, signal)))
    return { reason: "VirtualMachine", message: "Waits until the VirtualMachine is gone." };
  const instance = await client.find(VirtualMachineInstance, key, { signal });
  if (instance === undefined || ownershipOf(instance, machine) === "foreign") return undefined;
  // An instance whose VirtualMachine is somebody else's belongs to that one, whatever its labels say.
  if (virtualMachine !== undefined && !isOurs) return undefined;
  return {
    reason: "VirtualMachineInstance",
    message: "Waits until the virtual machine has stopped.",
  };
}

async function deleteDisks(
  context: ReconcileContext,
  { machine, client }: PlacedMachine,
): Promise<Remains> {
  const { namespace } = machine.metadata;
  const { signal } = context;
  const labelSelector = `${SOURCE_MACHINE_LABEL}=${machine.metadata.name}`;
  const claims = await client.list(PersistentVolumeClaim, { namespace, labelSelector, signal });
  const known = new Set([
    ...planDisks(machine).map(({ claimName }) => claimName),
    ...(machine.status?.disks ?? []).map(({ pvcName }) => pvcName),
  ]);
  const ours = claims.items.filter((claim) => {
    const ownership = ownershipOf(claim, machine);
    return ownership === "ours" || (ownership === "unmarked" && known.has(claim.metadata?.name));
  });
  let remaining = 0;
  for (const claim of ours) {
    if (await deleteOne(client, PersistentVolumeClaim, claim, signal)) remaining += 1;
  }
  if (remaining === 0) return undefined;
  return { reason: "Disks", message: `Waits until ${remaining} disk(s) are gone.` };
}

/** Deletes this object as it was read, no other and no later one; gives whether it is still there. */
async function deleteOne<T extends KubernetesObject>(
  client: RemoteClient,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const key = objectKeyOf(object);
  const { uid, resourceVersion } = object.metadata ?? {};
  if (object.metadata?.deletionTimestamp === undefined) {
    try {
      await client.delete(resource, key, { preconditions: { uid, resourceVersion }, signal });
    } catch (error) {
      if (!isConflict(error)) {
        const present = await client.find(resource, key, { signal });
        if (present !== undefined && present.metadata?.uid === uid) throw error;
        return false;
      }
      throw error;
    }
  }
  const present = await client.find(resource, key, { signal });
  return present !== undefined && present.metadata?.uid === uid;
}

async function deleteNetworkConfiguration(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<void> {
  const { supervisor, signal } = context;
  const key = objectKeyOf(machine);
  const present = await supervisor.find(NetworkConfiguration, key, { signal });
  if (present === undefined || present.metadata?.deletionTimestamp !== undefined) return;
  if (!isOwnedNetworkConfiguration(present, machine)) return;
  const { uid, resourceVersion } = present.metadata ?? {};
  try {
    const preconditions = { uid, resourceVersion };
    await supervisor.delete(NetworkConfiguration, key, { preconditions, signal });
  } catch (error) {
    if ((await supervisor.find(NetworkConfiguration, key, { signal })) !== undefined) throw error;
  }
}

async function releaseFinalizer(context: ReconcileContext, machine: StoredMachine): Promise<void> {
  // The status may have been written in this pass: the newest version counts, if it is still the same Machine.
  const { supervisor, signal } = context;
  const { uid, resourceVersion, finalizers = [] } = machine.metadata;
  const metadata = {
    uid,
    resourceVersion,
    finalizers: finalizers.filter((finalizer) => finalizer !== MACHINE_FINALIZER),
  };
  await supervisor.patch(
    Machine,
    objectKeyOf(machine),
    { type: "merge", patch: { metadata } },
    { signal },
  );
  const { namespace, name } = machine.metadata;
  context.logger.info({ machine: `${namespace}/${name}` }, "released");
}

async function showRemains(
  context: ReconcileContext,
  machine: StoredMachine,
  remains: NonNullable<Remains>,
): Promise<void> {
  const { message } = remains;
  await ensureStatus(context, machine, {
    fields: { phase: "Terminating", state: "Terminating" },
    conditions: [
      {
        type: "ClusterReachable",
        status: "True",
        reason: "Reachable",
        message: "The cluster answers.",
      },
      { type: "Deleting", status: "True", reason: `Waiting${remains.reason}`, message },
      { type: "Ready", status: "False", reason: "Deleting", message },
    ],
  });
}
