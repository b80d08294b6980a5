import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A volume that CDI fills. */
export interface DataVolume extends KubernetesObject {
  spec?:
    | {
        source?: Record<string, unknown> | undefined;
        pvc?: Record<string, unknown> | undefined;
        storage?: Record<string, unknown> | undefined;
      }
    | undefined;
  status?:
    | {
        phase?: string | undefined;
        progress?: string | undefined;
        claimName?: string | undefined;
        conditions?: Array<Record<string, unknown>> | undefined;
      }
    | undefined;
}

export const DataVolume: Resource<DataVolume> = defineResource<DataVolume>({
  group: "cdi.kubevirt.io",
  version: "v1beta1",
  kind: "DataVolume",
  plural: "datavolumes",
  namespaced: true,
});
