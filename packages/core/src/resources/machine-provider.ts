import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link MachineProvider}. */
export interface MachineProviderSpec {
  authentication: {
    credentialsRef?:
      | {
          namespace?: string | undefined;
          secretName?: string | undefined;
        }
      | undefined;
    parameters?: Record<string, string> | undefined;
    serviceAccount?:
      | {
          accountID: string;
          keyRef?:
            | {
                namespace?: string | undefined;
                secretName?: string | undefined;
              }
            | undefined;
          scopes?: Array<string> | undefined;
        }
      | undefined;
    type:
      | "credentials"
      | "serviceAccount"
      | "instanceProfile"
      | "managedIdentity"
      | "certificate"
      | "token";
  };
  capabilities?:
    | {
        autoScaling?: boolean | undefined;
        loadBalancers?: boolean | undefined;
        machineClasses?:
          | Array<{
              apiVersion?: string | undefined;
              kind?: string | undefined;
              metadata?: Record<string, unknown> | undefined;
              spec?:
                | {
                    category: string;
                    cpu: {
                      cores: number;
                      sockets?: number | undefined;
                      threads?: number | undefined;
                    };
                    default: boolean;
                    description?: string | undefined;
                    displayName?: string | undefined;
                    enabled: boolean;
                    gpu?:
                      | {
                          cores: number;
                          manufacturer?: string | undefined;
                        }
                      | undefined;
                    machineProviders: Array<string>;
                    memory: {
                      maxQuantity?: number | string | undefined;
                      minQuantity?: number | string | undefined;
                      quantity: number | string;
                    };
                  }
                | undefined;
              status?:
                | {
                    created?: string | undefined;
                    message?: string | undefined;
                    name?: string | undefined;
                    phase?: string | undefined;
                    status?: string | undefined;
                  }
                | undefined;
            }>
          | undefined;
        maxMachines?: number | undefined;
        networkFeatures?: Array<string> | undefined;
        operatingSystems?:
          | Array<{
              architectures: Array<string>;
              defaultImageID?: string | undefined;
              distribution: string;
              family: string;
              versions: Array<string>;
            }>
          | undefined;
        persistentVolumes?: boolean | undefined;
        storageTypes?:
          | Array<{
              class: string;
              displayName?: string | undefined;
              encryptionSupported?: boolean | undefined;
              iopsRange?:
                | {
                    max: number;
                    min: number;
                  }
                | undefined;
              name: string;
              throughputRange?:
                | {
                    max: number;
                    min: number;
                  }
                | undefined;
            }>
          | undefined;
      }
    | undefined;
  compute?:
    | {
        defaultMachineClass?: string | undefined;
        gpuSupport?: boolean | undefined;
        gpuTypes?: Array<string> | undefined;
        maxCPUs?: number | undefined;
        maxMemoryGB?: number | undefined;
        nestedVirtualization?: boolean | undefined;
      }
    | undefined;
  config?: Record<string, string> | undefined;
  defaultTags?: Record<string, string> | undefined;
  displayName: string;
  endpoint?:
    | {
        caBundle?: string | undefined;
        insecureSkipVerify?: boolean | undefined;
        retryAttempts?: number | undefined;
        timeoutSeconds?: number | undefined;
        url?: string | undefined;
      }
    | undefined;
  network?:
    | {
        availableVPCs?:
          | Array<{
              cidr: string;
              id: string;
              name: string;
              subnets?:
                | Array<{
                    cidr: string;
                    id: string;
                    name: string;
                    public: boolean;
                    zone: string;
                  }>
                | undefined;
            }>
          | undefined;
        defaultSecurityGroups?: Array<string> | undefined;
        defaultVPC?: string | undefined;
        ipv6Support?: boolean | undefined;
        loadBalancerSupport?: boolean | undefined;
        publicIPSupport?: boolean | undefined;
      }
    | undefined;
  providerType:
    | "kubevirt"
    | "proxmox"
    | "aws"
    | "azure"
    | "gcp"
    | "vsphere"
    | "openstack"
    | "libvirt"
    | "cloudstack"
    | "nutanix"
    | "ovirt";
  region: string;
  storage?:
    | {
        defaultEncryption?: boolean | undefined;
        defaultType?: string | undefined;
        maxStorageGB?: number | undefined;
        storageClasses?:
          | Array<{
              default?: boolean | undefined;
              displayName?: string | undefined;
              name: string;
              parameters?: Record<string, string> | undefined;
              provisioner: string;
            }>
          | undefined;
      }
    | undefined;
  zones?: Array<string> | undefined;
}

/** Status of a {@link MachineProvider}. */
export interface MachineProviderStatus {
  activeMachines?: number | undefined;
  availableResources?:
    | {
        images?:
          | Array<{
              architecture: string;
              creationDate?: string | undefined;
              id: string;
              name: string;
              osDistribution: string;
              osFamily: string;
              osVersion: string;
              public: boolean;
            }>
          | undefined;
        limits?:
          | {
              maxMachinesPerZone?: number | undefined;
              maxNetworkInterfaces?: number | undefined;
              maxStoragePerMachineGB?: number | undefined;
              rateLimits?: Record<string, string> | undefined;
            }
          | undefined;
        machineClasses?: Array<string> | undefined;
        storageTypes?: Array<string> | undefined;
        zones?: Array<string> | undefined;
      }
    | undefined;
  conditions?:
    | Array<{
        lastTransitionTime: string;
        message: string;
        reason: string;
        status: string;
        type: string;
      }>
    | undefined;
  health?:
    | {
        apiConnectivity?: string | undefined;
        authentication?: string | undefined;
        lastCheck?: string | undefined;
        responseTimeMs?: number | undefined;
        serviceAvailability?: Record<string, string> | undefined;
        status?: string | undefined;
      }
    | undefined;
  lastVerified?: string | undefined;
  message?: string | undefined;
  phase?: string | undefined;
  providerStatus?: Record<string, string> | undefined;
  quota?:
    | {
        cpuQuota?: number | undefined;
        cpuUsed?: number | undefined;
        instanceQuota?: number | undefined;
        instanceUsed?: number | undefined;
        memoryQuotaGB?: number | undefined;
        memoryUsedGB?: number | undefined;
        networkQuota?: Record<string, number> | undefined;
        networkUsed?: Record<string, number> | undefined;
        storageQuotaGB?: number | undefined;
        storageUsedGB?: number | undefined;
      }
    | undefined;
}

/** An operator that serves Machines, as it presents itself to users. (`vitistack.io/v1alpha1`) */
export interface MachineProvider extends KubernetesObject {
  spec?: MachineProviderSpec | undefined;
  status?: MachineProviderStatus | undefined;
}

export const MachineProvider: Resource<MachineProvider> = defineResource<MachineProvider>({
  group: "vitistack.io",
  version: "v1alpha1",
  kind: "MachineProvider",
  plural: "machineproviders",
  namespaced: false,
});
