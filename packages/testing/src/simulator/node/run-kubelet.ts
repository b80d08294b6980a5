import { isNotFound, type ObjectKey, objectKeyOf, parseTime } from "@kvop/core";
import { findSimulatedCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedPod } from "../simulated-kinds.js";
import { isTemporary, UNPAUSED_CONDITION } from "../virt-controller/launcher-pod.js";
import { isFinal } from "../virt-controller/virtual-machine-pass.js";
import {
  endedStatus,
  type ExitCode,
  gateStatus,
  type PodStatus,
  runningStatus,
  waitingStatus,
} from "./pod-status.js";

/** 128 and the number of the signal that cannot be ignored. */
const KILLED = 137;
/** How long an image is pulled in vain before the kubelet backs off. */
const PULL_BACK_OFF_MS = 10_000;

/** The kubelet: starts the Pod's containers, keeps its readiness, and ends it with its guest. */
export async function runKubelet(
  pod: SimulatedPod,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  if (pod.spec.nodeName === undefined) return;
  const phase = pod.status?.phase ?? "Pending";
  if (phase === "Succeeded" || phase === "Failed") return removeEnded(pod, key, cluster);
  const exitCode = exitCodeOf(pod, key, cluster);
  if (exitCode !== undefined) return endContainers(pod, key, exitCode, cluster);
  if (phase === "Pending") return startContainers(pod, key, cluster);
  await keepReadiness(pod, cluster);
}

/** With what the containers end; undefined while they have no reason to. */
function exitCodeOf(
  pod: SimulatedPod,
  key: ObjectKey,
  { instances }: SimulatedCluster,
): ExitCode | undefined {
  const instance = instances.get(key);
  const owner = pod.metadata?.ownerReferences?.[0]?.uid;
  const isOwn = instance?.metadata?.uid === owner;
  const isDeleting = pod.metadata?.deletionTimestamp !== undefined;
  if (!isOwn || instance === undefined) return isDeleting ? 0 : undefined;
  if (isFinal(instance)) return instance.status?.phase === "Failed" ? 1 : 0;
  const isOnNode = ["Scheduled", "Running"].includes(instance.status?.phase ?? "");
  // virt-launcher waits for its guest to end.
  return isDeleting && !isOnNode ? 0 : undefined;
}

/** Milliseconds are over, or will be looked at again. */
function isOver(
  stage: "pull" | "launch" | "terminate",
  step: string,
  pod: SimulatedPod,
  key: ObjectKey,
  cluster: SimulatedCluster,
): boolean {
  const remainingMs = cluster.stages.remainingMs(key, stage, pod.metadata?.uid ?? "", step);
  if (remainingMs === undefined) return false;
  if (remainingMs > 0) cluster.lookAgain("node", key, remainingMs);
  return remainingMs === 0;
}

async function startContainers(
  pod: SimulatedPod,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  if (!isOver("pull", "", pod, key, cluster)) return;
  if (!isOver("launch", "", pod, key, cluster)) return;
  const pullFailure = cluster.stages.failureOf(key, "pull");
  if (pullFailure !== undefined) {
    const sinceMs = cluster.stages.sinceMs("pull", pod.metadata?.uid ?? "");
    const reason =
      pullFailure.reason ?? (sinceMs < PULL_BACK_OFF_MS ? "ErrImagePull" : "ImagePullBackOff");
    await writeStatus(pod, waitingStatus(pod, cluster, reason, pullFailure.message), cluster);
    cluster.stages.spendFailure(key, "pull");
    cluster.lookAgain("node", key, PULL_BACK_OFF_MS);
    return;
  }
  if (cluster.stages.failureOf(key, "launch") !== undefined) {
    await writeStatus(pod, endedStatus(pod, cluster, 1), cluster);
    cluster.stages.spendFailure(key, "launch");
    return;
  }
  const status = gateStatus({ ...pod, status: runningStatus(pod, cluster) }, cluster);
  await writeStatus(pod, status, cluster);
}

async function keepReadiness(pod: SimulatedPod, cluster: SimulatedCluster): Promise<void> {
  if (isTemporary(pod)) return;
  const gate = findSimulatedCondition(pod.status?.conditions, UNPAUSED_CONDITION);
  const ready = findSimulatedCondition(pod.status?.conditions, "Ready");
  if (gate === undefined || gate.status === ready?.status) return;
  await writeStatus(pod, gateStatus(pod, cluster), cluster);
}

async function endContainers(
  pod: SimulatedPod,
  key: ObjectKey,
  exitCode: ExitCode,
  cluster: SimulatedCluster,
): Promise<void> {
  if (!isOver("terminate", "containers", pod, key, cluster)) return;
  const isIgnored = cluster.stages.failureOf(key, "terminate") !== undefined;
  if (isIgnored && !isGraceOver(pod, key, cluster)) return;
  if (isIgnored) cluster.stages.spendFailure(key, "terminate");
  await writeStatus(pod, endedStatus(pod, cluster, isIgnored ? KILLED : exitCode), cluster);
}

/** Containers that do not react are killed when their time is up; while nobody deletes their Pod, they have all time. */
function isGraceOver(pod: SimulatedPod, key: ObjectKey, cluster: SimulatedCluster): boolean {
  const killedAt = parseTime(pod.metadata?.deletionTimestamp ?? "");
  if (killedAt === undefined) return false;
  const leftMs = killedAt - cluster.clock.now();
  if (leftMs > 0) cluster.lookAgain("node", key, leftMs);
  return leftMs <= 0;
}

async function removeEnded(
  pod: SimulatedPod,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  if (pod.metadata?.deletionTimestamp === undefined) return;
  if (!isOver("terminate", "pod", pod, key, cluster)) return;
  try {
    await cluster.client.delete(SimulatedPod, objectKeyOf(pod), {
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.metadata.uid },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function writeStatus(
  pod: SimulatedPod,
  status: PodStatus,
  { client, pods }: SimulatedCluster,
): Promise<void> {
  pods.remember(await client.update(SimulatedPod, { ...pod, status }, { subresource: "status" }));
}
