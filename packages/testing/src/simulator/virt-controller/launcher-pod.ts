import { objectKeyOf } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type { SimulatedInstance, SimulatedPod, SimulatedVolume } from "../simulated-kinds.js";
import { launcherResources, memoryOverheadBytes } from "./launcher-resources.js";
import { claimNameOf } from "./volume-claims.js";

const TEMPORARY_ANNOTATION = "kubevirt.io/ephemeral-provisioning";
/** virt-launcher gets longer than its guest, so that virt-handler can end the guest first. */
const GRACE_PERIOD_PADDING_SECONDS = 30;
const DEFAULT_GRACE_PERIOD_SECONDS = 30;
/** Annotations of an instance that its Pod does not take over. */
const OWN_ANNOTATIONS = new Set([
  "kubevirt.io/latest-observed-api-version",
  "kubevirt.io/storage-observed-api-version",
]);
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
    resources: launcherResources(instance),
  };
  return {
    metadata: {
      generateName: `virt-launcher-${name}-`,
      namespace,
      labels: {
        ...instance.metadata?.labels,
        "kubevirt.io": "virt-launcher",
        "kubevirt.io/created-by": uid,
        "vm.kubevirt.io/name": name,
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
      initContainers: options.isForBinding ? [] : initContainers(spec.volumes, cluster),
      nodeSelector: nodeSelector(instance),
      ...(spec.affinity === undefined ? {} : { affinity: spec.affinity }),
      ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
      readinessGates: options.isForBinding ? [] : [{ conditionType: UNPAUSED_CONDITION }],
      restartPolicy: "Never",
      terminationGracePeriodSeconds: graceSeconds + GRACE_PERIOD_PADDING_SECONDS,
      volumes: podVolumes(spec.volumes),
    },
  };
}

function podAnnotations(instance: SimulatedInstance): Record<string, string> {
  const { name, namespace = "" } = objectKeyOf(instance);
  const freezer = (flag: string): string =>
    `["/usr/bin/virt-freezer", "${flag}", "--name", "${name}", "--namespace", "${namespace}"]`;
  const isMasqueraded = (instance.spec.domain.devices.interfaces ?? []).some(
    ({ masquerade }) => masquerade !== undefined,
  );
  const taken = Object.entries(instance.metadata?.annotations ?? {}).filter(
    ([key]) => !OWN_ANNOTATIONS.has(key),
  );
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
  };
}

function nodeSelector({ spec }: SimulatedInstance): Record<string, string> {
  const { architecture = "amd64", domain } = spec;
  const model = domain.cpu?.model ?? "host-model";
  const isNamedModel = model !== "host-model" && model !== "host-passthrough";
  return {
    ...spec.nodeSelector,
    "kubernetes.io/arch": architecture,
    "kubevirt.io/schedulable": "true",
    [`machine-type.node.kubevirt.io/${domain.machine?.type ?? "q35"}`]: "true",
    ...(isNamedModel ? { [`cpu-model.node.kubevirt.io/${model}`]: "true" } : {}),
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

type PodVolume = { name: string } & Record<string, unknown>;

function podVolumes(volumes: readonly SimulatedVolume[] | undefined): PodVolume[] {
  const empty = (name: string): PodVolume => ({ name, emptyDir: {} });
  const disks = (volumes ?? []).filter(({ containerDisk }) => containerDisk !== undefined);
  return [
    ...[
      "private",
      "public",
      "sockets",
      "virt-bin-share-dir",
      "libvirt-runtime",
      "ephemeral-disks",
    ].map(empty),
    ...(volumes ?? []).flatMap(podVolumesOf),
    ...disks.map(({ name }) => empty(name)),
    ...(disks.length === 0 ? [] : [empty("launcher-volume")]),
    empty("hotplug-disks"),
  ];
}

/** What of the Pod's volumes stands for one of the instance's. */
function podVolumesOf(volume: SimulatedVolume): PodVolume[] {
  const { name } = volume;
  const claimName = claimNameOf(volume);
  if (claimName !== undefined) return [{ name, persistentVolumeClaim: { claimName } }];
  const cloudInit = (volume["cloudInitNoCloud"] ?? volume["cloudInitConfigDrive"]) as
    | { secretRef?: { name: string }; networkDataSecretRef?: { name: string } }
    | undefined;
  const secrets: PodVolume[] = [];
  const secretName = cloudInit?.secretRef?.name;
  if (secretName !== undefined) secrets.push({ name: `${name}-udata`, secret: { secretName } });
  const networkName = cloudInit?.networkDataSecretRef?.name;
  if (networkName !== undefined)
    secrets.push({ name: `${name}-ndata`, secret: { secretName: networkName } });
  if (secrets.length > 0) return secrets;
  const configMap = volume["configMap"];
  if (configMap !== undefined) return [{ name, configMap }];
  const secret = volume["secret"];
  return secret === undefined ? [] : [{ name, secret }];
}
