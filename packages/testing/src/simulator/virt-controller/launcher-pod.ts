import { objectKeyOf } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type { SimulatedInstance, SimulatedPod, SimulatedVolume } from "../simulated-kinds.js";
import { networksAnnotation } from "./launcher-networks.js";
import { launcherResources } from "./launcher-resources.js";
import { launcherVolumes } from "./launcher-volumes.js";
import { memoryOverheadBytes } from "./memory-overhead.js";

const TEMPORARY_ANNOTATION = "kubevirt.io/ephemeral-provisioning";
/** virt-launcher gets longer than its guest, so that virt-handler can end the guest first. */
const GRACE_PERIOD_PADDING_SECONDS = 30;
const DEFAULT_GRACE_PERIOD_SECONDS = 30;
/** Annotations of an instance that its Pod does not take over. */
const OWN_ANNOTATIONS = new Set([
  "kubevirt.io/latest-observed-api-version",
  "kubevirt.io/storage-observed-api-version",
]);
const NETWORKS_ANNOTATION = "k8s.v1.cni.cncf.io/networks";
/** The longest label of a DNS name. */
const LONGEST_LABEL = 63;
export const UNPAUSED_CONDITION = "kubevirt.io/virtual-machine-unpaused";

/** Whether a Pod only makes volumes bind (WaitForFirstConsumer). */
export function isTemporary(pod: SimulatedPod): boolean {
  return pod.metadata?.annotations?.[TEMPORARY_ANNOTATION] !== undefined;
}

/** The virt-launcher Pod of an instance, as virt-controller renders it; of its containers what clients look at. */
export function renderLauncherPod(
  instance: SimulatedInstance,
  cluster: Pick<SimulatedCluster, "launcherImage">,
  options: { readonly isForBinding: boolean },
): SimulatedPod {
  const { name, namespace } = objectKeyOf(instance);
  const { uid = "" } = instance.metadata ?? {};
  const { spec } = instance;
  const graceSeconds = spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS;
  const compute = {
    name: "compute",
    image: cluster.launcherImage,
    ...(options.isForBinding ? { command: ["/bin/bash", "-c", "echo bound PVCs"] } : {}),
    resources: launcherResources(spec, memoryOverheadBytes(instance)),
  };
  return {
    metadata: {
      generateName: `virt-launcher-${name}-`,
      namespace,
      labels: {
        ...instance.metadata?.labels,
        "kubevirt.io": "virt-launcher",
        "kubevirt.io/created-by": uid,
        "vm.kubevirt.io/name": hostnameOf(instance),
        "vmi.kubevirt.io/id": name,
      },
      annotations: {
        ...podAnnotations(instance),
        ...(options.isForBinding ? { [TEMPORARY_ANNOTATION]: "true" } : {}),
      },
      ownerReferences: [
        {
          apiVersion: "kubevirt.io/v1",
          kind: "VirtualMachineInstance",
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      containers: [compute],
      initContainers: initContainers(spec.volumes, cluster),
      nodeSelector: nodeSelector(instance),
      hostname: hostnameOf(instance),
      ...present({
        subdomain: spec.subdomain,
        affinity: spec.affinity,
        tolerations: spec.tolerations,
        schedulerName: spec.schedulerName,
        priorityClassName: spec.priorityClassName,
        topologySpreadConstraints: spec.topologySpreadConstraints,
        serviceAccountName: serviceAccountOf(spec.volumes),
      }),
      readinessGates: [{ conditionType: UNPAUSED_CONDITION }],
      restartPolicy: "Never",
      terminationGracePeriodSeconds: graceSeconds + GRACE_PERIOD_PADDING_SECONDS,
      volumes: launcherVolumes(spec),
    },
  };
}

/** The first part of the instance's name, where no host name is given. */
function hostnameOf({ metadata, spec }: SimulatedInstance): string {
  const [first = ""] = (metadata?.name ?? "").split(".");
  return spec.hostname || first.slice(0, LONGEST_LABEL);
}

function serviceAccountOf(volumes: readonly SimulatedVolume[] | undefined): string | undefined {
  const volume = volumes?.find(({ serviceAccount }) => serviceAccount !== undefined);
  return (volume?.["serviceAccount"] as { serviceAccountName?: string } | undefined)
    ?.serviceAccountName;
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function podAnnotations(instance: SimulatedInstance): Record<string, string> {
  const { name, namespace = "" } = objectKeyOf(instance);
  const freezer = (flag: string): string =>
    `["/usr/bin/virt-freezer", "${flag}", "--name", "${name}", "--namespace", "${namespace}"]`;
  const isMasqueraded = (instance.spec.domain.devices.interfaces ?? []).some(
    ({ masquerade }) => masquerade !== undefined,
  );
  const taken = Object.entries(instance.metadata?.annotations ?? {}).filter(
    ([key]) => !OWN_ANNOTATIONS.has(key) && !key.startsWith("kubectl.kubernetes.io"),
  );
  const networks = networksAnnotation(instance);
  return {
    ...Object.fromEntries(taken),
    "descheduler.alpha.kubernetes.io/request-evict-only": "",
    "kubectl.kubernetes.io/default-container": "compute",
    "kubevirt.io/domain": name,
    "kubevirt.io/memory-overhead-bytes": String(memoryOverheadBytes(instance)),
    "kubevirt.io/migrationTransportUnix": "true",
    "post.hook.backup.velero.io/command": freezer("--unfreeze"),
    "post.hook.backup.velero.io/container": "compute",
    "pre.hook.backup.velero.io/command": freezer("--freeze"),
    "pre.hook.backup.velero.io/container": "compute",
    "pre.hook.backup.velero.io/timeout": "60s",
    ...(isMasqueraded
      ? {
          "istio.io/reroute-virtual-interfaces": "k6t-eth0",
          "traffic.sidecar.istio.io/kubevirtInterfaces": "k6t-eth0",
        }
      : {}),
    ...(networks === undefined ? {} : { [NETWORKS_ANNOTATION]: networks }),
  };
}

function nodeSelector({ spec }: SimulatedInstance): Record<string, string> {
  const { architecture = "amd64", domain } = spec;
  const model = domain.cpu?.model ?? "host-model";
  const required = (domain.cpu?.features ?? []).filter(({ policy = "" }) =>
    ["", "require"].includes(policy),
  );
  const isNamedModel = model !== "host-model" && model !== "host-passthrough";
  return {
    ...spec.nodeSelector,
    "kubernetes.io/arch": architecture,
    "kubevirt.io/schedulable": "true",
    [`machine-type.node.kubevirt.io/${domain.machine?.type ?? "q35"}`]: "true",
    ...(isNamedModel ? { [`cpu-model.node.kubevirt.io/${model}`]: "true" } : {}),
    ...Object.fromEntries(
      required.map(({ name }) => [`cpu-feature.node.kubevirt.io/${name}`, "true"]),
    ),
    ...(domain.cpu?.dedicatedCpuPlacement === true ? { cpumanager: "true" } : {}),
  };
}

function initContainers(
  volumes: readonly SimulatedVolume[] | undefined,
  { launcherImage }: Pick<SimulatedCluster, "launcherImage">,
): { name: string; image: string }[] {
  const disks = (volumes ?? []).flatMap(({ name, containerDisk }) =>
    containerDisk === undefined
      ? []
      : [{ name: `volume${name}`, image: containerDisk.image ?? launcherImage }],
  );
  const consoleLog = { name: "guest-console-log", image: launcherImage, restartPolicy: "Always" };
  return [consoleLog, ...disks];
}
