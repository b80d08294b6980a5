import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A further network for Pods (Multus). */
export interface NetworkAttachmentDefinition extends KubernetesObject {
  spec?: { config?: string | undefined } | undefined;
}

export const NetworkAttachmentDefinition: Resource<NetworkAttachmentDefinition> =
  defineResource<NetworkAttachmentDefinition>({
    group: "k8s.cni.cncf.io",
    version: "v1",
    kind: "NetworkAttachmentDefinition",
    plural: "network-attachment-definitions",
    namespaced: true,
  });
