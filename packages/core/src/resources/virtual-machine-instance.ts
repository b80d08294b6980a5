import type { Condition, KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** One disk of a virtual machine, as the guest sees it. */
export interface VirtualMachineDisk {
  name: string;
  bootOrder?: number | undefined;
  serial?: string | undefined;
  disk?: { bus?: string | undefined } | undefined;
  cdrom?: { bus?: string | undefined; readonly?: boolean | undefined } | undefined;
  lun?: Record<string, unknown> | undefined;
}

/** One network interface of a virtual machine. */
export interface VirtualMachineInterface {
  name: string;
  model?: string | undefined;
  macAddress?: string | undefined;
  bootOrder?: number | undefined;
  bridge?: Record<string, unknown> | undefined;
  masquerade?: Record<string, unknown> | undefined;
}

/** One volume behind a disk. */
export interface VirtualMachineVolume {
  name: string;
  persistentVolumeClaim?: { claimName: string } | undefined;
  dataVolume?: { name: string } | undefined;
  containerDisk?: Record<string, unknown> | undefined;
  cloudInitNoCloud?: Record<string, unknown> | undefined;
  cloudInitConfigDrive?: Record<string, unknown> | undefined;
}

/** Spec of a {@link VirtualMachineInstance} and of a VirtualMachine's template. */
export interface VirtualMachineInstanceSpec {
  architecture?: string | undefined;
  domain: {
    cpu?:
      | {
          cores?: number | undefined;
          sockets?: number | undefined;
          threads?: number | undefined;
          model?: string | undefined;
        }
      | undefined;
    memory?: { guest?: string | undefined } | undefined;
    firmware?: Record<string, unknown> | undefined;
    machine?: { type?: string | undefined } | undefined;
    resources?: Record<string, unknown> | undefined;
    devices: {
      autoattachPodInterface?: boolean | undefined;
      networkInterfaceMultiqueue?: boolean | undefined;
      disks?: VirtualMachineDisk[] | undefined;
      interfaces?: VirtualMachineInterface[] | undefined;
    };
  };
  networks?:
    | Array<{
        name: string;
        pod?: Record<string, unknown> | undefined;
        multus?: { networkName: string } | undefined;
      }>
    | undefined;
  volumes?: VirtualMachineVolume[] | undefined;
  terminationGracePeriodSeconds?: number | undefined;
  evictionStrategy?: string | undefined;
}

/** Status of a {@link VirtualMachineInstance}. */
export interface VirtualMachineInstanceStatus {
  phase?: string | undefined;
  reason?: string | undefined;
  nodeName?: string | undefined;
  conditions?: Condition[] | undefined;
  guestOSInfo?:
    | {
        id?: string | undefined;
        name?: string | undefined;
        prettyName?: string | undefined;
        version?: string | undefined;
        kernelRelease?: string | undefined;
      }
    | undefined;
  interfaces?:
    | Array<{
        name?: string | undefined;
        interfaceName?: string | undefined;
        mac?: string | undefined;
        ipAddress?: string | undefined;
        ipAddresses?: string[] | undefined;
        infoSource?: string | undefined;
        linkState?: string | undefined;
        podInterfaceName?: string | undefined;
        queueCount?: number | undefined;
      }>
    | undefined;
  volumeStatus?:
    | Array<{
        name?: string | undefined;
        target?: string | undefined;
        phase?: string | undefined;
        size?: number | undefined;
        persistentVolumeClaimInfo?:
          | {
              claimName?: string | undefined;
              accessModes?: string[] | undefined;
              volumeMode?: string | undefined;
              capacity?: Record<string, string> | undefined;
              requests?: Record<string, string> | undefined;
            }
          | undefined;
      }>
    | undefined;
  phaseTransitionTimestamps?:
    | Array<{ phase: string; phaseTransitionTimestamp: string }>
    | undefined;
  activePods?: Record<string, string> | undefined;
  [field: string]: unknown;
}

/** A running instance of a VirtualMachine (`kubevirt.io/v1`). */
export interface VirtualMachineInstance extends KubernetesObject {
  spec: VirtualMachineInstanceSpec;
  status?: VirtualMachineInstanceStatus | undefined;
}

export const VirtualMachineInstance: Resource<VirtualMachineInstance> =
  defineResource<VirtualMachineInstance>({
    group: "kubevirt.io",
    version: "v1",
    kind: "VirtualMachineInstance",
    plural: "virtualmachineinstances",
    namespaced: true,
  });
