import { hasCondition } from "../conditions.js";
import type {
  SimulatedInstance,
  SimulatedVirtualMachine,
  SimulatedVirtualMachineStatus,
} from "../simulated-kinds.js";
import {
  hasStartRequest,
  hasStopRequest,
  isDeleting,
  isFinal,
  type VirtualMachinePass,
} from "./virtual-machine-pass.js";
import { hasDataVolumeError, hasProvisioningDataVolume, hasUnboundClaim } from "./volume-claims.js";

/** What a printable status is drawn from. */
export type PrintableFacts = Pick<
  VirtualMachinePass,
  "vm" | "instance" | "storage" | "runStrategy" | "isStartExpected" | "isStopExpected"
> & { readonly status: SimulatedVirtualMachineStatus };

/** `status.printableStatus`: the first that holds, in virt-controller's order. */
export function choosePrintableStatus(facts: PrintableFacts): string {
  const { vm, instance, storage } = facts;
  const { volumes } = vm.spec.template.spec;
  const conditions = instance?.status?.conditions;
  const phase = instance?.status?.phase;
  const isRunning = phase === "Running";
  const isPaused = hasCondition(conditions, "Paused", "True");
  const isSync = (reason: string): boolean =>
    hasCondition(conditions, "Synchronized", "False", reason);
  const rules: readonly (readonly [string, boolean])[] = [
    ["Terminating", isDeleting(vm)],
    ["Stopping", isStopping(facts)],
    ["Paused", isRunning && isPaused],
    ["Running", isRunning && !isPaused],
    ["ErrorPvcNotFound", isSync("FailedPvcNotFound")],
    ["DataVolumeError", hasDataVolumeError(volumes, storage)],
    ["ErrorUnschedulable", hasCondition(conditions, "PodScheduled", "False", "Unschedulable")],
    ["Provisioning", hasProvisioningDataVolume(volumes, storage)],
    [
      "WaitingForVolumeBinding",
      isSetToStart(vm, instance, facts.runStrategy) && hasUnboundClaim(volumes, storage),
    ],
    ["ErrImagePull", isSync("ErrImagePull")],
    ["ImagePullBackOff", isSync("ImagePullBackOff")],
    ["Starting", instance === undefined ? facts.isStartExpected : isBeforeRunning(phase)],
    ["CrashLoopBackOff", isCrashLooping(facts)],
    ["Stopped", instance === undefined ? !facts.isStartExpected : isFinal(instance)],
  ];
  return rules.find(([, holds]) => holds)?.[0] ?? "Unknown";
}

function isStopping({ instance, isStopExpected }: PrintableFacts): boolean {
  return instance !== undefined && !isFinal(instance) && (isDeleting(instance) || isStopExpected);
}

function isBeforeRunning(phase: string | undefined): boolean {
  return ["", "Pending", "Scheduling", "Scheduled"].includes(phase ?? "");
}

function isCrashLooping(facts: PrintableFacts): boolean {
  const { instance, isStartExpected, status, runStrategy } = facts;
  if ((instance !== undefined && !isFinal(instance)) || isStartExpected) return false;
  return (
    status.startFailure !== undefined && ["Always", "RerunOnFailure", "Once"].includes(runStrategy)
  );
}

function isSetToStart(
  vm: SimulatedVirtualMachine,
  instance: SimulatedInstance | undefined,
  runStrategy: string,
): boolean {
  switch (runStrategy) {
    case "Always":
      return true;
    case "Manual":
      return instance === undefined ? hasStartRequest(vm) : !hasStopRequest(vm, instance);
    case "RerunOnFailure":
      return instance?.status?.phase !== "Succeeded";
    case "Once":
      return instance === undefined;
    default:
      return false;
  }
}
