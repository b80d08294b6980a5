import type { Machine } from "@kvop/core";

/** A Machine as the API server gives it: with the metadata that every stored object has. */
export interface StoredMachine extends Machine {
  metadata: NonNullable<Machine["metadata"]> & { name: string; namespace: string; uid: string };
}

/** The Machine with its metadata known to be there. */
export function asStoredMachine(machine: Machine): StoredMachine {
  const { name = "", namespace = "default", uid = "" } = machine.metadata ?? {};
  return { ...machine, metadata: { ...machine.metadata, name, namespace, uid } };
}

/** Whether a Machine is this operator's: its provider is `kubevirt`, or empty. */
export function isServedMachine(machine: Machine): boolean {
  const provider = machine.spec?.provider ?? "";
  return provider === "" || provider === "kubevirt";
}
