import type { ObjectKey, PersistentVolumeClaim } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type { SimulatedDataVolume, SimulatedVolume } from "../simulated-kinds.js";
import { findSimulatedCondition } from "../conditions.js";

/** The claim behind a volume: a DataVolume's has the DataVolume's name. */
export function claimNameOf(volume: SimulatedVolume): string | undefined {
  return volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
}

/** `namespace/claim` of each volume: by these, machines and instances are found when a claim changes. */
export function claimIndexOf(
  namespace: string | undefined,
  volumes: readonly SimulatedVolume[] | undefined,
): string[] {
  return (volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(volume);
    return name === undefined ? [] : [`${namespace ?? ""}/${name}`];
  });
}

/** DataVolumes and claims as they were when a pass began: all decisions of one pass rest on the same facts. */
export interface StorageFacts {
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
  readonly dataVolumes: ReadonlyMap<string, SimulatedDataVolume>;
}

export function readStorageFacts(
  { namespace }: ObjectKey,
  names: readonly string[],
  cluster: SimulatedCluster,
): StorageFacts {
  const claims = new Map<string, PersistentVolumeClaim>();
  const dataVolumes = new Map<string, SimulatedDataVolume>();
  for (const name of names) {
    const claim = cluster.claims.get({ namespace, name });
    if (claim !== undefined) claims.set(name, claim);
    const dataVolume = cluster.dataVolumes.get({ namespace, name });
    if (dataVolume !== undefined) dataVolumes.set(name, dataVolume);
  }
  return { claims, dataVolumes };
}

/** The DataVolumes behind volumes: named by the volume, or owning the claim that it names. */
export function dataVolumesOf(
  volumes: readonly SimulatedVolume[] | undefined,
  facts: StorageFacts,
): SimulatedDataVolume[] {
  return (volumes ?? []).flatMap((volume) => {
    const claimName = volume.persistentVolumeClaim?.claimName;
    const name =
      volume.dataVolume?.name ??
      (claimName === undefined ? undefined : owningDataVolume(facts.claims.get(claimName)));
    const found = name === undefined ? undefined : facts.dataVolumes.get(name);
    return found === undefined ? [] : [found];
  });
}

export function owningDataVolume(claim: PersistentVolumeClaim | undefined): string | undefined {
  return claim?.metadata?.ownerReferences?.find(
    ({ kind, controller }) => kind === "DataVolume" && controller === true,
  )?.name;
}

export function hasUnboundClaim(
  volumes: readonly SimulatedVolume[] | undefined,
  facts: StorageFacts,
): boolean {
  return (volumes ?? []).some((volume) => {
    const claim = facts.claims.get(claimNameOf(volume) ?? "");
    return claim !== undefined && claim.status?.phase !== "Bound";
  });
}

export function hasDataVolumeError(
  volumes: readonly SimulatedVolume[] | undefined,
  facts: StorageFacts,
): boolean {
  return namedDataVolumes(volumes, facts).some(({ status }) => {
    if (status?.phase === "Failed") return true;
    const running = findSimulatedCondition(status?.conditions, "Running");
    return (
      running?.status === "False" &&
      (running.reason === "Error" || running.reason === "ImagePullFailed")
    );
  });
}

export function hasProvisioningDataVolume(
  volumes: readonly SimulatedVolume[] | undefined,
  facts: StorageFacts,
): boolean {
  return namedDataVolumes(volumes, facts).some(({ status }) => {
    if (status?.phase === "Succeeded" || status?.phase === "PendingPopulation") return false;
    const isBound = findSimulatedCondition(status?.conditions, "Bound")?.status === "True";
    // Waiting for a first consumer is not provisioning.
    return isBound || status?.phase !== "WaitForFirstConsumer";
  });
}

function namedDataVolumes(
  volumes: readonly SimulatedVolume[] | undefined,
  facts: StorageFacts,
): SimulatedDataVolume[] {
  return (volumes ?? []).flatMap((volume) => {
    const found = facts.dataVolumes.get(volume.dataVolume?.name ?? "");
    return found === undefined ? [] : [found];
  });
}
