import type { MachineClass } from "@kvop/core";
import type { StoredMachine } from "./served-machine.js";

/** Processors and memory of a virtual machine. */
export interface MachineSize {
  readonly cores: number;
  readonly sockets: number;
  readonly threads: number;
  /** A Kubernetes quantity. */
  readonly memory: string;
}

const DEFAULT_SIZE: MachineSize = { cores: 2, sockets: 1, threads: 1, memory: "2Gi" };
const MIB = 2 ** 20;

/** The defaults, the class over them, the Machine's own values over both. */
export function buildSize(
  machine: StoredMachine,
  machineClass: MachineClass | undefined,
): MachineSize {
  const own = machine.spec?.cpu;
  const classCpu = machineClass?.spec?.cpu;
  const classMemory = machineClass?.spec?.memory?.quantity;
  const ownMemory = machine.spec?.memory ?? 0;
  return {
    cores: firstSet(own?.cores, classCpu?.cores) ?? DEFAULT_SIZE.cores,
    sockets: firstSet(own?.sockets, classCpu?.sockets) ?? DEFAULT_SIZE.sockets,
    threads: firstSet(own?.threadsPerCore, classCpu?.threads) ?? DEFAULT_SIZE.threads,
    memory:
      ownMemory > 0
        ? formatMemory(ownMemory)
        : classMemory === undefined
          ? DEFAULT_SIZE.memory
          : String(classMemory),
  };
}

/**
 * Bytes as a quantity in Mi, or in a larger unit where it comes out even. Rounded up, so that a Machine never gets less than it asks for.
 */
export function formatMemory(bytes: number): string {
  let amount = Math.ceil(bytes / MIB);
  const units = ["Mi", "Gi", "Ti", "Pi"];
  let unit = 0;
  while (amount % 1024 === 0 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount}${units[unit] ?? ""}`;
}

/** Zero and absent mean the same: the Go types of the CRD cannot tell them apart. */
function firstSet(...values: ReadonlyArray<number | undefined>): number | undefined {
  return values.find((value) => value !== undefined && value > 0);
}
