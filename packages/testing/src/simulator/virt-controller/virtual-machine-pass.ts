import type { OwnerReference } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type {
  SimulatedInstance,
  SimulatedInstanceSpec,
  SimulatedVirtualMachine,
  StateChangeRequest,
} from "../simulated-kinds.js";
import type { StorageFacts } from "./volume-claims.js";

export const VIRTUAL_MACHINE_FINALIZER = "kubevirt.io/virtualMachineControllerFinalize";
export const INSTANCE_FINALIZER = "kubevirt.io/foregroundDeleteVirtualMachine";
export const GENERATION_ANNOTATION = "kubevirt.io/vm-generation";
export const OBSERVED_VERSION_ANNOTATIONS = {
  "kubevirt.io/latest-observed-api-version": "v1",
  "kubevirt.io/storage-observed-api-version": "v1",
};

/** Why a pass could not do what it should; it ends up in the condition `Failure`. */
export interface SyncFailure {
  readonly reason: string;
  readonly message: string;
}

/** One look of virt-controller at a VirtualMachine: what it knew, and what it has done. */
export interface VirtualMachinePass {
  readonly cluster: SimulatedCluster;
  /** The machine as the server has it. */
  stored: SimulatedVirtualMachine;
  /** A copy to work on. */
  vm: SimulatedVirtualMachine;
  instance: SimulatedInstance | undefined;
  readonly storage: StorageFacts;
  readonly runStrategy: string;
  /** The pass has created the instance, and has not seen it yet. */
  isStartExpected: boolean;
  /** The pass has deleted the instance. */
  isStopExpected: boolean;
  failure: SyncFailure | undefined;
}

export function runStrategyOf(vm: SimulatedVirtualMachine): string {
  return vm.spec.runStrategy ?? (vm.spec.running === true ? "Always" : "Halted");
}

export function isFinal(instance: SimulatedInstance): boolean {
  return instance.status?.phase === "Succeeded" || instance.status?.phase === "Failed";
}

export function isDeleting(object: {
  metadata?: { deletionTimestamp?: string | undefined } | undefined;
}): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

function firstRequest(vm: SimulatedVirtualMachine): StateChangeRequest | undefined {
  return vm.status?.stateChangeRequests?.[0];
}

export function hasStartRequest(vm: SimulatedVirtualMachine): boolean {
  return firstRequest(vm)?.action === "Start";
}

export function hasStartPausedRequest(vm: SimulatedVirtualMachine): boolean {
  const request = firstRequest(vm);
  return request?.action === "Start" && request.data?.["paused"] === "true";
}

export function hasStopRequest(vm: SimulatedVirtualMachine, instance: SimulatedInstance): boolean {
  const request = firstRequest(vm);
  return request?.action === "Stop" && request.uid === instance.metadata?.uid;
}

export function templateSpec(vm: SimulatedVirtualMachine): SimulatedInstanceSpec {
  return vm.spec.template.spec;
}

/** The owner reference of what a VirtualMachine controls. */
export function ownedBy(vm: SimulatedVirtualMachine): OwnerReference {
  return {
    apiVersion: "kubevirt.io/v1",
    blockOwnerDeletion: true,
    controller: true,
    kind: "VirtualMachine",
    name: vm.metadata?.name ?? "",
    uid: vm.metadata?.uid ?? "",
  };
}

/** Whether an object carries these annotations. */
export function hasAnnotations(
  object: SimulatedVirtualMachine | SimulatedInstance,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const annotations = object.metadata?.annotations ?? {};
  return Object.entries(wanted).every(([name, value]) => annotations[name] === value);
}
