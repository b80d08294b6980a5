import { readBuiltInData } from "../built-in/built-in-data.js";
import type { JsonObject } from "../schema/json.js";

/** The CustomResourceDefinitions of a vitistack supervisor: Machine, MachineClass, KubevirtConfig, ... */
export function vitistackCustomResourceDefinitions(): readonly JsonObject[] {
  return definitions().filter((crd) => groupOf(crd) === "vitistack.io");
}

/** Those of a KubeVirt cluster: VirtualMachine, VirtualMachineInstance, CDI's and Multus' resources. */
export function kubevirtCustomResourceDefinitions(): readonly JsonObject[] {
  return definitions().filter((crd) => groupOf(crd) !== "vitistack.io");
}

function definitions(): readonly JsonObject[] {
  return readBuiltInData("crds.json.br") as readonly JsonObject[];
}

function groupOf(crd: JsonObject): string {
  return (crd["spec"] as JsonObject)["group"] as string;
}
