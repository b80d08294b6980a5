import {
  DataVolume,
  defineResource,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";

/** A condition as Go writes those of KubeVirt: a time that was never set is null. */
export interface SimulatedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastProbeTime?: string | null | undefined;
  readonly lastTransitionTime?: string | null | undefined;
}

/** One volume of an instance; its source is the other key. */
export interface SimulatedVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string } | undefined;
  readonly dataVolume?: { readonly name: string } | undefined;
  readonly containerDisk?: { readonly image?: string; imagePullPolicy?: string } | undefined;
  readonly [source: string]: unknown;
}

export interface SimulatedDisk {
  readonly name: string;
  disk?: { bus?: string } | undefined;
  readonly cdrom?: { bus?: string; readonly?: boolean; tray?: string } | undefined;
  readonly lun?: { bus?: string } | undefined;
}

export interface SimulatedInterface {
  readonly name: string;
  readonly macAddress?: string | undefined;
  readonly masquerade?: object | undefined;
  readonly bridge?: object | undefined;
  readonly [field: string]: unknown;
}

export interface SimulatedNetwork {
  readonly name: string;
  readonly pod?: object | undefined;
  readonly multus?: { readonly networkName: string; readonly default?: boolean } | undefined;
}

/** Whether a network is one beside the Pod's own. */
export function isSecondary(
  network: SimulatedNetwork,
): network is SimulatedNetwork & { readonly multus: { readonly networkName: string } } {
  return network.multus !== undefined && network.multus.default !== true;
}

export interface ResourceAmounts {
  requests?: Record<string, string> | undefined;
  limits?: Record<string, string> | undefined;
  overcommitGuestOverhead?: boolean | undefined;
}

/** What the simulator reads and defaults of an instance's spec. */
export interface SimulatedInstanceSpec {
  architecture?: string | undefined;
  hostname?: string | undefined;
  subdomain?: string | undefined;
  schedulerName?: string | undefined;
  priorityClassName?: string | undefined;
  topologySpreadConstraints?: unknown;
  accessCredentials?: readonly object[] | undefined;
  evictionStrategy?: string | undefined;
  startStrategy?: string | undefined;
  terminationGracePeriodSeconds?: number | undefined;
  nodeSelector?: Record<string, string> | undefined;
  affinity?: unknown;
  tolerations?: unknown;
  livenessProbe?: object | undefined;
  readinessProbe?: object | undefined;
  domain: {
    cpu?:
      | {
          cores?: number | undefined;
          sockets?: number | undefined;
          threads?: number | undefined;
          maxSockets?: number | undefined;
          model?: string | undefined;
          realtime?: object | undefined;
          numa?: { guestMappingPassthrough?: object | undefined } | undefined;
          dedicatedCpuPlacement?: boolean | undefined;
          isolateEmulatorThread?: boolean | undefined;
          features?: readonly { readonly name: string; readonly policy?: string }[] | undefined;
        }
      | undefined;
    memory?:
      | {
          guest?: string | undefined;
          maxGuest?: string | undefined;
          hugepages?: { readonly pageSize: string } | undefined;
        }
      | undefined;
    launchSecurity?: object | undefined;
    ioThreads?: { supplementalPoolThreadCount?: number | undefined } | undefined;
    firmware?: { uuid?: string | undefined; serial?: string | undefined } | undefined;
    machine?: { type?: string | undefined } | undefined;
    features?: { acpi?: { enabled?: boolean | undefined } | undefined } | undefined;
    resources?: ResourceAmounts | undefined;
    devices: {
      disks?: SimulatedDisk[] | undefined;
      interfaces?: SimulatedInterface[] | undefined;
      hostDevices?: readonly object[] | undefined;
      gpus?: readonly object[] | undefined;
      tpm?: { enabled?: boolean | undefined } | undefined;
      disableHotplug?: boolean | undefined;
      autoattachGraphicsDevice?: boolean | undefined;
      autoattachPodInterface?: boolean | undefined;
    };
  };
  networks?: SimulatedNetwork[] | undefined;
  volumes?: SimulatedVolume[] | undefined;
}

export interface SimulatedVolumeStatus {
  readonly name: string;
  readonly target: string;
  readonly persistentVolumeClaimInfo?: object | undefined;
}

export interface SimulatedInterfaceStatus {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface SimulatedInstanceStatus {
  phase?: string | undefined;
  nodeName?: string | undefined;
  conditions?: SimulatedCondition[] | undefined;
  phaseTransitionTimestamps?: { phase: string; phaseTransitionTimestamp: string }[] | undefined;
  activePods?: Record<string, string> | undefined;
  launcherContainerImageVersion?: string | undefined;
  qosClass?: string | undefined;
  migrationTransport?: string | undefined;
  interfaces?: SimulatedInterfaceStatus[] | undefined;
  volumeStatus?: SimulatedVolumeStatus[] | undefined;
  memory?: Record<string, string> | undefined;
  currentCPUTopology?: object | undefined;
  machine?: object | undefined;
  guestOSInfo?: object | undefined;
  runtimeUser?: number | undefined;
  virtualMachineRevisionName?: string | undefined;
  /** The node that is to be left: an eviction of the launcher Pod was asked for. */
  evacuationNodeName?: string | undefined;
}

export interface SimulatedInstance extends KubernetesObject {
  spec: SimulatedInstanceSpec;
  status?: SimulatedInstanceStatus | undefined;
}

export interface StateChangeRequest {
  readonly action: "Start" | "Stop";
  readonly uid?: string | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

export interface StartFailure {
  readonly consecutiveFailCount: number;
  readonly lastFailedVMIUID: string;
  readonly retryAfterTimestamp: string;
}

export interface SimulatedVirtualMachineStatus {
  printableStatus?: string | undefined;
  created?: boolean | undefined;
  ready?: boolean | undefined;
  runStrategy?: string | undefined;
  observedGeneration?: number | undefined;
  desiredGeneration?: number | undefined;
  conditions?: SimulatedCondition[] | undefined;
  stateChangeRequests?: StateChangeRequest[] | undefined;
  startFailure?: StartFailure | undefined;
  volumeSnapshotStatuses?: object[] | undefined;
}

export interface DataVolumeTemplate {
  readonly metadata: ObjectMeta;
  readonly spec: Record<string, unknown>;
}

export interface SimulatedVirtualMachine extends KubernetesObject {
  spec: {
    runStrategy?: string | undefined;
    running?: boolean | undefined;
    dataVolumeTemplates?: DataVolumeTemplate[] | undefined;
    template: { metadata?: ObjectMeta | undefined; spec: SimulatedInstanceSpec };
  };
  status?: SimulatedVirtualMachineStatus | undefined;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state: {
    readonly running?: object;
    readonly terminated?: { readonly exitCode: number; readonly reason: string };
    readonly waiting?: { readonly reason: string; readonly message?: string };
  };
  readonly [field: string]: unknown;
}

export interface SimulatedPod extends KubernetesObject {
  spec: {
    nodeName?: string | undefined;
    containers: { name: string; image: string }[];
    initContainers?: { name: string; image: string }[] | undefined;
    volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[] | undefined;
    terminationGracePeriodSeconds?: number | undefined;
    [field: string]: unknown;
  };
  status?:
    | {
        phase?: string | undefined;
        qosClass?: string | undefined;
        podIP?: string | undefined;
        conditions?: SimulatedCondition[] | undefined;
        containerStatuses?: ContainerStatus[] | undefined;
        initContainerStatuses?: ContainerStatus[] | undefined;
        [field: string]: unknown;
      }
    | undefined;
}

export interface SimulatedDataVolume extends KubernetesObject {
  spec: {
    source?: Record<string, unknown> | undefined;
    pvc?: Record<string, unknown> | undefined;
    storage?: Record<string, unknown> | undefined;
  };
  status?:
    | {
        phase?: string | undefined;
        progress?: string | undefined;
        claimName?: string | undefined;
        restartCount?: number | undefined;
        conditions?: {
          type: string;
          status: string;
          reason: string;
          message: string;
          lastHeartbeatTime: string;
          lastTransitionTime: string;
        }[];
      }
    | undefined;
}

export interface ControllerRevision extends KubernetesObject {
  data?: { readonly spec?: SimulatedVirtualMachine["spec"] } | undefined;
  revision: number;
}

/** The resources of core with the fields that the simulator needs. */
export const SimulatedVirtualMachine =
  VirtualMachine as unknown as Resource<SimulatedVirtualMachine>;
export const SimulatedInstance = VirtualMachineInstance as unknown as Resource<SimulatedInstance>;
export const SimulatedDataVolume = DataVolume as unknown as Resource<SimulatedDataVolume>;

export const SimulatedPod: Resource<SimulatedPod> = defineResource<SimulatedPod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
});

export const ControllerRevision: Resource<ControllerRevision> = defineResource<ControllerRevision>({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  namespaced: true,
});
