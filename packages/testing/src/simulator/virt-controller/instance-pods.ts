import { ApiError, isNotFound, NetworkAttachmentDefinition, objectKeyOf } from "@kvop/core";
import { SimulatedInstance, SimulatedPod } from "../simulated-kinds.js";
import type { InstancePass } from "./instance-pass.js";
import { renderLauncherPod, isTemporary } from "./launcher-pod.js";
import { isDeleting } from "./virtual-machine-pass.js";

/** Until a Pod that could not be created is tried again. */
const RETRY_MS = 1000;

/** Creates the launcher Pod, or one that only makes the volumes of the instance bind. */
export async function createLauncherPod(
  pass: InstancePass,
  isForBinding: boolean,
): Promise<SimulatedPod | undefined> {
  const { instance, cluster } = pass;
  const missing = await findMissingNetwork(pass);
  if (missing !== undefined) {
    pass.failure = {
      reason: "FailedCreate",
      message: `failed to render launch manifest: failed to locate network attachment definition ${missing}`,
    };
    cluster.lookAgain("vmi", objectKeyOf(instance), RETRY_MS);
    return undefined;
  }
  const rendered = renderLauncherPod(instance, cluster, { isForBinding });
  try {
    const created = await cluster.client.create(SimulatedPod, rendered);
    cluster.pods.remember(created);
    await cluster.events.record(SimulatedInstance, instance, {
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `Created virtual machine pod ${created.metadata?.name ?? ""}`,
    });
    return created;
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    const reason = "FailedCreate";
    await cluster.events.record(SimulatedInstance, instance, {
      type: "Warning",
      reason,
      message: `Error creating pod: ${error.message}`,
    });
    pass.failure = {
      reason,
      message: `failed to create virtual machine pod: ${error.message}`,
    };
    cluster.lookAgain("vmi", objectKeyOf(instance), RETRY_MS);
    return undefined;
  }
}

/** Of the networks beside the Pod's own the first whose definition is not there, as `namespace/name`. */
async function findMissingNetwork({
  instance,
  cluster,
}: InstancePass): Promise<string | undefined> {
  for (const { multus } of instance.spec.networks ?? []) {
    if (multus === undefined) continue;
    const [name = "", namespace = instance.metadata?.namespace] = multus.networkName
      .split("/", 2)
      .toReversed();
    const found = await cluster.client.find(NetworkAttachmentDefinition, { namespace, name });
    if (found === undefined) return `${namespace ?? ""}/${name}`;
  }
  return undefined;
}

/** Deletes the Pods of an instance that is being deleted; a Pod that has ended is asked for again. */
export async function deleteLauncherPods(pass: InstancePass): Promise<void> {
  const { instance, cluster } = pass;
  for (const pod of cluster.pods.by(instance.metadata?.uid ?? "")) {
    if (isDeleting(pod) && !hasEnded(pod)) continue;
    await deletePod(pass, pod);
    await cluster.events.record(SimulatedInstance, instance, {
      type: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted virtual machine pod ${pod.metadata?.name ?? ""}`,
    });
  }
}

/** Takes away Pods that have made the volumes bind. */
export async function deleteTemporaryPods(pass: InstancePass): Promise<void> {
  const { instance, cluster } = pass;
  for (const pod of cluster.pods.by(instance.metadata?.uid ?? "")) {
    if (!isTemporary(pod)) continue;
    const phase = pod.status?.phase;
    if (phase === "Running" || phase === "Succeeded" || phase === "Failed")
      await deletePod(pass, pod, 0);
    await cluster.events.record(SimulatedInstance, instance, {
      type: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted WaitForFirstConsumer temporary pod ${pod.metadata?.name ?? ""}`,
    });
  }
}

/** Whether a Pod's containers have all ended. */
export function hasEnded(pod: SimulatedPod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

async function deletePod(
  pass: InstancePass,
  pod: SimulatedPod,
  gracePeriodSeconds?: number,
): Promise<void> {
  const { cluster } = pass;
  try {
    const marked = await cluster.client.delete(SimulatedPod, objectKeyOf(pod), {
      preconditions: { uid: pod.metadata?.uid },
      gracePeriodSeconds,
    });
    if (marked === undefined) return;
    cluster.pods.remember(marked);
    // One that goes at once leaves what was known of it for this pass.
    const isGone = marked.metadata?.deletionGracePeriodSeconds === 0;
    if (!isGone && pass.pod?.metadata?.uid === marked.metadata?.uid) pass.pod = marked;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
