import { type FieldError, invalid } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { supported } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import { objectAt } from "./json-access.js";
import { validateLabelSelector } from "./validate-label-selector.js";
import { validateShare, validateWhole } from "./validate-share.js";

export function validateDisruptionBudget(spec: JsonObject): FieldError[] {
  const { minAvailable, maxUnavailable } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const value = goStruct({
      MinAvailable: minAvailable,
      Selector: spec["selector"] ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: spec["unhealthyPodEvictionPolicy"] ?? null,
    });
    errors.push(invalid("spec", value, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const name of ["minAvailable", "maxUnavailable"]) {
    const value = spec[name];
    const field = `spec.${name}`;
    errors.push(...validateShare(value, field), ...validateWhole(value, field));
  }
  return [
    ...errors,
    ...validateLabelSelector(objectAt(spec, "selector"), "spec.selector"),
    ...supported(spec, "unhealthyPodEvictionPolicy", "spec", ["AlwaysAllow", "IfHealthyBudget"]),
  ];
}
