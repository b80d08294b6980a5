import { formatObjectKey, type ObjectKey } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { missNode } from "./miss-node.js";
import { runKubelet } from "./run-kubelet.js";
import { runVirtHandler } from "./run-virt-handler.js";
import { schedulePod } from "./schedule-pod.js";

/** What scheduler, kubelet and virt-handler do about an instance and its Pods. */
export async function controlNode(key: ObjectKey, cluster: SimulatedCluster): Promise<void> {
  const lostMs = cluster.node.lostMs();
  if (lostMs !== undefined) return missNode(key, lostMs, cluster);
  for (const pod of cluster.pods.by(formatObjectKey(key))) {
    await schedulePod(pod, key, cluster);
    await runKubelet(pod, key, cluster);
  }
  await runVirtHandler(key, cluster);
}
