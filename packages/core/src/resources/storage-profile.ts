import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** What CDI knows of a storage class. */
export interface StorageProfile extends KubernetesObject {
  spec?: Record<string, unknown> | undefined;
  status?:
    | {
        storageClass?: string | undefined;
        provisioner?: string | undefined;
        claimPropertySets?:
          | Array<{ accessModes?: string[] | undefined; volumeMode?: string | undefined }>
          | undefined;
      }
    | undefined;
}

export const StorageProfile: Resource<StorageProfile> = defineResource<StorageProfile>({
  group: "cdi.kubevirt.io",
  version: "v1beta1",
  kind: "StorageProfile",
  plural: "storageprofiles",
  namespaced: false,
});
