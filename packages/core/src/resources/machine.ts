import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** Spec of a {@link Machine}. */
export interface MachineSpec {
  backup?:
    | {
        enabled?: boolean | undefined;
        retentionDays?: number | undefined;
        schedule?: string | undefined;
      }
    | undefined;
  cloudInit?:
    | {
        networkData?: string | undefined;
        networkDataBase64?: string | undefined;
        networkDataConfigMapRef?:
          | {
              key?: string | undefined;
              name: string;
            }
          | undefined;
        networkDataSecretRef?:
          | {
              key?: string | undefined;
              name: string;
            }
          | undefined;
        type?: "noCloud" | "configDrive" | undefined;
        userData?: string | undefined;
        userDataBase64?: string | undefined;
        userDataConfigMapRef?:
          | {
              key?: string | undefined;
              name: string;
            }
          | undefined;
        userDataSecretRef?:
          | {
              key?: string | undefined;
              name: string;
            }
          | undefined;
      }
    | undefined;
  cpu?:
    | {
        cores?: number | undefined;
        sockets?: number | undefined;
        threadsPerCore?: number | undefined;
      }
    | undefined;
  disks?:
    | Array<{
        boot?: boolean | undefined;
        device?: string | undefined;
        encrypted?: boolean | undefined;
        iops?: number | undefined;
        name?: string | undefined;
        sizeGB?: number | undefined;
        throughput?: number | undefined;
        type?: string | undefined;
      }>
    | undefined;
  machineClass?: string | undefined;
  machineType?: string | undefined;
  memory?: number | undefined;
  monitoring?: boolean | undefined;
  name?: string | undefined;
  network?:
    | {
        assignPublicIP?: boolean | undefined;
        interfaces?:
          | Array<{
              name?: string | undefined;
              primary?: boolean | undefined;
              securityGroups?: Array<string> | undefined;
              subnet?: string | undefined;
            }>
          | undefined;
        networkNamespaceName?: string | undefined;
        privateIP?: string | undefined;
        publicIP?: string | undefined;
        subnet?: string | undefined;
        vpc?: string | undefined;
      }
    | undefined;
  os?:
    | {
        architecture?: "amd64" | "arm64" | "x86_64" | undefined;
        distribution?: string | undefined;
        family?: string | undefined;
        imageFamily?: string | undefined;
        imageID?: string | undefined;
        isoUri?: string | undefined;
        version?: string | undefined;
      }
    | undefined;
  provider: string;
  providerConfig?:
    | {
        config?: Record<string, string> | undefined;
        credentialsRef?:
          | {
              namespace?: string | undefined;
              secretName?: string | undefined;
            }
          | undefined;
        name?: string | undefined;
        region?: string | undefined;
        zone?: string | undefined;
      }
    | undefined;
  securityGroups?: Array<string> | undefined;
  sshKeys?: Array<string> | undefined;
  tags?: Record<string, string> | undefined;
  userData?: string | undefined;
}

/** Status of a {@link Machine}. */
export interface MachineStatus {
  architecture?: string | undefined;
  bootTime?: string | undefined;
  conditions?:
    | Array<{
        lastTransitionTime?: string | undefined;
        message?: string | undefined;
        reason?: string | undefined;
        status?: string | undefined;
        type?: string | undefined;
      }>
    | undefined;
  cpus?: number | undefined;
  creationTime?: string | undefined;
  disks?:
    | Array<{
        accessModes?: Array<string> | undefined;
        availableBytes?: number | undefined;
        device?: string | undefined;
        filesystemType?: string | undefined;
        label?: string | undefined;
        mountPoint?: string | undefined;
        name?: string | undefined;
        pvcName?: string | undefined;
        serialNumber?: string | undefined;
        size?: number | undefined;
        type?: string | undefined;
        usagePercent?: string | undefined;
        usedBytes?: number | undefined;
        uuid?: string | undefined;
        volumeMode?: string | undefined;
      }>
    | undefined;
  failureMessage?: string | undefined;
  failureReason?: string | undefined;
  hostname?: string | undefined;
  ipAddresses?: Array<string> | undefined;
  ipv6Addresses?: Array<string> | undefined;
  kernelVersion?: string | undefined;
  lastUpdated?: string | undefined;
  machineID?: string | undefined;
  memory?: number | undefined;
  message?: string | undefined;
  networkInterfaces?:
    | Array<{
        ipAddresses?: Array<string> | undefined;
        ipv6Addresses?: Array<string> | undefined;
        macAddress?: string | undefined;
        mtu?: number | undefined;
        name?: string | undefined;
        state?: string | undefined;
        type?: string | undefined;
      }>
    | undefined;
  operatingSystem?: string | undefined;
  operatingSystemVersion?: string | undefined;
  phase?: string | undefined;
  privateIPAddresses?: Array<string> | undefined;
  provider?: string | undefined;
  providerID?: string | undefined;
  publicIPAddresses?: Array<string> | undefined;
  region?: string | undefined;
  state?: string | undefined;
  zone?: string | undefined;
}

/** A virtual machine as its user wants it. (`vitistack.io/v1alpha1`) */
export interface Machine extends KubernetesObject {
  spec?: MachineSpec | undefined;
  status?: MachineStatus | undefined;
}

export const Machine: Resource<Machine> = defineResource<Machine>({
  group: "vitistack.io",
  version: "v1alpha1",
  kind: "Machine",
  plural: "machines",
  namespaced: true,
});
