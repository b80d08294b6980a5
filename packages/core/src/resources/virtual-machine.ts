import type { Condition, KubernetesObject, ObjectMeta } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";
import type { VirtualMachineInstanceSpec } from "./virtual-machine-instance.js";

/** When a VirtualMachine runs. */
export type RunStrategy =
  | "Always"
  | "Manual"
  | "Halted"
  | "RerunOnFailure"
  | "Once"
  | "WaitAsReceiver";

/** Spec of a {@link VirtualMachine}; fields that kvop does not use are kept as they are. */
export interface VirtualMachineSpec {
  runStrategy?: RunStrategy | undefined;
  running?: boolean | undefined;
  dataVolumeTemplates?: Array<{ metadata: ObjectMeta; spec: Record<string, unknown> }> | undefined;
  template: { metadata?: ObjectMeta | undefined; spec: VirtualMachineInstanceSpec };
}

/** Status of a {@link VirtualMachine}. */
export interface VirtualMachineStatus {
  printableStatus?: string | undefined;
  created?: boolean | undefined;
  ready?: boolean | undefined;
  conditions?: Condition[] | undefined;
  runStrategy?: string | undefined;
  observedGeneration?: number | undefined;
  desiredGeneration?: number | undefined;
  startFailure?: Record<string, unknown> | undefined;
  stateChangeRequests?: Array<Record<string, unknown>> | undefined;
  volumeSnapshotStatuses?: Array<Record<string, unknown>> | undefined;
}

/** A KubeVirt VirtualMachine (`kubevirt.io/v1`). */
export interface VirtualMachine extends KubernetesObject {
  spec: VirtualMachineSpec;
  status?: VirtualMachineStatus | undefined;
}

export const VirtualMachine: Resource<VirtualMachine> = defineResource<VirtualMachine>({
  group: "kubevirt.io",
  version: "v1",
  kind: "VirtualMachine",
  plural: "virtualmachines",
  namespaced: true,
});
