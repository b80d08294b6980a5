import { type FieldError, invalid } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { parseQuantity } from "../schema/quantity.js";
import { objectAt } from "./json-access.js";

/** What a quota may limit besides names with a domain and `count/...`. */
const LIMITED =
  /^(?:(?:requests\.|limits\.)?(?:cpu|memory|ephemeral-storage)|requests\.storage|(?:requests\.)?hugepages-.+|pods|resourcequotas|services|replicationcontrollers|secrets|persistentvolumeclaims|configmaps|services\.nodeports|services\.loadbalancers)$/;

/** A ResourceQuota: names and amounts of what it limits. */
export function validateQuota(quota: JsonObject): FieldError[] {
  const hard = objectAt(objectAt(quota, "spec"), "hard");
  return Object.entries(hard).flatMap(([name, amount]) => {
    const field = `spec.hard[${name}]`;
    const isNegative = (parseQuantity(String(amount))?.nanos ?? 0n) < 0n;
    return [
      ...validateName(name, field),
      ...(isNegative ? [invalid(field, amount, "must be greater than or equal to 0")] : []),
    ];
  });
}

function validateName(name: string, field: string): FieldError[] {
  const wrong = checkQualifiedName(name).map((detail) => invalid(field, name, detail));
  if (name.includes("/") || LIMITED.test(name)) return wrong;
  return [
    ...(wrong.length > 0
      ? wrong
      : [invalid(field, name, "must be a standard resource type or fully qualified")]),
    invalid(field, name, "must be a standard resource for quota"),
  ];
}
