import { type ObjectKey, PersistentVolumeClaim } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type { StageFailure } from "../stage-control.js";

/** How often a volume that could not be provisioned is tried again. */
const RETRY_MS = 1000;
const PROTECTION = "kubernetes.io/pvc-protection";
/** Set by the scheduler on a claim that waits for its first consumer. */
export const SELECTED_NODE_ANNOTATION = "volume.kubernetes.io/selected-node";

/** Whether a claim is bound only once a Pod that uses it has a node. */
export function waitsForConsumer(
  claim: PersistentVolumeClaim,
  { storageClasses }: SimulatedCluster,
): boolean {
  const name = claim.spec?.storageClassName ?? "";
  return storageClasses.get({ name })?.volumeBindingMode === "WaitForFirstConsumer";
}

/** Volume binder and protection controller: binds claims, and lets go of deleted ones that nobody uses. */
export async function controlClaim(key: ObjectKey, cluster: SimulatedCluster): Promise<void> {
  const claim = cluster.claims.get(key);
  if (claim === undefined) return;
  const uid = claim.metadata?.uid ?? "";
  if (claim.metadata?.deletionTimestamp !== undefined) return release(claim, key, cluster);
  if (claim.status?.phase === "Bound" || claim.status?.phase === "Lost") return;
  const isSelected = claim.metadata?.annotations?.[SELECTED_NODE_ANNOTATION] !== undefined;
  if (waitsForConsumer(claim, cluster) && !isSelected) return;
  const remainingMs = cluster.stages.remainingMs(key, "bind", uid);
  if (remainingMs === undefined) return;
  if (remainingMs > 0) {
    cluster.lookAgain("claim", key, remainingMs);
    return;
  }
  const failure = cluster.stages.failureOf(key, "bind");
  if (failure === undefined) await bind(claim, key, cluster);
  else await failToProvision(claim, key, failure, cluster);
}

/** Says what is in the way, and tries again. */
async function failToProvision(
  claim: PersistentVolumeClaim,
  key: ObjectKey,
  { message = "no space left" }: StageFailure,
  cluster: SimulatedCluster,
): Promise<void> {
  const storageClass = claim.spec?.storageClassName ?? "";
  await cluster.events.record(PersistentVolumeClaim, claim, {
    type: "Warning",
    reason: "ProvisioningFailed",
    message: `failed to provision volume with StorageClass "${storageClass}": ${message}`,
  });
  cluster.stages.spendFailure(key, "bind");
  cluster.lookAgain("claim", key, RETRY_MS);
}

async function bind(
  claim: PersistentVolumeClaim,
  key: ObjectKey,
  { client, claims }: SimulatedCluster,
): Promise<void> {
  const { uid = "", resourceVersion } = claim.metadata ?? {};
  const named = await client.patch(PersistentVolumeClaim, key, {
    type: "merge",
    patch: { metadata: { uid, resourceVersion }, spec: { volumeName: `pvc-${uid}` } },
  });
  const storage = claim.spec?.resources?.requests?.["storage"];
  const status = {
    phase: "Bound",
    accessModes: claim.spec?.accessModes,
    ...(storage === undefined ? {} : { capacity: { storage } }),
  };
  const patch = { metadata: { uid, resourceVersion: named.metadata?.resourceVersion }, status };
  const bound = await client.patch(
    PersistentVolumeClaim,
    key,
    { type: "merge", patch },
    { subresource: "status" },
  );
  claims.remember(bound);
}

async function release(
  claim: PersistentVolumeClaim,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  const { uid, finalizers = [] } = claim.metadata ?? {};
  if (!finalizers.includes(PROTECTION)) return;
  // Its Pod's end brings the claim back.
  if (cluster.pods.by(`claim ${key.namespace ?? ""}/${key.name}`).length > 0) return;
  const remainingMs = cluster.stages.remainingMs(key, "bind", uid ?? "", "release");
  if (remainingMs === undefined) return;
  if (remainingMs > 0) {
    cluster.lookAgain("claim", key, remainingMs);
    return;
  }
  const rest = finalizers.filter((finalizer) => finalizer !== PROTECTION);
  await cluster.client.patch(PersistentVolumeClaim, key, {
    type: "merge",
    patch: { metadata: { uid, finalizers: rest.length === 0 ? null : rest } },
  });
}
