import { formatTime, objectKeyOf } from "@kvop/core";
import {
  findSimulatedCondition,
  hasCondition,
  withCondition,
  withoutCondition,
} from "../conditions.js";
import { isPodDown } from "../node/pod-state.js";
import {
  SimulatedInstance,
  type SimulatedInstanceStatus,
  SimulatedPod,
} from "../simulated-kinds.js";
import { advanceInstance, type InstanceDraft } from "./advance-instance.js";
import { dataVolumesCondition } from "./data-volumes-condition.js";
import { type InstancePass, launcherOf, podsOf } from "./instance-pass.js";
import { isTemporary, UNPAUSED_CONDITION } from "./launcher-pod.js";
import { formatBytes } from "./launcher-resources.js";
import { isSame } from "./machine-revision.js";
import { dataVolumesOf } from "./volume-claims.js";

/** Writes what a pass comes to, when it differs: in one update, which raises the instance's generation. */
export async function writeInstanceStatus(pass: InstancePass): Promise<void> {
  const { instance } = pass;
  const draft: InstanceDraft = {
    status: structuredClone(instance.status ?? {}),
    labels: { ...instance.metadata?.labels },
    finalizers: [...(instance.metadata?.finalizers ?? [])],
  };
  const { status } = draft;
  setActivePods(pass, status);
  setReady(pass, status);
  const launcher = launcherOf(pass);
  if (launcher !== undefined) {
    status.launcherContainerImageVersion = launcher.spec.containers[0]?.image;
    setMemoryOverhead(launcher, status);
    await followPause(pass, launcher);
    await followLabels(pass, launcher);
  }
  const ready = dataVolumesCondition(dataVolumesOf(instance.spec.volumes, pass.storage));
  if (ready !== undefined) status.conditions = withCondition(status.conditions, ready);
  advanceInstance(pass, draft);
  await save(pass, draft);
}

function setActivePods(pass: InstancePass, status: SimulatedInstanceStatus): void {
  const pods = podsOf(pass.instance, pass.cluster);
  if (pods.length === 0) {
    if (status.activePods !== undefined) delete status.activePods;
    return;
  }
  status.activePods = Object.fromEntries(
    pods.map((pod) => [pod.metadata?.uid ?? "", pod.spec.nodeName ?? ""]),
  );
}

function setReady(pass: InstancePass, status: SimulatedInstanceStatus): void {
  const { instance, cluster, pod } = pass;
  const time = formatTime(cluster.clock.now());
  const never = { type: "Ready", status: "False", lastProbeTime: time, lastTransitionTime: time };
  const choose = () => {
    if (pod === undefined || isTemporary(pod))
      return {
        ...never,
        reason: "PodNotExists",
        message: "virt-launcher pod has not yet been scheduled",
      };
    if (isPodDown(pod))
      return { ...never, reason: "PodTerminating", message: "virt-launcher pod is terminating" };
    if (instance.status?.phase !== "Running")
      return {
        ...never,
        reason: "GuestNotRunning",
        message: "Guest VM is not reported as running",
      };
    return (
      findSimulatedCondition(pod.status?.conditions, "Ready") ?? {
        ...never,
        reason: "PodConditionMissing",
        message: "virt-launcher pod is missing the Ready condition",
      }
    );
  };
  status.conditions = withCondition(status.conditions, choose());
}

function setMemoryOverhead(pod: SimulatedPod, status: SimulatedInstanceStatus): void {
  const bytes = Number(pod.metadata?.annotations?.["kubevirt.io/memory-overhead-bytes"]);
  if (Number.isFinite(bytes) && status.memory !== undefined)
    status.memory = { ...status.memory, memoryOverhead: formatBytes(bytes) };
}

/** A paused guest makes its Pod unready, by the Pod's readiness gate. */
async function followPause(pass: InstancePass, pod: SimulatedPod): Promise<void> {
  const { instance, cluster } = pass;
  const isPaused = hasCondition(instance.status?.conditions, "Paused", "True");
  const isUnpaused = hasCondition(pod.status?.conditions, UNPAUSED_CONDITION, "True");
  if (isPaused !== isUnpaused) return;
  const time = formatTime(cluster.clock.now());
  const condition = {
    type: UNPAUSED_CONDITION,
    status: isPaused ? "False" : "True",
    reason: isPaused ? "Paused" : "NotPaused",
    message: `the virtual machine is ${isPaused ? "" : "not "}paused`,
    lastProbeTime: time,
    lastTransitionTime: time,
  };
  const patch = { metadata: { uid: pod.metadata?.uid }, status: { conditions: [condition] } };
  const patched = await cluster.client.patch(
    SimulatedPod,
    objectKeyOf(pod),
    { type: "strategic", patch },
    { subresource: "status" },
  );
  pass.pod = cluster.pods.remember(patched);
}

async function followLabels(pass: InstancePass, pod: SimulatedPod): Promise<void> {
  const node = pass.instance.metadata?.labels?.["kubevirt.io/nodeName"];
  if (node === undefined || pod.metadata?.labels?.["kubevirt.io/nodeName"] === node) return;
  const patch = {
    metadata: { uid: pod.metadata?.uid, labels: { "kubevirt.io/nodeName": node } },
  };
  const patched = await pass.cluster.client.patch(SimulatedPod, objectKeyOf(pod), {
    type: "merge",
    patch,
  });
  pass.pod = pass.cluster.pods.remember(patched);
}

async function save(pass: InstancePass, draft: InstanceDraft): Promise<void> {
  const { instance, cluster } = pass;
  const { status } = draft;
  const before = instance.status?.phase;
  // An instance on a node is virt-handler's: of it only parts are patched.
  const isOnNode = before === "Running" || before === "Scheduled";
  if (!isOnNode) {
    showFailure(pass, status);
    if (status.phase !== before && status.phase !== undefined) stampPhase(pass, status);
  }
  const { finalizers, labels } = instance.metadata ?? {};
  const isUnchanged =
    isSame(status, instance.status) &&
    isSame(draft.finalizers, finalizers ?? []) &&
    isSame(draft.labels, labels ?? {});
  if (isUnchanged) return;
  const metadata = {
    ...instance.metadata,
    finalizers: draft.finalizers,
    ...(Object.keys(draft.labels).length === 0 ? {} : { labels: draft.labels }),
  };
  const written = await cluster.ownWrites.during(metadata.uid ?? "", () =>
    cluster.client.update(SimulatedInstance, { ...instance, metadata, status }),
  );
  cluster.instances.remember(written);
}

/** A failure is told at the end of the list, and not again while its reason is the same. */
function showFailure({ failure, cluster }: InstancePass, status: SimulatedInstanceStatus): void {
  const { reason } = failure ?? {};
  if (reason !== undefined && hasCondition(status.conditions, "Synchronized", "False", reason))
    return;
  const others = withoutCondition(status.conditions, "Synchronized");
  status.conditions =
    failure === undefined
      ? others
      : withCondition(others, {
          type: "Synchronized",
          status: "False",
          ...failure,
          lastTransitionTime: formatTime(cluster.clock.now()),
        });
}

function stampPhase({ cluster }: InstancePass, status: SimulatedInstanceStatus): void {
  const phase = status.phase ?? "";
  const stamps = status.phaseTransitionTimestamps ?? [];
  if (stamps.some((stamp) => stamp.phase === phase)) return;
  const phaseTransitionTimestamp = formatTime(cluster.clock.now());
  status.phaseTransitionTimestamps = [...stamps, { phase, phaseTransitionTimestamp }];
}
