import { formatTime, type ObjectKey, parseTime } from "@kvop/core";
import { hasCondition, withCondition, withoutCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedInstance, type SimulatedInstanceStatus } from "../simulated-kinds.js";
import { isSame } from "../virt-controller/machine-revision.js";
import { isDeleting } from "../virt-controller/virtual-machine-pass.js";
import { agentStatus } from "./guest-agent-status.js";
import { bootedStatus, PAUSED_CONDITION } from "./booted-status.js";
import { isPodDown } from "./pod-state.js";

/** Seconds that a guest gets to shut down, where its instance says nothing. */
const DEFAULT_GRACE_PERIOD_SECONDS = 30;

/** virt-handler: boots the guest of an instance on its node, and writes down what becomes of it. */
export async function runVirtHandler(key: ObjectKey, cluster: SimulatedCluster): Promise<void> {
  const instance = cluster.instances.get(key);
  if (instance === undefined) return;
  const phase = instance.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") {
    cluster.guests.forget(key);
    return;
  }
  if (phase !== "Scheduled" && phase !== "Running") return;
  const end = endOf(instance, key, cluster);
  if (end !== undefined) {
    await writeStatus(instance, withPhase(instance.status ?? {}, end, cluster), cluster);
    return;
  }
  if (isDeleting(instance)) return;
  if (phase === "Scheduled") await boot(instance, key, cluster);
  else await followGuest(instance, key, cluster);
}

/** The phase that an instance ends with; undefined as long as its guest runs. */
function endOf(
  instance: SimulatedInstance,
  key: ObjectKey,
  cluster: SimulatedCluster,
): "Succeeded" | "Failed" | undefined {
  const end = cluster.guests.endOf(key);
  if (end !== undefined) return end === "shutdown" ? "Succeeded" : "Failed";
  const uid = instance.metadata?.uid ?? "";
  const killedAt = killTimeOf(uid, cluster);
  // virt-launcher takes its guest down too when it is deleted itself.
  if (!isDeleting(instance) && killedAt === undefined) return undefined;
  const remainingMs = cluster.stages.remainingMs(key, "shutdown", uid);
  if (remainingMs === 0)
    return cluster.stages.failureOf(key, "shutdown") === undefined ? "Succeeded" : "Failed";
  const graceSeconds = instance.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS;
  const untilKilledMs = killedAt === undefined ? Infinity : killedAt - cluster.clock.now();
  const graceMs = Math.min(
    graceSeconds * 1000 - cluster.stages.sinceMs("shutdown", uid),
    untilKilledMs,
  );
  // A guest that does not listen is destroyed when its time is up.
  if (remainingMs === undefined && graceMs <= 0) return "Failed";
  cluster.lookAgain("node", key, remainingMs ?? graceMs);
  return undefined;
}

/** When the kubelet kills the launcher Pod of an instance, in milliseconds; undefined where nobody deletes it. */
function killTimeOf(uid: string, { pods }: SimulatedCluster): number | undefined {
  const times = pods
    .by(uid)
    .flatMap(({ metadata }) => parseTime(metadata?.deletionTimestamp ?? "") ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

async function boot(
  instance: SimulatedInstance,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  const uid = instance.metadata?.uid ?? "";
  const pod = cluster.pods.by(uid).find((each) => !isPodDown(each));
  if (pod === undefined) return;
  const remainingMs = cluster.stages.remainingMs(key, "boot", uid);
  if (remainingMs === undefined) return;
  if (remainingMs > 0) {
    cluster.lookAgain("node", key, remainingMs);
    return;
  }
  const hasFailed = cluster.stages.failureOf(key, "boot") !== undefined;
  if (hasFailed) cluster.stages.spendFailure(key, "boot");
  const status = hasFailed
    ? withPhase(instance.status ?? {}, "Failed", cluster)
    : withPhase(bootedStatus(instance, pod, cluster), "Running", cluster);
  await writeStatus(instance, status, cluster);
}

async function followGuest(
  instance: SimulatedInstance,
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<void> {
  const paused = pausedStatus(instance, key, cluster);
  const status = agentStatus(paused, cluster.guests.agentOf(key), cluster.clock);
  if (!isSame(status, instance.status)) await writeStatus(instance, status, cluster);
}

function pausedStatus(
  instance: SimulatedInstance,
  key: ObjectKey,
  cluster: SimulatedCluster,
): SimulatedInstanceStatus {
  const status = structuredClone(instance.status ?? {});
  const wanted = cluster.guests.wantedPause(key);
  if (wanted === undefined) return status;
  const uid = instance.metadata?.uid ?? "";
  const step = wanted ? "pause" : "unpause";
  const remainingMs = cluster.stages.remainingMs(key, "pause", uid, step);
  if (remainingMs === undefined) return status;
  if (remainingMs > 0) {
    cluster.lookAgain("node", key, remainingMs);
    return status;
  }
  cluster.stages.restart("pause", uid, step);
  cluster.guests.pauseDone(key);
  if (wanted === hasCondition(status.conditions, "Paused", "True")) return status;
  status.conditions = wanted
    ? withCondition(status.conditions, {
        ...PAUSED_CONDITION,
        lastTransitionTime: formatTime(cluster.clock.now()),
      })
    : withoutCondition(status.conditions, "Paused");
  return status;
}

function withPhase(
  status: SimulatedInstanceStatus,
  phase: string,
  { clock }: SimulatedCluster,
): SimulatedInstanceStatus {
  const stamps = status.phaseTransitionTimestamps ?? [];
  const stamp = { phase, phaseTransitionTimestamp: formatTime(clock.now()) };
  return {
    ...status,
    phase,
    phaseTransitionTimestamps: [...stamps.filter((each) => each.phase !== phase), stamp],
  };
}

async function writeStatus(
  instance: SimulatedInstance,
  status: SimulatedInstanceStatus,
  { client, instances, ownWrites }: SimulatedCluster,
): Promise<void> {
  const written = await ownWrites.during(instance.metadata?.uid ?? "", () =>
    client.update(SimulatedInstance, { ...instance, status }),
  );
  instances.remember(written);
}
