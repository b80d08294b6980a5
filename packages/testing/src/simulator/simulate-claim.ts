import { type ObjectKey, parseTime, PersistentVolumeClaim } from "@kvop/core";
import type { SimulatedCluster } from "./simulated-cluster.js";

const PROTECTION = "kubernetes.io/pvc-protection";

/** What volume binder and protection controller do about a claim. Resolves to milliseconds after which to look again. */
export async function simulateClaim(
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<number | undefined> {
  const claim = cluster.claims.get(key);
  if (claim === undefined) return undefined;
  const {
    uid,
    resourceVersion,
    deletionTimestamp,
    creationTimestamp = "",
    finalizers = [],
  } = claim.metadata ?? {};
  if (deletionTimestamp !== undefined) {
    if (!finalizers.includes(PROTECTION) || isUsed(key, cluster)) return undefined;
    const rest = finalizers.filter((finalizer) => finalizer !== PROTECTION);
    await cluster.client.patch(PersistentVolumeClaim, key, {
      type: "merge",
      patch: { metadata: { uid, finalizers: rest } },
    });
    return undefined;
  }
  if (claim.status?.phase === "Bound") return undefined;
  const sinceMs = cluster.clock.now() - (parseTime(creationTimestamp) ?? 0);
  if (sinceMs < cluster.timing.bindingMs) return Math.max(cluster.timing.bindingMs - sinceMs, 1);
  const bound = await cluster.client.patch(PersistentVolumeClaim, key, {
    type: "merge",
    patch: { metadata: { resourceVersion }, spec: { volumeName: `pvc-${uid}` } },
  });
  const status = {
    phase: "Bound",
    accessModes: claim.spec?.accessModes,
    capacity: claim.spec?.resources?.requests,
  };
  const patch = { metadata: { resourceVersion: bound.metadata?.resourceVersion }, status };
  await cluster.client.patch(
    PersistentVolumeClaim,
    key,
    { type: "merge", patch },
    { subresource: "status" },
  );
  return undefined;
}

function isUsed(key: ObjectKey, cluster: SimulatedCluster): boolean {
  return cluster.instances
    .list()
    .some(
      (instance) =>
        instance.metadata?.namespace === key.namespace &&
        (instance.spec.volumes ?? []).some(
          ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === key.name,
        ),
    );
}
