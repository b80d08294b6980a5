import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link NetworkNamespace}. */
export interface NetworkNamespaceSpec {
  datacenterIdentifier: string;
  ipAllocation?:
    | {
        dhcp?:
          | {
              requireClientClasses?: Array<string> | undefined;
            }
          | undefined;
        provider?: string | undefined;
        static?:
          | {
              dns?: Array<string> | undefined;
              ipv4CIDR: string;
              ipv4Gateway: string;
              ipv4RangeEnd?: string | undefined;
              ipv4RangeStart?: string | undefined;
              ttlSeconds?: number | undefined;
              vlanId?: number | undefined;
            }
          | undefined;
        type: "dhcp" | "static";
      }
    | undefined;
  supervisorIdentifier: string;
}

/** Status of a {@link NetworkNamespace}. */
export interface NetworkNamespaceStatus {
  associatedKubernetesClusterIds?: Array<string> | undefined;
  conditions?:
    | Array<{
        lastTransitionTime: string;
        message: string;
        observedGeneration?: number | undefined;
        reason: string;
        status: "True" | "False" | "Unknown";
        type: string;
      }>
    | undefined;
  created?: string | undefined;
  datacenterIdentifier?: string | undefined;
  ipAllocationStatus?:
    | {
        allocatedCount?: number | undefined;
        allocatedIPs?:
          | Array<{
              ip: string;
              networkConfiguration: string;
            }>
          | undefined;
        availableCount?: number | undefined;
        provider?: string | undefined;
        totalCount?: number | undefined;
        type?: "dhcp" | "static" | undefined;
      }
    | undefined;
  ipv4EgressIp?: string | undefined;
  ipv4Prefix?: string | undefined;
  ipv6EgressIp?: string | undefined;
  ipv6Prefix?: string | undefined;
  message?: string | undefined;
  namespaceId?: string | undefined;
  observedGeneration?: number | undefined;
  phase?: string | undefined;
  retryCount?: number | undefined;
  status?: string | undefined;
  supervisorIdentifier?: string | undefined;
  vlanId?: number | undefined;
}

/** A network: VLAN, prefixes, gateway, DNS and how addresses are given out. (`vitistack.io/v1alpha1`) */
export interface NetworkNamespace extends KubernetesObject {
  spec?: NetworkNamespaceSpec | undefined;
  status?: NetworkNamespaceStatus | undefined;
}

export const NetworkNamespace: Resource<NetworkNamespace> = defineResource<NetworkNamespace>({
  group: "vitistack.io",
  version: "v1alpha1",
  kind: "NetworkNamespace",
  plural: "networknamespaces",
  namespaced: true,
});
