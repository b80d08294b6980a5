import { objectKeyOf } from "@kvop/core";
import { findSimulatedCondition, withCondition, withoutCondition } from "../conditions.js";
import { isPodDown, isPodFailing, isPodReady } from "../node/pod-state.js";
import type {
  SimulatedInstance,
  SimulatedInstanceStatus,
  SimulatedPod,
} from "../simulated-kinds.js";
import { type InstancePass, launcherOf, podsOf } from "./instance-pass.js";
import { bytesOf, virtualCpusOf } from "./launcher-resources.js";
import {
  INSTANCE_FINALIZER,
  isDeleting,
  VIRTUAL_MACHINE_FINALIZER,
} from "./virtual-machine-pass.js";
import { dataVolumesOf } from "./volume-claims.js";
import { nextVolumeStatus, podInterfaces } from "./volume-status.js";

/** An instance as it will be written. */
export interface InstanceDraft {
  readonly status: SimulatedInstanceStatus;
  readonly labels: Record<string, string>;
  finalizers: string[];
}

/** Moves an instance on to the phase that its Pod and volumes allow. In place. */
export function advanceInstance(pass: InstancePass, draft: InstanceDraft): void {
  const phase = pass.instance.status?.phase ?? "";
  switch (phase) {
    case "":
    case "Pending":
      return advancePending(pass, draft.status);
    case "Scheduling":
      return advanceScheduling(pass, draft);
    case "Scheduled":
      return advanceOnNode(pass, draft.status);
    case "Running":
      advanceOnNode(pass, draft.status);
      if (draft.status.phase !== "Running") return;
      draft.status.interfaces = podInterfaces(pass.instance, draft.status.interfaces);
      return showHotplug(pass, draft.status);
    default:
      return advanceFinal(pass, draft);
  }
}

function advancePending(pass: InstancePass, status: SimulatedInstanceStatus): void {
  const { instance, failure } = pass;
  const dataVolumes = dataVolumesOf(instance.spec.volumes, pass.storage);
  const hasFailed = dataVolumes.some((each) => each.status?.phase === "Failed");
  if (launcherOf(pass) !== undefined) {
    status.phase = "Scheduling";
    return;
  }
  if (isDeleting(instance) || hasFailed) {
    status.phase = "Failed";
    return;
  }
  status.phase = "Pending";
  if (dataVolumes.some((each) => each.status?.phase === "WaitForFirstConsumer"))
    waitForConsumer(pass, status);
  if (failure?.reason === "FailedPvcNotFound") {
    // At the end of the list each time, as virt-controller does.
    status.conditions = withCondition(withoutCondition(status.conditions, "PodScheduled"), {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: failure.message,
    });
  }
}

function waitForConsumer(pass: InstancePass, status: SimulatedInstanceStatus): void {
  status.conditions = withCondition(status.conditions, { type: "Provisioning", status: "True" });
  const { pod } = pass;
  if (pod === undefined) return;
  copyScheduled(pod, status);
  if (isPodFailing(pod)) status.phase = "Failed";
}

/** Shows on the instance that its Pod cannot be scheduled, as long as that is so. */
function copyScheduled(pod: SimulatedPod, status: SimulatedInstanceStatus): void {
  const scheduled = findSimulatedCondition(pod.status?.conditions, "PodScheduled");
  if (scheduled?.status !== "False") {
    status.conditions = withoutCondition(status.conditions, "PodScheduled");
  } else if (findSimulatedCondition(status.conditions, "PodScheduled") === undefined) {
    status.conditions = withCondition(status.conditions, scheduled);
  }
}

function advanceScheduling(pass: InstancePass, draft: InstanceDraft): void {
  const { instance } = pass;
  const { status } = draft;
  status.conditions = withoutCondition(status.conditions, "Provisioning");
  const pod = launcherOf(pass);
  if (pod === undefined) {
    status.phase = "Failed";
    return;
  }
  if (pod.status?.qosClass !== undefined) status.qosClass = pod.status.qosClass;
  copyScheduled(pod, status);
  pass.failure = imageFailure(pod) ?? pass.failure;
  if (isPodReady(pod) && !isDeleting(instance)) {
    status.volumeStatus = nextVolumeStatus(pass);
    status.interfaces = podInterfaces(instance, status.interfaces);
    status.phase = "Scheduled";
    status.nodeName = pod.spec.nodeName;
    status.migrationTransport = "Unix";
    draft.labels["kubevirt.io/nodeName"] = pod.spec.nodeName ?? "";
  } else if (isPodDown(pod)) status.phase = "Failed";
}

function imageFailure(pod: SimulatedPod): InstancePass["failure"] {
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const { state } of statuses) {
    const { reason = "", message = "" } = state.waiting ?? {};
    if (reason === "ErrImagePull" || reason === "ImagePullBackOff") return { reason, message };
  }
  return undefined;
}

function advanceOnNode(pass: InstancePass, status: SimulatedInstanceStatus): void {
  if (launcherOf(pass) === undefined) {
    status.phase = "Failed";
    return;
  }
  status.volumeStatus = nextVolumeStatus(pass);
}

/** A change of CPU or memory on a running instance waits for a migration, which is not simulated. */
function showHotplug({ instance }: InstancePass, status: SimulatedInstanceStatus): void {
  const topology = status.currentCPUTopology as SimulatedInstance["spec"]["domain"]["cpu"];
  const { cpu, memory } = instance.spec.domain;
  const show = (type: string): void => {
    if (findSimulatedCondition(status.conditions, type) === undefined)
      status.conditions = withCondition(status.conditions, { type, status: "True" });
  };
  const canGrow = (cpu?.maxSockets ?? 0) > 0 && topology !== undefined;
  if (canGrow && virtualCpusOf(cpu) !== virtualCpusOf(topology)) show("HotVCPUChange");
  if (memory?.guest === undefined || memory.maxGuest === undefined) return;
  const requested = status.memory?.["guestRequested"];
  if (requested !== undefined && bytesOf(memory.guest) !== bytesOf(requested))
    show("HotMemoryChange");
}

function advanceFinal(pass: InstancePass, draft: InstanceDraft): void {
  const { instance, cluster } = pass;
  if (podsOf(instance, cluster).length === 0) {
    draft.finalizers = draft.finalizers.filter((each) => each !== INSTANCE_FINALIZER);
    delete draft.status.launcherContainerImageVersion;
  }
  const owner = instance.metadata?.ownerReferences?.find(({ kind }) => kind === "VirtualMachine");
  const machine = cluster.virtualMachines.get(objectKeyOf(instance));
  if (owner === undefined || machine?.metadata?.uid !== owner.uid)
    draft.finalizers = draft.finalizers.filter((each) => each !== VIRTUAL_MACHINE_FINALIZER);
}
