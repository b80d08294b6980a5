import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link Vitistack}. */
export interface VitistackSpec {
  backup?:
    | {
        destinations?:
          | Array<{
              configuration?: Record<string, string> | undefined;
              encryption?: boolean | undefined;
              name: string;
              type: "s3" | "azure" | "gcs" | "local" | "nfs";
            }>
          | undefined;
        disasterRecovery?:
          | {
              enabled?: boolean | undefined;
              rpoMinutes?: number | undefined;
              rtoMinutes?: number | undefined;
              targetVitistack?: string | undefined;
            }
          | undefined;
        enabled?: boolean | undefined;
        retentionPolicy?:
          | {
              daily?: number | undefined;
              monthly?: number | undefined;
              weekly?: number | undefined;
            }
          | undefined;
        schedule?: string | undefined;
      }
    | undefined;
  description?: string | undefined;
  displayName: string;
  infrastructure: string;
  kubernetesProviders?:
    | Array<{
        configuration?: Record<string, string> | undefined;
        enabled?: boolean | undefined;
        name: string;
        namespace?: string | undefined;
        priority?: number | undefined;
      }>
    | undefined;
  location?:
    | {
        address?: string | undefined;
        city?: string | undefined;
        coordinates?:
          | {
              latitude?: string | undefined;
              longitude?: string | undefined;
            }
          | undefined;
        country?: string | undefined;
      }
    | undefined;
  machineProviders?:
    | Array<{
        configuration?: Record<string, string> | undefined;
        enabled?: boolean | undefined;
        name: string;
        namespace?: string | undefined;
        priority?: number | undefined;
      }>
    | undefined;
  monitoring?:
    | {
        alertReceivers?: Array<string> | undefined;
        alertingEnabled?: boolean | undefined;
        customDashboards?: Array<string> | undefined;
        enabled?: boolean | undefined;
        metricsRetentionDays?: number | undefined;
      }
    | undefined;
  networking?:
    | {
        dns?:
          | {
              domain?: string | undefined;
              searchDomains?: Array<string> | undefined;
              servers?: Array<string> | undefined;
            }
          | undefined;
        firewall?:
          | {
              defaultPolicy?: "allow" | "deny" | undefined;
              rules?:
                | Array<{
                    action: "allow" | "deny";
                    destination?: string | undefined;
                    name: string;
                    port?: string | undefined;
                    protocol?: "tcp" | "udp" | "icmp" | "all" | undefined;
                    source?: string | undefined;
                  }>
                | undefined;
            }
          | undefined;
        ipAllocation?:
          | Array<{
              providers: Array<{
                configuration?: Record<string, string> | undefined;
                default?: boolean | undefined;
                enabled?: boolean | undefined;
                type: "dhcp" | "static";
              }>;
              zone?: string | undefined;
            }>
          | undefined;
        loadBalancers?:
          | Array<{
              name: string;
              scheme?: "internet-facing" | "internal" | undefined;
              type: "application" | "network" | "classic";
            }>
          | undefined;
        vpcs?:
          | Array<{
              cidr: string;
              default?: boolean | undefined;
              name: string;
              subnets?:
                | Array<{
                    cidr: string;
                    name: string;
                    public?: boolean | undefined;
                    zone?: string | undefined;
                  }>
                | undefined;
            }>
          | undefined;
      }
    | undefined;
  region: string;
  resourceQuotas?:
    | {
        maxCPUCores?: number | undefined;
        maxClusters?: number | undefined;
        maxMachines?: number | undefined;
        maxMemoryGB?: number | undefined;
        maxNetworkInterfaces?: number | undefined;
        maxStorageGB?: number | undefined;
      }
    | undefined;
  security?:
    | {
        accessControl?:
          | {
              allowedGroups?: Array<string> | undefined;
              allowedUsers?: Array<string> | undefined;
              mfa?: boolean | undefined;
              rbac?: boolean | undefined;
            }
          | undefined;
        auditLogging?:
          | {
              destination?: "local" | "s3" | "azure" | "gcs" | "elasticsearch" | undefined;
              enabled?: boolean | undefined;
              retentionDays?: number | undefined;
            }
          | undefined;
        complianceFrameworks?: Array<string> | undefined;
        encryption?:
          | {
              atRest?: boolean | undefined;
              inTransit?: boolean | undefined;
              keyManagement?: string | undefined;
            }
          | undefined;
      }
    | undefined;
  tags?: Record<string, string> | undefined;
  zone: string;
}

/** Status of a {@link Vitistack}. */
export interface VitistackStatus {
  activeClusters?: number | undefined;
  activeMachines?: number | undefined;
  clusters?:
    | Array<{
        controlPlaneReplicas?: number | undefined;
        discoveredAt?: string | undefined;
        name: string;
        namespace?: string | undefined;
        phase?: string | undefined;
        ready?: boolean | undefined;
        version?: string | undefined;
        workerReplicas?: number | undefined;
      }>
    | undefined;
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
  description?: string | undefined;
  displayName?: string | undefined;
  infrastructure?: string | undefined;
  kubernetesProviderCount?: number | undefined;
  kubernetesProviders?:
    | Array<{
        discoveredAt?: string | undefined;
        name: string;
        namespace?: string | undefined;
        providerType?: string | undefined;
        ready?: boolean | undefined;
        region?: string | undefined;
        zone?: string | undefined;
      }>
    | undefined;
  lastReconcileTime?: string | undefined;
  location?:
    | {
        address?: string | undefined;
        city?: string | undefined;
        coordinates?:
          | {
              latitude?: string | undefined;
              longitude?: string | undefined;
            }
          | undefined;
        country?: string | undefined;
      }
    | undefined;
  machineClasses?: Array<string> | undefined;
  machineProviderCount?: number | undefined;
  machineProviders?:
    | Array<{
        discoveredAt?: string | undefined;
        name: string;
        namespace?: string | undefined;
        providerType?: string | undefined;
        ready?: boolean | undefined;
        region?: string | undefined;
        zone?: string | undefined;
      }>
    | undefined;
  observedGeneration?: number | undefined;
  phase?: string | undefined;
  providerStatuses?:
    | Array<{
        healthy?: boolean | undefined;
        lastHealthCheck?: string | undefined;
        message?: string | undefined;
        name: string;
        phase?: string | undefined;
        resourcesManaged?: number | undefined;
        type: "machine" | "kubernetes";
      }>
    | undefined;
  region?: string | undefined;
  resourceUsage?:
    | {
        cpuCoresTotal?: number | undefined;
        cpuCoresUsed?: number | undefined;
        memoryGBTotal?: number | undefined;
        memoryGBUsed?: number | undefined;
        networkInterfacesTotal?: number | undefined;
        networkInterfacesUsed?: number | undefined;
        storageGBTotal?: number | undefined;
        storageGBUsed?: number | undefined;
      }
    | undefined;
  zone?: string | undefined;
}

/** A site with its providers. (`vitistack.io/v1alpha1`) */
export interface Vitistack extends KubernetesObject {
  spec?: VitistackSpec | undefined;
  status?: VitistackStatus | undefined;
}

export const Vitistack: Resource<Vitistack> = defineResource<Vitistack>({
  group: "vitistack.io",
  version: "v1alpha1",
  kind: "Vitistack",
  plural: "vitistacks",
  namespaced: false,
});
