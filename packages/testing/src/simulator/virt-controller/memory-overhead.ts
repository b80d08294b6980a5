import type { SimulatedInstance, SimulatedInstanceSpec } from "../simulated-kinds.js";
import { bytesOf, virtualCpusOf } from "./launcher-resources.js";

const MEBIBYTE = 1024 * 1024;
/** What virt-launcher and its helpers take, whatever the guest is. */
const FIXED_MEBIBYTES = 240;
const PER_CPU_MEBIBYTES = 8;
const IO_THREAD_MEBIBYTES = 8;
const VIDEO_MEBIBYTES = 32;
/** Device memory that is locked beside the guest's. */
const HOST_DEVICES_MEBIBYTES = 1024;
const METRICS_MEBIBYTES = 1;
const PROBE_MEBIBYTES = { first: 100, each: 10 };
const TPM_MEBIBYTES = 53;
const ENCRYPTED_MEBIBYTES = 256;
const GUARANTEED_MEBIBYTES = 100;
const KILO = 1000;
const PAGE_TABLE_DIVISOR = 512;

/** Bytes that an instance takes beside its guest's memory. */
export function memoryOverheadBytes({ spec }: SimulatedInstance): number {
  const { devices, resources, cpu } = spec.domain;
  const requested = Math.ceil(bytesOf(resources?.requests?.["memory"]) / KILO) * KILO;
  const { hostDevices = [], gpus = [], interfaces = [], tpm } = devices;
  const hasHostDevice =
    hostDevices.length + gpus.length > 0 || interfaces.some(({ sriov }) => sriov !== undefined);
  const mebibytes =
    FIXED_MEBIBYTES +
    PER_CPU_MEBIBYTES * virtualCpusOf(cpu) +
    IO_THREAD_MEBIBYTES +
    (devices.autoattachGraphicsDevice === false ? 0 : VIDEO_MEBIBYTES) +
    (hasHostDevice ? HOST_DEVICES_MEBIBYTES : 0) +
    (spec.volumes?.some(({ downwardMetrics }) => downwardMetrics !== undefined) === true
      ? METRICS_MEBIBYTES
      : 0) +
    probeMebibytes(spec) +
    (spec.domain.launchSecurity === undefined ? 0 : ENCRYPTED_MEBIBYTES) +
    (tpm === undefined || tpm.enabled === false ? 0 : TPM_MEBIBYTES) +
    (isGuaranteed(spec) ? GUARANTEED_MEBIBYTES : 0);
  return mebibytes * MEBIBYTE + Math.floor(requested / PAGE_TABLE_DIVISOR);
}

/** A probe that runs a command takes a process in the Pod. */
function probeMebibytes({ livenessProbe, readinessProbe }: SimulatedInstanceSpec): number {
  const count = [livenessProbe, readinessProbe].filter(
    (probe) => probe !== undefined && "exec" in probe,
  ).length;
  return count === 0 ? 0 : PROBE_MEBIBYTES.first + count * PROBE_MEBIBYTES.each;
}

/** CPUs of its own, or as much requested as it is limited to. */
function isGuaranteed({ domain }: SimulatedInstanceSpec): boolean {
  if (domain.cpu?.dedicatedCpuPlacement === true) return true;
  const { requests, limits } = domain.resources ?? {};
  return ["cpu", "memory"].every(
    (name) => limits?.[name] !== undefined && requests?.[name] === limits[name],
  );
}
