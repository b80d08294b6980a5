import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link KubevirtConfig}. */
export interface KubevirtConfigSpec {
  kubeconfigSecretRef: string;
  name: string;
  /** Required by the present CRD; older ones do without. */
  secretNamespace?: string | undefined;
}

/** Status of a {@link KubevirtConfig}. */
export interface KubevirtConfigStatus {
  created?: string | undefined;
  message?: string | undefined;
  name?: string | undefined;
  phase?: string | undefined;
  status?: string | undefined;
}

/** One KubeVirt cluster: which Secret holds its kubeconfig. (`vitistack.io/v1alpha1`) */
export interface KubevirtConfig extends KubernetesObject {
  spec?: KubevirtConfigSpec | undefined;
  status?: KubevirtConfigStatus | undefined;
}

export const KubevirtConfig: Resource<KubevirtConfig> = defineResource<KubevirtConfig>({
  group: "vitistack.io",
  version: "v1alpha1",
  kind: "KubevirtConfig",
  plural: "kubevirtconfigs",
  namespaced: false,
});
