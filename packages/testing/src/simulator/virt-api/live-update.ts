import { formatBytes, bytesOf } from "../virt-controller/launcher-resources.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";

/** Memory and sockets can grow to so many times what an instance starts with. */
const HOTPLUG_RATIO = 4;
const MOST_CPUS = 512;
const GIBIBYTE = 1024 ** 3;
const BLOCK_BYTES = 2 * 1024 * 1024;

/** Why memory cannot be changed while the instance runs; undefined when it can. */
export function liveMemoryProblem(
  spec: SimulatedInstanceSpec,
  maxGuest: string,
): string | undefined {
  const { memory } = spec.domain;
  if (memory?.guest === undefined)
    return "Guest memory must be configured when memory hotplug is enabled";
  const guest = bytesOf(memory.guest);
  if (guest > bytesOf(maxGuest))
    return "Guest memory is greater than the configured maxGuest memory";
  if (guest % BLOCK_BYTES !== 0) return "Guest memory must be 2Mi aligned";
  if (bytesOf(maxGuest) % BLOCK_BYTES !== 0) return "MaxGuest must be 2Mi aligned";
  if (!["amd64", "arm64"].includes(spec.architecture ?? "amd64"))
    return "Memory hotplug is only available for x86_64 and arm64 VMs";
  if (guest < GIBIBYTE)
    return "Memory hotplug is only available for VMs with at least 1Gi of guest memory";
  return undefined;
}

/** Sets how far memory and sockets may grow, where nothing is said. In place. */
export function defaultHotplugLimits(spec: SimulatedInstanceSpec): void {
  const { cpu, memory } = spec.domain;
  if (cpu !== undefined && (cpu.maxSockets ?? 0) === 0) {
    const { sockets = 1, cores = 1, threads = 1 } = cpu;
    const most = Math.floor(MOST_CPUS / Math.max(cores * threads, 1));
    cpu.maxSockets = Math.max(Math.min(sockets * HOTPLUG_RATIO, most), sockets);
  }
  if (memory?.guest === undefined || memory.maxGuest !== undefined) return;
  const maxGuest = formatBytes(bytesOf(memory.guest) * HOTPLUG_RATIO);
  if (liveMemoryProblem(spec, maxGuest) === undefined) memory.maxGuest = maxGuest;
}
