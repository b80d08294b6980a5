import { type ObjectKey, objectKeyOf } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedInstance, type SimulatedPod } from "../simulated-kinds.js";
import { defaultInstance } from "../virt-api/default-instance.js";
import { createLauncherPod, deleteLauncherPods, deleteTemporaryPods } from "./instance-pods.js";
import { judgeVolumes } from "./instance-volumes.js";
import { isTemporary } from "./launcher-pod.js";
import { type InstancePass, podsOf } from "./instance-pass.js";
import { readStorageFacts, claimNameOf } from "./volume-claims.js";
import {
  hasAnnotations,
  isDeleting,
  isFinal,
  OBSERVED_VERSION_ANNOTATIONS,
} from "./virtual-machine-pass.js";
import { writeInstanceStatus } from "./write-instance-status.js";

/** What virt-controller does about a VirtualMachineInstance: its launcher Pod, and its status while no node holds it. */
export async function controlInstance(key: ObjectKey, cluster: SimulatedCluster): Promise<void> {
  const instance = cluster.instances.get(key);
  if (instance === undefined) return;
  if (instance.status?.phase === undefined && !isDeleting(instance)) {
    await beginLife(instance, cluster);
    return;
  }
  if (!hasAnnotations(instance, OBSERVED_VERSION_ANNOTATIONS)) {
    const { uid, resourceVersion } = instance.metadata ?? {};
    const patch = { metadata: { uid, resourceVersion, annotations: OBSERVED_VERSION_ANNOTATIONS } };
    const patched = await cluster.client.patch(SimulatedInstance, key, { type: "merge", patch });
    cluster.instances.remember(patched);
    return;
  }
  const names = (instance.spec.volumes ?? []).flatMap((volume) => claimNameOf(volume) ?? []);
  const pass: InstancePass = {
    cluster,
    instance,
    pod: currentPod(instance, cluster),
    storage: readStorageFacts(key, names, cluster),
    failure: undefined,
  };
  await sync(pass);
  await writeInstanceStatus(pass);
}

/** Where no webhook of virt-api has defaulted a new instance, this does. */
async function beginLife(instance: SimulatedInstance, cluster: SimulatedCluster): Promise<void> {
  const begun = defaultInstance(structuredClone(instance), cluster);
  const written = await cluster.ownWrites.during(instance.metadata?.uid ?? "", () =>
    cluster.client.update(SimulatedInstance, begun),
  );
  cluster.instances.remember(written);
}

function currentPod(
  instance: SimulatedInstance,
  cluster: SimulatedCluster,
): SimulatedPod | undefined {
  const nodeName = instance.status?.nodeName;
  let current: SimulatedPod | undefined;
  for (const pod of podsOf(instance, cluster)) {
    if (nodeName !== undefined && pod.spec.nodeName !== nodeName) continue;
    const isNewer =
      current === undefined ||
      Number(pod.metadata?.resourceVersion) > Number(current.metadata?.resourceVersion);
    if (isNewer) current = pod;
  }
  return current;
}

async function sync(pass: InstancePass): Promise<void> {
  const { instance, cluster } = pass;
  if (isDeleting(instance)) {
    await deleteLauncherPods(pass);
    return;
  }
  if (isFinal(instance)) return;
  const judged = await judgeVolumes(pass);
  if (pass.failure !== undefined) return;
  if (pass.pod === undefined) {
    const phase = instance.status?.phase ?? "";
    if (!["", "Pending"].includes(phase) || !judged.areReady) return;
    pass.pod = await createLauncherPod(pass, judged.waitForFirstConsumer);
    return;
  }
  if (!judged.waitForFirstConsumer && isTemporary(pass.pod)) await deleteTemporaryPods(pass);
  const known = cluster.pods.get(objectKeyOf(pass.pod));
  if (known === undefined && isTemporary(pass.pod)) pass.pod = undefined;
}
