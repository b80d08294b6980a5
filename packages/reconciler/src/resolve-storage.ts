import {
  isForbidden,
  isNotFound,
  type RemoteClient,
  StorageClass,
  StorageProfile,
} from "@kvop/core";
import { chooseAccessMode, chooseStorageClass, type ChosenStorage } from "./choose-storage.js";
import type { PlacedMachine } from "./ensure-placement.js";
import type { ReconcileContext } from "./reconcile-context.js";

/** Reads the cluster's storage classes and what CDI knows of them, and decides how new disks are stored. */
export async function resolveStorage(
  context: ReconcileContext,
  { client }: PlacedMachine,
): Promise<ChosenStorage> {
  const { settings, signal } = context;
  const classes =
    settings.storageClassName === undefined
      ? (await client.list(StorageClass, { signal })).items
      : [];
  const storageClassName = chooseStorageClass(classes, settings);
  const profile = await readProfile(client, storageClassName, signal);
  const accessMode = chooseAccessMode(profile, settings);
  return { storageClassName, volumeMode: settings.volumeMode, accessMode };
}

/** A cluster without CDI has no profiles; the setting then decides. */
async function readProfile(
  client: RemoteClient,
  name: string,
  signal: AbortSignal | undefined,
): Promise<StorageProfile | undefined> {
  try {
    return await client.find(StorageProfile, { name }, { signal });
  } catch (error) {
    if (isNotFound(error) || isForbidden(error)) return undefined;
    throw error;
  }
}
