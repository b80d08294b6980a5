import { isAlreadyExists, isNotFound, Secret } from "@kvop/core";
import { buildCloudInitSecret, cloudInitSecretName, needsSecret } from "./build-cloud-init.js";
import type { PlacedMachine } from "./ensure-placement.js";
import { MachineBlockedError } from "./machine-blocked-error.js";
import { ownershipOf } from "./object-labels.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { CloudInit } from "./resolve-cloud-init.js";

/** Makes the Secret with the cloud-init data where the VirtualMachine refers to one. */
export async function ensureCloudInit(
  context: ReconcileContext,
  { machine, client }: PlacedMachine,
  cloudInit: CloudInit | undefined,
): Promise<void> {
  if (cloudInit === undefined || !needsSecret(cloudInit)) return;
  const { signal, settings } = context;
  const wanted = buildCloudInitSecret(machine, cloudInit, settings.managedBy);
  try {
    await client.create(Secret, wanted, { signal });
    return;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const { namespace } = machine.metadata;
  const name = cloudInitSecretName(machine);
  const present = await client.get(Secret, { namespace, name }, { signal });
  const isOurs = ownershipOf(present, machine) === "ours";
  if (isOurs && present.metadata?.deletionTimestamp === undefined) return;
  throw new MachineBlockedError({
    condition: "VirtualMachineReady",
    reason: isOurs ? "SecretTerminating" : "NameConflict",
    message: `Secret "${name}" on the cluster belongs to something else or is being deleted, and was left alone. Remove it, or rename the Machine.`,
    isWait: isOurs,
  });
}

/** Deletes the Secret with the cloud-init data if it is the Machine's. */
export async function deleteCloudInit(
  context: ReconcileContext,
  { machine, client }: PlacedMachine,
): Promise<void> {
  const { signal } = context;
  const key = { namespace: machine.metadata.namespace, name: cloudInitSecretName(machine) };
  // Most Machines have none: the right to read Secrets is not asked for in vain.
  if (machine.spec?.cloudInit === undefined) return;
  const present = await client.find(Secret, key, { signal });
  if (present === undefined || ownershipOf(present, machine) !== "ours") return;
  try {
    const { uid, resourceVersion } = present.metadata ?? {};
    const preconditions = { uid, resourceVersion };
    await client.delete(Secret, key, { preconditions, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
