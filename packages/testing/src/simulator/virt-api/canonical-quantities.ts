import { canonicalQuantity } from "../../schema/quantity.js";
import { isJsonObject, type JsonValue } from "../../schema/json.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";

/** Amounts as the typed objects of virt-api write them again (`1024Mi` becomes `1Gi`). In place. */
export function canonicaliseQuantities(spec: SimulatedInstanceSpec): void {
  const { memory, resources } = spec.domain;
  for (const amounts of [memory, resources?.requests, resources?.limits]) {
    for (const [name, value] of Object.entries(amounts ?? {})) {
      if (amounts === memory && name !== "guest" && name !== "maxGuest") continue;
      const text = canonical(value as JsonValue);
      if (text !== undefined) (amounts as Record<string, unknown>)[name] = text;
    }
  }
  for (const volume of spec.volumes ?? []) {
    const disk = volume["emptyDisk"];
    if (!isJsonObject(disk)) continue;
    const text = canonical(disk["capacity"]);
    if (text !== undefined) disk["capacity"] = text;
  }
}

function canonical(value: JsonValue | undefined): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  return canonicalQuantity(String(value));
}
