import { formatObjectKey, formatTime, isNotFound, type ObjectKey, objectKeyOf } from "@kvop/core";
import { findSimulatedCondition, withCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedPod } from "../simulated-kinds.js";
import { isDeleting } from "../virt-controller/virtual-machine-pass.js";
import { refuseToSchedule } from "./schedule-pod.js";

/** When kube-controller-manager takes a node that is silent for not ready. */
const NOT_READY_MS = 50_000;
/** How long Pods bear with such a node. */
const TOLERATED_MS = 300_000;
const UNREACHABLE =
  "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.";

/** What others do about the Pods of an instance when their node is silent, after so many milliseconds. */
export async function missNode(
  key: ObjectKey,
  lostMs: number,
  cluster: SimulatedCluster,
): Promise<void> {
  for (const pod of cluster.pods.by(formatObjectKey(key))) {
    if (hasEnded(pod)) continue;
    if (pod.spec.nodeName === undefined) await refuseToSchedule(pod, UNREACHABLE, cluster);
    else await missPod(pod, key, lostMs, cluster);
  }
}

function hasEnded({ status }: SimulatedPod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** The Pod is not ready, and later deleted; as nobody is there to end it, it stays. */
async function missPod(
  pod: SimulatedPod,
  key: ObjectKey,
  lostMs: number,
  cluster: SimulatedCluster,
): Promise<void> {
  if (lostMs < NOT_READY_MS) {
    cluster.lookAgain("node", key, NOT_READY_MS - lostMs);
    return;
  }
  const marked = await markNotReady(pod, cluster);
  if (isDeleting(marked)) return;
  const evictedAtMs = NOT_READY_MS + TOLERATED_MS;
  if (lostMs < evictedAtMs) {
    cluster.lookAgain("node", key, evictedAtMs - lostMs);
    return;
  }
  const { namespace, name } = objectKeyOf(marked);
  await cluster.events.record(SimulatedPod, marked, {
    type: "Normal",
    reason: "TaintManagerEviction",
    message: `Marking for deletion Pod ${namespace ?? ""}/${name}`,
  });
  try {
    await cluster.client.delete(SimulatedPod, { namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function markNotReady(pod: SimulatedPod, cluster: SimulatedCluster): Promise<SimulatedPod> {
  const ready = findSimulatedCondition(pod.status?.conditions, "Ready");
  if (ready?.status !== "True") return pod;
  const lastTransitionTime = formatTime(cluster.clock.now());
  const conditions = withCondition(pod.status?.conditions, {
    ...ready,
    status: "False",
    lastTransitionTime,
  });
  const status = { ...pod.status, conditions };
  const marked = cluster.pods.remember(
    await cluster.client.update(SimulatedPod, { ...pod, status }, { subresource: "status" }),
  );
  await cluster.events.record(SimulatedPod, marked, {
    type: "Warning",
    reason: "NodeNotReady",
    message: "Node is not ready",
  });
  return marked;
}
