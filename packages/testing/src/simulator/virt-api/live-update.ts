import { formatBytes, bytesOf } from "../virt-controller/launcher-resources.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";

/** Memory and sockets can grow to so many times what an instance starts with. */
const HOTPLUG_RATIO = 4;
const MOST_CPUS = 512;
const GIBIBYTE = 1024 ** 3;
const BLOCK = { bytes: 2 * 1024 * 1024, text: "2Mi" };
const HUGE_BLOCK = { bytes: GIBIBYTE, text: "1Gi" };

/** Why memory cannot be changed while the instance runs; undefined when it can. */
export function liveMemoryProblem(
  spec: SimulatedInstanceSpec,
  maxGuest: string,
): string | undefined {
  const { cpu, memory, launchSecurity } = spec.domain;
  if (cpu?.realtime !== undefined) return "Memory hotplug is not compatible with realtime VMs";
  if (cpu?.numa?.guestMappingPassthrough !== undefined)
    return "Memory hotplug is not compatible with guest mapping passthrough";
  if (launchSecurity !== undefined) return "Memory hotplug is not compatible with encrypted VMs";
  const block = memory?.hugepages?.pageSize === "1Gi" ? HUGE_BLOCK : BLOCK;
  if (memory?.guest === undefined)
    return "Guest memory must be configured when memory hotplug is enabled";
  const guest = bytesOf(memory.guest);
  if (guest > bytesOf(maxGuest))
    return "Guest memory is greater than the configured maxGuest memory";
  if (guest % block.bytes !== 0) return `Guest memory must be ${block.text} aligned`;
  if (bytesOf(maxGuest) % block.bytes !== 0) return `MaxGuest must be ${block.text} aligned`;
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
    const { sockets = 0, cores = 0, threads = 0 } = cpu;
    const perSocket = cores * threads;
    const wanted = sockets * HOTPLUG_RATIO;
    const isBeyond = wanted * perSocket > MOST_CPUS;
    const most = isBeyond ? Math.max(Math.floor(MOST_CPUS / perSocket), sockets) : wanted;
    if (most > 0) cpu.maxSockets = most;
  }
  if (memory?.guest === undefined || memory.maxGuest !== undefined) return;
  const maxGuest = formatBytes(bytesOf(memory.guest) * HOTPLUG_RATIO);
  if (liveMemoryProblem(spec, maxGuest) === undefined) memory.maxGuest = maxGuest;
}
