import {
  ClusterIdentityChangedError,
  KUBEVIRT_CONFIG_ANNOTATION,
  Machine,
  MACHINE_FINALIZER,
  objectKeyOf,
  PLACEMENT_ANNOTATION,
  type RemoteClient,
} from "@kvop/core";
import { readClusterUid } from "./read-cluster-uid.js";
import type { ReconcileContext } from "./reconcile-context.js";
import { asStoredMachine, type StoredMachine } from "./served-machine.js";

/** A Machine whose cluster is decided and recorded. */
export interface PlacedMachine {
  readonly machine: StoredMachine;
  readonly client: RemoteClient;
  readonly configName: string;
}

/** The client of the Machine's cluster; refuses a cluster other than the recorded one. Writes nothing. */
export async function resolveCluster(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<PlacedMachine & { readonly clusterUid: string | undefined }> {
  const { signal } = context;
  const annotated = machine.metadata.annotations?.[KUBEVIRT_CONFIG_ANNOTATION];
  if (annotated !== undefined && annotated !== "") context.checkCluster(annotated);
  const { client, configName } = await context.clientManager.getOrCreateClientFromMachine(machine, {
    signal,
  });
  context.checkCluster(configName);
  const clusterUid = await readClusterUid(client, signal);
  const recorded = machine.metadata.annotations?.[PLACEMENT_ANNOTATION];
  const recordedUid = recorded?.slice(recorded.lastIndexOf("/") + 1);
  if (recordedUid !== undefined && clusterUid !== undefined && recordedUid !== clusterUid) {
    throw new ClusterIdentityChangedError({
      configName,
      expectedUid: recordedUid,
      actualUid: clusterUid,
    });
  }
  return { machine, client, configName, clusterUid };
}

/**
 * Decides the Machine's cluster and records it, together with the finalizer, in one patch that fails when anybody changed
 * the Machine meanwhile. Nothing is written to a cluster before this has succeeded.
 */
export async function ensurePlacement(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<PlacedMachine> {
  const { client, configName, clusterUid } = await resolveCluster(context, machine);
  const metadata = buildPlacementPatch(machine, configName, clusterUid);
  if (metadata === undefined) return { machine, client, configName };
  const patched = await context.supervisor.patch(
    Machine,
    objectKeyOf(machine),
    { type: "merge", patch: { metadata } },
    { signal: context.signal },
  );
  context.logger.info(
    { machine: `${machine.metadata.namespace}/${machine.metadata.name}`, cluster: configName },
    "placed",
  );
  return { machine: asStoredMachine(patched), client, configName };
}

/** What has to change in the Machine's metadata to record its placement; undefined when all is recorded. */
export function buildPlacementPatch(
  machine: StoredMachine,
  configName: string,
  clusterUid: string | undefined,
): object | undefined {
  const { annotations = {}, finalizers = [], uid, resourceVersion } = machine.metadata;
  const placement = clusterUid === undefined ? undefined : `${configName}/${clusterUid}`;
  const wanted: Record<string, string> = { [KUBEVIRT_CONFIG_ANNOTATION]: configName };
  if (placement !== undefined) wanted[PLACEMENT_ANNOTATION] = placement;
  const missing = Object.entries(wanted).filter(([name, value]) => annotations[name] !== value);
  const hasFinalizer = finalizers.includes(MACHINE_FINALIZER);
  if (missing.length === 0 && hasFinalizer) return undefined;
  return {
    uid,
    resourceVersion,
    annotations: Object.fromEntries(missing),
    ...(hasFinalizer ? {} : { finalizers: [...finalizers, MACHINE_FINALIZER] }),
  };
}
