import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A core Namespace. */
export interface Namespace extends KubernetesObject {
  spec?: { finalizers?: string[] | undefined } | undefined;
  status?: { phase?: string | undefined } | undefined;
}

export const Namespace: Resource<Namespace> = defineResource<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
});
