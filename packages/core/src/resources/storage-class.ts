import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A class of storage. */
export interface StorageClass extends KubernetesObject {
  provisioner: string;
  volumeBindingMode?: string | undefined;
  reclaimPolicy?: string | undefined;
  allowVolumeExpansion?: boolean | undefined;
  parameters?: Record<string, string> | undefined;
}

export const StorageClass: Resource<StorageClass> = defineResource<StorageClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  namespaced: false,
});
