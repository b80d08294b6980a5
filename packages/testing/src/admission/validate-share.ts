import { type FieldError, invalid } from "../schema/field-error.js";
import type { JsonValue } from "../schema/json.js";

const PERCENTAGE = /^\d+%$/;

/** A number of Pods, or a percentage of them. */
export function validateShare(value: JsonValue | undefined, field: string): FieldError[] {
  if (typeof value === "number" && value < 0)
    return [invalid(field, value, "must be greater than or equal to 0")];
  return typeof value !== "string" || PERCENTAGE.test(value)
    ? []
    : [
        invalid(
          field,
          value,
          "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        ),
      ];
}

/** No more than all of them. */
export function validateWhole(value: JsonValue | undefined, field: string): FieldError[] {
  const isPercentage = typeof value === "string" && PERCENTAGE.test(value);
  return isPercentage && Number.parseInt(value, 10) > 100
    ? [invalid(field, value, "must not be greater than 100%")]
    : [];
}

/** The number, whether of Pods or of hundredths; 0 for what is neither. */
export function shareOf(value: JsonValue | undefined): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && PERCENTAGE.test(value) ? Number.parseInt(value, 10) : 0;
}
