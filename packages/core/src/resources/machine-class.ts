import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link MachineClass}. */
export interface MachineClassSpec {
  category: string;
  cpu: {
    cores: number;
    sockets?: number | undefined;
    threads?: number | undefined;
  };
  default: boolean;
  description?: string | undefined;
  displayName?: string | undefined;
  enabled: boolean;
  gpu?:
    | {
        cores: number;
        manufacturer?: string | undefined;
      }
    | undefined;
  machineProviders: Array<string>;
  memory: {
    maxQuantity?: number | string | undefined;
    minQuantity?: number | string | undefined;
    quantity: number | string;
  };
}

/** Status of a {@link MachineClass}. */
export interface MachineClassStatus {
  created?: string | undefined;
  message?: string | undefined;
  name?: string | undefined;
  phase?: string | undefined;
  status?: string | undefined;
}

/** A size that Machines refer to by name. (`vitistack.io/v1alpha1`) */
export interface MachineClass extends KubernetesObject {
  spec?: MachineClassSpec | undefined;
  status?: MachineClassStatus | undefined;
}

export const MachineClass: Resource<MachineClass> = defineResource<MachineClass>({
  group: "vitistack.io",
  version: "v1alpha1",
  kind: "MachineClass",
  plural: "machineclasses",
  namespaced: false,
});
