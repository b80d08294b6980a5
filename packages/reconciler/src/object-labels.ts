import {
  type KubernetesObject,
  MACHINE_UID_ANNOTATION,
  MANAGED_BY_LABEL,
  SOURCE_MACHINE_LABEL,
} from "@kvop/core";
import type { StoredMachine } from "./served-machine.js";

/** Labels of everything that is made for a Machine. */
export function buildLabels(machine: StoredMachine, managedBy: string): Record<string, string> {
  return {
    [MANAGED_BY_LABEL]: managedBy,
    [SOURCE_MACHINE_LABEL]: machine.metadata.name,
  };
}

/** Annotations of everything that is made for a Machine: they say whose it is beyond doubt. */
export function buildAnnotations(machine: StoredMachine): Record<string, string> {
  return { [MACHINE_UID_ANNOTATION]: machine.metadata.uid };
}

/** Whose an object on a cluster is, as far as its labels and annotations tell. */
export type Ownership = "ours" | "unmarked" | "foreign";

/**
 * `ours` when it carries the Machine's UID, `unmarked` when an operator made it for a Machine of this name but recorded no
 * UID (the Go operator does so), else `foreign`.
 */
export function ownershipOf(object: KubernetesObject, machine: StoredMachine): Ownership {
  const uid = object.metadata?.annotations?.[MACHINE_UID_ANNOTATION];
  if (uid !== undefined) return uid === machine.metadata.uid ? "ours" : "foreign";
  const labels = object.metadata?.labels ?? {};
  const isForMachine =
    labels[MANAGED_BY_LABEL] !== undefined &&
    labels[SOURCE_MACHINE_LABEL] === machine.metadata.name;
  return isForMachine ? "unmarked" : "foreign";
}
