import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A Lease, for leader election. */
export interface Lease extends KubernetesObject {
  spec?:
    | {
        holderIdentity?: string | undefined;
        leaseDurationSeconds?: number | undefined;
        acquireTime?: string | undefined;
        renewTime?: string | undefined;
        leaseTransitions?: number | undefined;
      }
    | undefined;
}

export const Lease: Resource<Lease> = defineResource<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
});
