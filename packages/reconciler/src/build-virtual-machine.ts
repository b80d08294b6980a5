import type { VirtualMachine, VirtualMachineDisk, VirtualMachineVolume } from "@kvop/core";
import type { MachineSize } from "./build-size.js";
import { buildAnnotations, buildLabels } from "./object-labels.js";
import type { PlannedDisk } from "./plan-disks.js";
import type { PlannedNetwork } from "./resolve-network.js";
import type { StoredMachine } from "./served-machine.js";
import type { ReconcilerSettings } from "./settings.js";

/** A disk that is not the Machine's own, with what is behind it. */
export interface ExtraDisk {
  readonly disk: VirtualMachineDisk;
  readonly volume: VirtualMachineVolume;
}

/** Everything that a VirtualMachine is made of. */
export interface VirtualMachinePlan {
  readonly size: MachineSize;
  readonly disks: readonly PlannedDisk[];
  readonly network: PlannedNetwork;
  readonly macAddress: string;
  readonly extraDisks?: readonly ExtraDisk[] | undefined;
}

/** The VirtualMachine of a Machine. */
export function buildVirtualMachine(
  machine: StoredMachine,
  plan: VirtualMachinePlan,
  settings: ReconcilerSettings,
): VirtualMachine {
  const labels = buildLabels(machine, settings.managedBy);
  const annotations = buildAnnotations(machine);
  const { size, network, extraDisks = [] } = plan;
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: {
      name: machine.metadata.name,
      namespace: machine.metadata.namespace,
      labels,
      annotations,
    },
    spec: {
      runStrategy: "Always",
      template: {
        metadata: { labels: { ...labels }, annotations: { ...annotations } },
        spec: {
          domain: {
            cpu: {
              cores: size.cores,
              sockets: size.sockets,
              threads: size.threads,
              model: settings.cpuModel ?? defaultCpuModel(machine),
            },
            memory: { guest: size.memory },
            firmware: { bootloader: { efi: { secureBoot: false } } },
            resources: {},
            devices: {
              autoattachPodInterface: false,
              networkInterfaceMultiqueue: true,
              disks: [...plan.disks.map(buildDiskDevice), ...extraDisks.map(({ disk }) => disk)],
              interfaces: [
                {
                  name: network.name,
                  model: "virtio",
                  bridge: {},
                  macAddress: plan.macAddress,
                  ...(hasImage(machine) ? {} : { bootOrder: 2 }),
                },
              ],
            },
          },
          networks: [
            network.vlanId === undefined
              ? { name: network.name, pod: {} }
              : { name: network.name, multus: { networkName: network.name } },
          ],
          volumes: [
            ...plan.disks.map(({ volumeName, claimName }) => ({
              name: volumeName,
              persistentVolumeClaim: { claimName },
            })),
            ...extraDisks.map(({ volume }) => volume),
          ],
        },
      },
    },
  };
}

function buildDiskDevice({ volumeName, bus, isBoot }: PlannedDisk): VirtualMachineDisk {
  return { name: volumeName, disk: { bus }, ...(isBoot ? { bootOrder: 1 } : {}) };
}

/** Without an image the machine is installed over the network: it boots from there when its disk is empty. */
function hasImage(machine: StoredMachine): boolean {
  return (machine.spec?.os?.imageID ?? "") !== "";
}

function defaultCpuModel(machine: StoredMachine): string {
  return machine.spec?.os?.architecture === "arm64" ? "host-passthrough" : "host-model";
}
