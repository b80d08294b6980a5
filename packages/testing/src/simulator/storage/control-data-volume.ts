import {
  formatTime,
  isAlreadyExists,
  isNotFound,
  type ObjectKey,
  PersistentVolumeClaim,
  StorageProfile,
} from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedDataVolume } from "../simulated-kinds.js";
import { dataVolumeConditions, type ImportStep, nextImportStep } from "./import-steps.js";
import { waitsForConsumer } from "./control-claim.js";

type Status = NonNullable<SimulatedDataVolume["status"]>;

/** CDI: gives a DataVolume its claim and fills it, step by step. */
export async function controlDataVolume(key: ObjectKey, cluster: SimulatedCluster): Promise<void> {
  const dataVolume = cluster.dataVolumes.get(key);
  if (dataVolume === undefined || dataVolume.metadata?.deletionTimestamp !== undefined) return;
  const uid = dataVolume.metadata?.uid ?? "";
  // A claim of the same name that is on its way out has to go first.
  if (cluster.claims.get(key)?.metadata?.deletionTimestamp !== undefined) return;
  const step = nextImportStep(dataVolume, {
    isBound: cluster.claims.get(key)?.status?.phase === "Bound",
    waitsForConsumer: isWaiting(key, cluster),
    hasFailed: dataVolume.status?.restartCount !== undefined,
    failure: cluster.stages.failureOf(key, "import"),
  });
  if (step === undefined) return;
  const remainingMs = cluster.stages.remainingMs(key, "import", uid, step.id);
  if (remainingMs === undefined) return;
  if (remainingMs > 0) {
    cluster.lookAgain("dataVolume", key, remainingMs);
    return;
  }
  if (step.id === "claim") await ensureClaim(dataVolume, key, cluster);
  if (step.isFailure) {
    cluster.stages.spendFailure(key, "import");
    cluster.stages.restart("import", uid, step.id);
  }
  await writeStep(dataVolume, key, step, cluster);
}

function isWaiting(key: ObjectKey, cluster: SimulatedCluster): boolean {
  const claim = cluster.claims.get(key);
  return claim !== undefined && waitsForConsumer(claim, cluster);
}

async function writeStep(
  dataVolume: SimulatedDataVolume,
  key: ObjectKey,
  step: ImportStep,
  { client, clock, dataVolumes }: SimulatedCluster,
): Promise<void> {
  const status: Status = {
    ...dataVolume.status,
    claimName: key.name,
    phase: step.phase,
    ...(step.progress === undefined ? {} : { progress: step.progress }),
    ...(step.isFailure ? { restartCount: (dataVolume.status?.restartCount ?? 0) + 1 } : {}),
    conditions: dataVolumeConditions(step, formatTime(clock.now())),
  };
  const { uid, resourceVersion } = dataVolume.metadata ?? {};
  const written = await client.patch(
    SimulatedDataVolume,
    key,
    { type: "merge", patch: { metadata: { uid, resourceVersion }, status } },
    { subresource: "status" },
  );
  dataVolumes.remember(written);
}

interface ClaimSpec {
  readonly accessModes?: string[];
  readonly volumeMode?: string;
  readonly storageClassName?: string;
  readonly resources?: object;
}

async function ensureClaim(
  dataVolume: SimulatedDataVolume,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  if (cluster.claims.get(key) !== undefined) return;
  const asked = (dataVolume.spec.pvc ?? dataVolume.spec.storage ?? {}) as ClaimSpec;
  const storageClassName = asked.storageClassName ?? defaultStorageClass(cluster);
  const modes = await chooseModes(asked, storageClassName, cluster);
  const labels = { app: "containerized-data-importer" };
  try {
    const created = await cluster.client.create(PersistentVolumeClaim, {
      metadata: {
        ...key,
        labels,
        ownerReferences: [
          {
            apiVersion: "cdi.kubevirt.io/v1beta1",
            kind: "DataVolume",
            name: key.name,
            uid: dataVolume.metadata?.uid ?? "",
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { ...modes, resources: asked.resources ?? {}, storageClassName },
    } as PersistentVolumeClaim);
    cluster.claims.remember(created);
  } catch (error) {
    // A claim of that name is adopted, as the annotation of KubeVirt's DataVolumes allows.
    if (!isAlreadyExists(error)) throw error;
  }
}

function defaultStorageClass({ storageClasses }: SimulatedCluster): string {
  const marked = storageClasses
    .list()
    .find(
      ({ metadata }) =>
        metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
    );
  return marked?.metadata?.name ?? "standard";
}

/** What the DataVolume leaves open comes from the StorageProfile of its class. */
async function chooseModes(
  asked: ClaimSpec,
  storageClassName: string,
  { client }: SimulatedCluster,
): Promise<{ readonly accessModes: string[]; readonly volumeMode: string }> {
  const profile = await client
    .find(StorageProfile, { name: storageClassName })
    .catch((error: unknown) => {
      // Without CDI's resources there are no profiles.
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const sets = profile?.status?.claimPropertySets ?? [];
  const fitting = sets.find(
    ({ accessModes, volumeMode }) =>
      (asked.accessModes?.every((mode) => accessModes?.includes(mode)) ?? true) &&
      (asked.volumeMode === undefined || asked.volumeMode === volumeMode),
  );
  return {
    accessModes: asked.accessModes ?? fitting?.accessModes ?? ["ReadWriteOnce"],
    volumeMode: asked.volumeMode ?? fitting?.volumeMode ?? "Filesystem",
  };
}
