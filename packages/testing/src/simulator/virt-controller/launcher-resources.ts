import { formatQuantity, parseQuantity, type Quantity } from "../../schema/quantity.js";
import type { SimulatedInstance } from "../simulated-kinds.js";

const MEBIBYTE = 1024 * 1024;
/** What virt-launcher and its helpers take, whatever the guest is. */
const FIXED_OVERHEAD_MEBIBYTES = 240;
const PER_CPU_MEBIBYTES = 8;
const IO_THREAD_MEBIBYTES = 8;
const VIDEO_MEBIBYTES = 32;
const PAGE_TABLE_DIVISOR = 512;
const NANOS = 1_000_000_000n;
/** A virtual CPU asks for a tenth of a real one. */
const MILLI_CPU_PER_VIRTUAL = 100;

/** Bytes that an instance takes beside its guest's memory. */
export function memoryOverheadBytes({ spec }: SimulatedInstance): number {
  const requested = spec.domain.resources?.requests?.["memory"];
  const pageTables = Math.floor(bytesOf(requested) / PAGE_TABLE_DIVISOR);
  const hasVideo = spec.domain.devices.autoattachGraphicsDevice !== false;
  const mebibytes =
    FIXED_OVERHEAD_MEBIBYTES +
    PER_CPU_MEBIBYTES * virtualCpusOf(spec.domain.cpu) +
    IO_THREAD_MEBIBYTES +
    (hasVideo ? VIDEO_MEBIBYTES : 0);
  return mebibytes * MEBIBYTE + pageTables;
}

/** Bytes as a quantity with a binary suffix. */
export function formatBytes(bytes: number): string {
  return formatQuantity({ nanos: BigInt(bytes) * NANOS, format: "BinarySI" });
}

/** Virtual CPUs of a topology. */
export function virtualCpusOf(cpu: SimulatedInstance["spec"]["domain"]["cpu"]): number {
  const { cores = 1, sockets = 1, threads = 1 } = cpu ?? {};
  return Math.max(cores, 1) * Math.max(sockets, 1) * Math.max(threads, 1);
}

/** What the container `compute` requests and is limited to. */
export function launcherResources(instance: SimulatedInstance): {
  readonly requests: Record<string, string>;
  readonly limits: Record<string, string>;
} {
  const { domain } = instance.spec;
  const asked = domain.resources ?? {};
  const overhead = memoryOverheadBytes(instance);
  const hasNetwork = (domain.devices.interfaces ?? []).length > 0;
  const devices: Record<string, string> = {
    "devices.kubevirt.io/kvm": "1",
    ...(hasNetwork ? { "devices.kubevirt.io/tun": "1", "devices.kubevirt.io/vhost-net": "1" } : {}),
  };
  const memory = asked.requests?.["memory"] ?? domain.memory?.guest;
  const milliCpu = virtualCpusOf(domain.cpu) * MILLI_CPU_PER_VIRTUAL;
  const cpu = milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m`;
  const limitedMemory = asked.limits?.["memory"];
  return {
    limits: {
      ...devices,
      ...(asked.limits?.["cpu"] === undefined ? {} : { cpu: asked.limits["cpu"] }),
      ...(limitedMemory === undefined
        ? {}
        : { memory: formatBytes(bytesOf(limitedMemory) + overhead) }),
    },
    requests: {
      ...devices,
      cpu: asked.requests?.["cpu"] ?? cpu,
      "ephemeral-storage": "50M",
      memory: formatBytes(bytesOf(memory) + overhead),
    },
  };
}

/** Bytes of a quantity; 0 when there is none. */
export function bytesOf(text: string | undefined): number {
  const quantity: Quantity | undefined = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 0 : Number(quantity.nanos / NANOS);
}
