import { type FieldError, invalid, required } from "../schema/field-error.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { compareQuantity, parseQuantity } from "../schema/quantity.js";
import { objectAt } from "./json-access.js";

/** What a container may ask for besides names with a domain (`nvidia.com/gpu`). */
export const CONTAINER_RESOURCES = /^(?:cpu|memory|ephemeral-storage|hugepages-.+)$/;

const NANOS = 1_000_000_000n;

/** Requests and limits of a container. */
export function validateResources(resources: JsonObject, path: string): FieldError[] {
  const limits = objectAt(resources, "limits");
  const requests = objectAt(resources, "requests");
  const errors: FieldError[] = [];
  for (const [list, amounts] of [
    ["limits", limits],
    ["requests", requests],
  ] as const) {
    for (const [name, amount] of Object.entries(amounts)) {
      const field = `${path}.${list}[${name}]`;
      errors.push(
        ...validateResourceName(name, field),
        ...notNegativeQuantity(amount, field),
        ...(name.includes("/") ? wholeQuantity(amount, field) : []),
      );
      const limit = limits[name];
      if (list === "requests" && limit !== undefined && isLess(limit, amount)) {
        errors.push(
          invalid(
            `${path}.requests`,
            amount,
            `must be less than or equal to ${name} limit of ${String(limit)}`,
          ),
        );
      }
    }
  }
  // What cannot be shared has a limit, or nothing could be asked for.
  for (const name of Object.keys(requests)) {
    if ((name.includes("/") || name.startsWith("hugepages-")) && limits[name] === undefined)
      errors.push(required(`${path}.limits`, "Limit must be set for non overcommitable resources"));
  }
  return errors;
}

function wholeQuantity(amount: JsonValue, field: string): FieldError[] {
  const quantity = typeof amount === "string" ? parseQuantity(amount) : undefined;
  return quantity === undefined || quantity.nanos % NANOS === 0n
    ? []
    : [invalid(field, amount, "must be an integer")];
}

/** The name of what a container may ask for. */
export function validateResourceName(name: string, field: string): FieldError[] {
  const wrong = checkQualifiedName(name).map((detail) => invalid(field, name, detail));
  if (wrong.length > 0 || name.includes("/") || CONTAINER_RESOURCES.test(name)) return wrong;
  return [
    invalid(field, name, "must be a standard resource type or fully qualified"),
    invalid(field, name, "must be a standard resource for containers"),
  ];
}

function notNegativeQuantity(amount: JsonValue, field: string): FieldError[] {
  const quantity = typeof amount === "string" ? parseQuantity(amount) : undefined;
  if (quantity === undefined || quantity.nanos >= 0n) return [];
  return [invalid(field, amount, "must be greater than or equal to 0")];
}

function isLess(left: JsonValue, right: JsonValue): boolean {
  if (typeof left !== "string" || typeof right !== "string") return false;
  const [leftQuantity, rightQuantity] = [parseQuantity(left), parseQuantity(right)];
  if (leftQuantity === undefined || rightQuantity === undefined) return false;
  return compareQuantity(leftQuantity, rightQuantity) < 0;
}
