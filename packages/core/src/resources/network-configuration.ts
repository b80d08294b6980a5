import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link NetworkConfiguration}. */
export interface NetworkConfigurationSpec {
  clusterIdentifier?: string | undefined;
  datacenterIdentifier?: string | undefined;
  description?: string | undefined;
  name: string;
  networkInterfaces?:
    | Array<{
        allocationExpiry?: string | undefined;
        allocationMethod?: "dhcp" | "static" | undefined;
        dhcpReserved?: boolean | undefined;
        dns?: Array<string> | undefined;
        ipAllocated?: boolean | undefined;
        ipv4Addresses?: Array<string> | undefined;
        ipv4Gateway?: string | undefined;
        ipv4Subnet?: string | undefined;
        ipv6Addresses?: Array<string> | undefined;
        ipv6Gateway?: string | undefined;
        ipv6Subnet?: string | undefined;
        macAddress?: string | undefined;
        name?: string | undefined;
        vlan?: string | undefined;
      }>
    | undefined;
  networkNamespaceName?: string | undefined;
  provider?: string | undefined;
  supervisorIdentifier?: string | undefined;
}

/** Status of a {@link NetworkConfiguration}. */
export interface NetworkConfigurationStatus {
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
  message?: string | undefined;
  networkInterfaces?:
    | Array<{
        allocationExpiry?: string | undefined;
        allocationMethod?: "dhcp" | "static" | undefined;
        dhcpReserved?: boolean | undefined;
        dns?: Array<string> | undefined;
        ipAllocated?: boolean | undefined;
        ipv4Addresses?: Array<string> | undefined;
        ipv4Gateway?: string | undefined;
        ipv4Subnet?: string | undefined;
        ipv6Addresses?: Array<string> | undefined;
        ipv6Gateway?: string | undefined;
        ipv6Subnet?: string | undefined;
        macAddress?: string | undefined;
        name?: string | undefined;
        vlan?: string | undefined;
      }>
    | undefined;
  phase?: string | undefined;
  status?: string | undefined;
}

/** The addresses of a Machine: MACs decided by its operator, IPs by the IP operator. (`vitistack.io/v1alpha1`) */
export interface NetworkConfiguration extends KubernetesObject {
  spec?: NetworkConfigurationSpec | undefined;
  status?: NetworkConfigurationStatus | undefined;
}

export const NetworkConfiguration: Resource<NetworkConfiguration> =
  defineResource<NetworkConfiguration>({
    group: "vitistack.io",
    version: "v1alpha1",
    kind: "NetworkConfiguration",
    plural: "networkconfigurations",
    namespaced: true,
  });
