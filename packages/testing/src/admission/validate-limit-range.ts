import { duplicate, type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import {
  compareQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from "../schema/quantity.js";
import { objectAt, objectsAt, textAt } from "./json-access.js";
import { CONTAINER_RESOURCES } from "./validate-resources.js";

const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const ONE = parseQuantity("1");

/** What does not go together: a field, another one that it must not exceed, and how that is said. */
interface Order {
  readonly lower: string;
  readonly upper: string;
  /** The field that is to blame, and the one whose value is shown. */
  readonly field: string;
  readonly shown: string;
  readonly words: readonly [lower: string, upper: string];
}

const ORDERS: readonly Order[] = [
  { lower: "min", upper: "max", field: "min", shown: "min", words: ["min", "max"] },
  {
    lower: "min",
    upper: "defaultRequest",
    field: "defaultRequest",
    shown: "defaultRequest",
    words: ["min", "default request"],
  },
  {
    lower: "defaultRequest",
    upper: "max",
    field: "defaultRequest",
    shown: "defaultRequest",
    words: ["default request", "max"],
  },
  {
    lower: "defaultRequest",
    upper: "default",
    field: "defaultRequest",
    shown: "defaultRequest",
    words: ["default request", "default limit"],
  },
  { lower: "min", upper: "default", field: "default", shown: "min", words: ["min", "default"] },
  { lower: "default", upper: "max", field: "default", shown: "max", words: ["default", "max"] },
];

export function validateLimitRange(limitRange: JsonObject): FieldError[] {
  const limits = objectsAt(objectAt(limitRange, "spec"), "limits");
  const types = limits.map((limit) => textAt(limit, "type"));
  return limits.flatMap((limit, index) => {
    const path = `spec.limits[${index}]`;
    const type = types[index] ?? "";
    return [
      ...validateType(type, `${path}.type`),
      ...(types.indexOf(type) < index ? [duplicate(`${path}.type`, type)] : []),
      ...validateLimit(limit, type, path),
    ];
  });
}

function validateType(type: string, field: string): FieldError[] {
  const wrong = checkQualifiedName(type);
  const details =
    wrong.length === 0 && !type.includes("/") && !TYPES.includes(type)
      ? ["must be a standard limit type or fully qualified"]
      : wrong;
  return details.map((detail) => invalid(field, type, detail));
}

function validateLimit(limit: JsonObject, type: string, path: string): FieldError[] {
  const errors: FieldError[] = ["max", "min"].flatMap((list) =>
    validateNames(limit, list, type, path),
  );
  for (const list of ["default", "defaultRequest"]) {
    if (type !== "Pod") errors.push(...validateNames(limit, list, type, path));
    else if (Object.keys(objectAt(limit, list)).length > 0)
      errors.push(forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
  }
  const hasStorage = ["min", "max"].some((list) => "storage" in objectAt(limit, list));
  if (type === "PersistentVolumeClaim" && !hasStorage) {
    const detail = "either minimum or maximum storage value is required, but neither was provided";
    errors.push(required(`${path}.limits`, detail));
  }
  errors.push(...validateNames(limit, "maxLimitRequestRatio", type, path));
  const defaults = type === "Pod" ? [] : ["default", "defaultRequest"];
  const lists = ["max", "min", ...defaults, "maxLimitRequestRatio"];
  const names = new Set(lists.flatMap((list) => Object.keys(objectAt(limit, list))));
  for (const name of names) {
    const amountOf = (list: string): Quantity | undefined =>
      lists.includes(list) ? parseQuantity(textAt(objectAt(limit, list), name)) : undefined;
    errors.push(...validateOrder(amountOf, name, path), ...validateRatio(amountOf, name, path));
  }
  return errors;
}

function validateOrder(
  amountOf: (list: string) => Quantity | undefined,
  name: string,
  path: string,
): FieldError[] {
  return ORDERS.flatMap(({ lower, upper, field, shown, words }) => {
    const [low, high, value] = [amountOf(lower), amountOf(upper), amountOf(shown)];
    if (low === undefined || high === undefined || value === undefined) return [];
    if (compareQuantity(low, high) <= 0) return [];
    const said = `${words[0]} value ${formatQuantity(low)} is greater than ${words[1]} value ${formatQuantity(high)}`;
    return [invalid(`${path}.${field}[${name}]`, formatQuantity(value), said)];
  });
}

function validateRatio(
  amountOf: (list: string) => Quantity | undefined,
  name: string,
  path: string,
): FieldError[] {
  const ratio = amountOf("maxLimitRequestRatio");
  if (ratio === undefined || ONE === undefined) return [];
  const text = formatQuantity(ratio);
  const field = `${path}.maxLimitRequestRatio[${name}]`;
  const errors: FieldError[] = [];
  if (compareQuantity(ratio, ONE) < 0)
    errors.push(invalid(field, text, `ratio ${text} is less than 1`));
  const [min, max] = [amountOf("min"), amountOf("max")];
  if (min === undefined || max === undefined) return errors;
  const limit = Number(max.nanos) / Number(min.nanos);
  if (Number(ratio.nanos) / Number(ONE.nanos) > limit) {
    const detail = `ratio ${text} is greater than max/min = ${limit.toFixed(6)}`;
    errors.push(invalid(field, text, detail));
  }
  return errors;
}

function validateNames(limit: JsonObject, list: string, type: string, path: string): FieldError[] {
  return Object.keys(objectAt(limit, list)).flatMap((name) => {
    const wrong = checkQualifiedName(name);
    const isKnown = name.includes("/") || CONTAINER_RESOURCES.test(name);
    if (type === "Pod" || type === "Container") {
      if (!isKnown) {
        if (wrong.length === 0) wrong.push("must be a standard resource type or fully qualified");
        wrong.push("must be a standard resource for containers");
      }
    } else if (wrong.length === 0 && !isKnown && name !== "storage") {
      wrong.push("must be a standard resource type or fully qualified");
    }
    return wrong.map((detail) => invalid(`${path}.${list}[${name}]`, name, detail));
  });
}
