import { type Clock, formatTime, type Random } from "@kvop/core";
import { parseQuantity } from "../../schema/quantity.js";
import type { SimulatedInstance, SimulatedInstanceSpec } from "../simulated-kinds.js";
import { INSTANCE_FINALIZER } from "../virt-controller/virtual-machine-pass.js";
import { canonicaliseQuantities } from "./canonical-quantities.js";
import { defaultDevices } from "./default-devices.js";
import { defaultHotplugLimits } from "./live-update.js";

export const PCI_TOPOLOGY_ANNOTATION = "kubevirt.io/pci-topology-version";
export const PCI_TOPOLOGY_VERSION = "v3";
export const DEFAULT_MACHINE = "q35";
export const DEFAULT_ARCHITECTURE = "amd64";
/** The user that qemu runs as. */
const RUNTIME_USER = 107;

/** What virt-api makes of a new instance: defaults, its finalizer, and the status that it begins with. */
export function defaultInstance(
  instance: SimulatedInstance,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): SimulatedInstance {
  const { metadata, spec, status = {} } = instance;
  const finalizers = metadata?.finalizers ?? [];
  spec.domain.firmware ??= {};
  spec.domain.firmware.uuid ??= random.uuid();
  defaultSpec(spec);
  const { guest } = spec.domain.memory ?? {};
  const { cores, sockets, threads } = spec.domain.cpu ?? {};
  const time = formatTime(clock.now());
  return {
    ...instance,
    metadata: {
      ...metadata,
      annotations: { [PCI_TOPOLOGY_ANNOTATION]: PCI_TOPOLOGY_VERSION, ...metadata?.annotations },
      finalizers: finalizers.includes(INSTANCE_FINALIZER)
        ? finalizers
        : [...finalizers, INSTANCE_FINALIZER],
    },
    spec,
    status: {
      guestOSInfo: {},
      phase: "Pending",
      phaseTransitionTimestamps: [{ phase: "Pending", phaseTransitionTimestamp: time }],
      runtimeUser: RUNTIME_USER,
      currentCPUTopology: { cores, sockets, threads },
      ...(guest === undefined
        ? {}
        : { memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest } }),
      ...status,
    },
  };
}

/** All that can be left out. In place. */
export function defaultSpec(spec: SimulatedInstanceSpec): void {
  canonicaliseQuantities(spec);
  defaultInstanceFields(spec);
  spec.evictionStrategy ??= "None";
  defaultCpuRequest(spec);
  defaultGuestMemory(spec);
  defaultTopology(spec);
  defaultNetwork(spec);
  for (const volume of spec.volumes ?? []) {
    const disk = volume.containerDisk;
    if (disk !== undefined && disk.imagePullPolicy === undefined)
      disk.imagePullPolicy = pullPolicyOf(disk.image ?? "");
  }
  defaultDevices(spec);
  defaultHotplugLimits(spec);
}

/** What virt-api sets on a machine's template as well. In place. */
export function defaultInstanceFields(spec: SimulatedInstanceSpec): void {
  spec.architecture ??= DEFAULT_ARCHITECTURE;
  spec.domain.machine ??= {};
  spec.domain.machine.type ||= DEFAULT_MACHINE;
  spec.domain.resources ??= {};
  spec.domain.devices ??= {};
}

function defaultCpuRequest({ domain }: SimulatedInstanceSpec): void {
  const resources = domain.resources ?? {};
  const limit = resources.limits?.["cpu"];
  if (limit === undefined || resources.requests?.["cpu"] !== undefined) return;
  resources.requests = { ...resources.requests, cpu: limit };
}

/** A guest of which nothing is said has what is requested for it. */
function defaultGuestMemory({ domain }: SimulatedInstanceSpec): void {
  domain.memory ??= {};
  const { requests, limits } = domain.resources ?? {};
  domain.memory.guest ??=
    requests?.["memory"] ?? limits?.["memory"] ?? domain.memory.hugepages?.pageSize;
  if (domain.memory.guest === undefined) delete domain.memory.guest;
}

/** Of a topology that is given in part the rest stays open. */
function defaultTopology({ domain }: SimulatedInstanceSpec): void {
  const cpu = domain.cpu ?? {};
  domain.cpu = cpu;
  const isUnset = (cpu.cores ?? 0) === 0 && (cpu.sockets ?? 0) === 0 && (cpu.threads ?? 0) === 0;
  if (isUnset) {
    const asked = domain.resources?.limits?.["cpu"] ?? domain.resources?.requests?.["cpu"];
    cpu.sockets = Math.max(wholeCpus(asked), 1);
    cpu.cores = 1;
    cpu.threads = 1;
  }
  cpu.model ||= "host-model";
}

function wholeCpus(text: string | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 1 : Math.ceil(Number(quantity.nanos) / 1e9);
}

function defaultNetwork(spec: SimulatedInstanceSpec): void {
  const { devices } = spec.domain;
  if (devices.autoattachPodInterface === false) return;
  if ((spec.networks ?? []).length > 0 || (devices.interfaces ?? []).length > 0) return;
  devices.interfaces = [{ name: "default", masquerade: {} }];
  spec.networks = [{ name: "default", pod: {} }];
}

function pullPolicyOf(image: string): string {
  return image.endsWith(":latest") || !/[:@]/.test(image) ? "Always" : "IfNotPresent";
}
