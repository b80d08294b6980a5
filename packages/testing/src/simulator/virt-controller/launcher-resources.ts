import { formatQuantity, parseQuantity, type Quantity } from "../../schema/quantity.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";

const NANOS = 1_000_000_000n;
/** A virtual CPU asks for a tenth of a real one. */
const MILLI_CPU_PER_VIRTUAL = 100;
/** What virt-launcher writes into its own file system. */
const EPHEMERAL_STORAGE = "50M";

/** Bytes as a quantity with a binary suffix. */
export function formatBytes(bytes: number): string {
  return formatQuantity({ nanos: BigInt(bytes) * NANOS, format: "BinarySI" });
}

/** Virtual CPUs of a topology. */
export function virtualCpusOf(cpu: SimulatedInstanceSpec["domain"]["cpu"]): number {
  const { cores = 1, sockets = 1, threads = 1 } = cpu ?? {};
  return Math.max(cores, 1) * Math.max(sockets, 1) * Math.max(threads, 1);
}

type Amounts = Record<string, string>;

/** What the container `compute` requests and is limited to. */
export function launcherResources(
  spec: SimulatedInstanceSpec,
  overheadBytes: number,
): { readonly requests: Amounts; readonly limits: Amounts } {
  const { requests = {}, limits = {} } = spec.domain.resources ?? {};
  const devices = deviceResources(spec);
  const wanted: { readonly requests: Amounts; readonly limits: Amounts } = {
    requests: { ...devices, ...requests },
    limits: { ...devices, ...limits },
  };
  const storage = "ephemeral-storage";
  wanted.requests[storage] = sum(requests[storage], EPHEMERAL_STORAGE);
  if (limits[storage] !== undefined)
    wanted.limits[storage] = sum(limits[storage], EPHEMERAL_STORAGE);
  setMemory(spec, wanted);
  setCpu(spec, wanted);
  addOverhead(spec, overheadBytes, wanted);
  return wanted;
}

function deviceResources({ domain }: SimulatedInstanceSpec): Amounts {
  const interfaces = domain.devices.interfaces ?? [];
  const isVirtio = interfaces.some(({ model = "" }) => /^(virtio|$)/.test(String(model)));
  return {
    "devices.kubevirt.io/kvm": "1",
    ...(interfaces.length > 0 ? { "devices.kubevirt.io/tun": "1" } : {}),
    ...(isVirtio ? { "devices.kubevirt.io/vhost-net": "1" } : {}),
  };
}

/** Where nothing is requested, it is the limit, the guest's memory, or one huge page. */
function setMemory(
  { domain }: SimulatedInstanceSpec,
  { requests, limits }: { readonly requests: Amounts; readonly limits: Amounts },
): void {
  if (requests["memory"] !== undefined) return;
  const memory = limits["memory"] ?? domain.memory?.guest ?? domain.memory?.hugepages?.pageSize;
  if (memory !== undefined) requests["memory"] = memory;
}

function setCpu(
  { domain }: SimulatedInstanceSpec,
  { requests, limits }: { readonly requests: Amounts; readonly limits: Amounts },
): void {
  const { cpu } = domain;
  const threads = domain.ioThreads?.supplementalPoolThreadCount ?? 0;
  const count = virtualCpusOf(cpu) + threads;
  if (cpu?.dedicatedCpuPlacement !== true) {
    const milli = count * MILLI_CPU_PER_VIRTUAL;
    requests["cpu"] ??= milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
    return;
  }
  // CPUs of one's own: as many as there are, and nothing to borrow.
  const own = String(count + (cpu.isolateEmulatorThread === true ? 1 : 0));
  requests["cpu"] = own;
  limits["cpu"] = own;
  if (requests["memory"] !== undefined) limits["memory"] = requests["memory"];
}

function addOverhead(
  { domain }: SimulatedInstanceSpec,
  overhead: number,
  { requests, limits }: { readonly requests: Amounts; readonly limits: Amounts },
): void {
  const { hugepages, guest } = domain.memory ?? {};
  if (hugepages === undefined) {
    const isOvercommitted = domain.resources?.overcommitGuestOverhead === true;
    requests["memory"] = plusBytes(requests["memory"], isOvercommitted ? 0 : overhead);
    if (limits["memory"] !== undefined) limits["memory"] = plusBytes(limits["memory"], overhead);
    return;
  }
  // The guest lives in huge pages: of other memory it takes what goes beyond it.
  const asked = bytesOf(requests["memory"]);
  const inPages = Math.min(asked, guest === undefined ? asked : bytesOf(guest));
  for (const amounts of [requests, limits])
    amounts[`hugepages-${hugepages.pageSize}`] = formatBytes(inPages);
  requests["memory"] = formatBytes(asked - inPages + overhead);
  if (limits["memory"] === undefined) return;
  limits["memory"] = formatBytes(Math.max(bytesOf(limits["memory"]) - inPages, 0) + overhead);
}

function plusBytes(text: string | undefined, bytes: number): string {
  return sum(text, formatBytes(bytes));
}

/** The sum of two quantities, written as the first is. */
function sum(left: string | undefined, right: string): string {
  const first = left === undefined ? undefined : parseQuantity(left);
  const second = parseQuantity(right) ?? { nanos: 0n, format: "DecimalSI" as const };
  const { format } = first === undefined || first.nanos === 0n ? second : first;
  return formatQuantity({ nanos: (first?.nanos ?? 0n) + second.nanos, format });
}

/** Bytes of a quantity; 0 when there is none. */
export function bytesOf(text: string | undefined): number {
  const quantity: Quantity | undefined = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 0 : Number(quantity.nanos / NANOS);
}
