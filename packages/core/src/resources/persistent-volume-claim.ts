import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A claim of storage. */
export interface PersistentVolumeClaim extends KubernetesObject {
  spec?:
    | {
        accessModes?: string[] | undefined;
        resources?:
          | {
              requests?: Record<string, string> | undefined;
              limits?: Record<string, string> | undefined;
            }
          | undefined;
        storageClassName?: string | undefined;
        volumeMode?: string | undefined;
        volumeName?: string | undefined;
        dataSource?: Record<string, unknown> | undefined;
        dataSourceRef?: Record<string, unknown> | undefined;
      }
    | undefined;
  status?:
    | {
        phase?: string | undefined;
        accessModes?: string[] | undefined;
        capacity?: Record<string, string> | undefined;
      }
    | undefined;
}

export const PersistentVolumeClaim: Resource<PersistentVolumeClaim> =
  defineResource<PersistentVolumeClaim>({
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    namespaced: true,
  });
