import { formatTime, type ObjectKey, PersistentVolumeClaim } from "@kvop/core";
import { findSimulatedCondition, withCondition, withoutCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedPod } from "../simulated-kinds.js";
import { SELECTED_NODE_ANNOTATION, waitsForConsumer } from "../storage/control-claim.js";
import { isPodDown } from "./pod-state.js";

/** How often a Pod that fits nowhere is tried again. */
const RETRY_MS = 1000;
const UNBOUND = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
const NO_ROOM = "0/1 nodes are available: 1 Insufficient memory.";

/** The scheduler: gives a Pod its node once its claims are bound, or says why not. */
export async function schedulePod(
  pod: SimulatedPod,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  if (pod.spec.nodeName !== undefined || isPodDown(pod)) return;
  const uid = pod.metadata?.uid ?? "";
  const remainingMs = cluster.stages.remainingMs(key, "schedule", uid);
  if (remainingMs === undefined) return;
  if (remainingMs > 0) {
    cluster.lookAgain("node", key, remainingMs);
    return;
  }
  const failure = cluster.stages.failureOf(key, "schedule");
  if (failure !== undefined) {
    await refuseToSchedule(pod, failure.message ?? NO_ROOM, cluster);
    cluster.stages.spendFailure(key, "schedule");
    cluster.lookAgain("node", key, RETRY_MS);
    return;
  }
  const unbound = await unboundClaims(pod, cluster);
  if (unbound.length === 0) await bind(pod, cluster);
  else if (unbound.some((claim) => cluster.stages.failureOf(claim, "bind") !== undefined)) {
    await refuseToSchedule(pod, UNBOUND, cluster);
    cluster.lookAgain("node", key, RETRY_MS);
  }
}

/** Writes down why a Pod has no node. */
export async function refuseToSchedule(
  pod: SimulatedPod,
  message: string,
  cluster: SimulatedCluster,
): Promise<void> {
  const present = findSimulatedCondition(pod.status?.conditions, "PodScheduled");
  if (present?.status === "False" && present.message === message) return;
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastTransitionTime: formatTime(cluster.clock.now()),
  };
  const conditions = withCondition(
    withoutCondition(pod.status?.conditions, "PodScheduled"),
    condition,
  );
  const status = { ...pod.status, conditions };
  cluster.pods.remember(
    await cluster.client.update(SimulatedPod, { ...pod, status }, { subresource: "status" }),
  );
}

/** The Pod's claims that are not bound; one that waits for its first consumer is told the node. */
async function unboundClaims(pod: SimulatedPod, cluster: SimulatedCluster): Promise<ObjectKey[]> {
  const namespace = pod.metadata?.namespace;
  const unbound: ObjectKey[] = [];
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue;
    const key = { namespace, name: persistentVolumeClaim.claimName };
    const claim = cluster.claims.get(key);
    if (claim?.status?.phase === "Bound") continue;
    // The claim's change brings the Pod back.
    unbound.push(key);
    if (claim === undefined || !waitsForConsumer(claim, cluster)) continue;
    if (claim.metadata?.annotations?.[SELECTED_NODE_ANNOTATION] !== undefined) continue;
    const annotations = { [SELECTED_NODE_ANNOTATION]: cluster.nodeName };
    const patch = { metadata: { uid: claim.metadata?.uid, annotations } };
    cluster.claims.remember(
      await cluster.client.patch(PersistentVolumeClaim, key, { type: "merge", patch }),
    );
  }
  return unbound;
}

async function bind(pod: SimulatedPod, cluster: SimulatedCluster): Promise<void> {
  const { namespace = "", name = "", uid } = pod.metadata ?? {};
  await cluster.client.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`,
    body: {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name, namespace, uid },
      target: { apiVersion: "v1", kind: "Node", name: cluster.nodeName },
    },
  });
}
