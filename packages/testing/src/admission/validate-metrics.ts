import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Label, checkPathSegment } from "../schema/name-rules.js";
import { parseQuantity } from "../schema/quantity.js";
import { numberAt, objectAt, optionalObjectAt, textAt } from "./json-access.js";
import { validateReference } from "./validate-reference.js";
import { validateResourceName } from "./validate-resources.js";

/** In the order in which the real server looks for them. */
const SOURCES = ["object", "external", "pods", "resource", "containerResource"];
const TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/** A metric of an autoscaler, in version 2. */
export function validateMetric(metric: JsonObject, path: string): FieldError[] {
  const type = textAt(metric, "type");
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(`${path}.type`, "must specify a metric source type"));
  const isKnown = TYPES.includes(type);
  if (!isKnown) errors.push(notSupported(`${path}.type`, type, TYPES));
  const present = SOURCES.filter((name) => optionalObjectAt(metric, name) !== undefined);
  const [first] = present;
  if (first !== undefined)
    errors.push(...validateSource(first, objectAt(metric, first), `${path}.${first}`));
  const expected = type.slice(0, 1).toLowerCase() + type.slice(1);
  if (isKnown && !present.includes(expected)) {
    errors.push(
      required(`${path}.${expected}`, "must populate information for the given metric source"),
    );
  }
  if (present.length === 1) return errors;
  const others = present.filter((name) => name !== expected);
  return [
    ...errors,
    ...others.map((name) =>
      forbidden(`${path}.${name}`, "must populate the given metric source only"),
    ),
  ];
}

function validateSource(name: string, source: JsonObject, path: string): FieldError[] {
  const target = objectAt(source, "target");
  const targetErrors = validateTarget(target, `${path}.target`);
  const [hasValue, hasAverage] = [target["value"], target["averageValue"]].map(
    (value) => value !== undefined,
  );
  const missing = `${path}.target.averageValue`;
  switch (name) {
    case "object":
      return [
        ...validateReference(objectAt(source, "describedObject"), `${path}.describedObject`, {
          needsGroup: false,
        }),
        ...validateIdentifier(objectAt(source, "metric"), `${path}.metric`),
        ...targetErrors,
        ...(hasValue === true || hasAverage === true
          ? []
          : [required(missing, "must set either a target value or averageValue")]),
      ];
    case "external":
      return [
        ...validateIdentifier(objectAt(source, "metric"), `${path}.metric`),
        ...targetErrors,
        ...(hasValue === true || hasAverage === true
          ? []
          : [required(missing, "must set either a target value for metric or a per-pod target")]),
        ...(hasValue === true && hasAverage === true
          ? [
              forbidden(
                `${path}.target.value`,
                "may not set both a target value for metric and a per-pod target",
              ),
            ]
          : []),
      ];
    case "pods":
      return [
        ...validateIdentifier(objectAt(source, "metric"), `${path}.metric`),
        ...targetErrors,
        ...(hasAverage === true
          ? []
          : [required(missing, "must specify a positive target averageValue")]),
      ];
    default:
      return [
        ...validateResource(name, source, path),
        ...targetErrors,
        ...validateAmount(target, `${path}.target`),
      ];
  }
}

function validateResource(kind: string, source: JsonObject, path: string): FieldError[] {
  const name = textAt(source, "name");
  const errors = name === "" ? [required(`${path}.name`, "must specify a resource name")] : [];
  if (kind === "resource") return errors;
  if (name !== "") errors.push(...validateResourceName(name, `${path}.name`));
  const container = textAt(source, "container");
  if (container === "")
    return [...errors, required(`${path}.container`, "must specify a container")];
  const wrong = checkDns1123Label(container);
  return [...errors, ...wrong.map((detail) => invalid(`${path}.container`, container, detail))];
}

/** Of a resource, either how much of it or how much of what was asked for. */
function validateAmount(target: JsonObject, path: string): FieldError[] {
  const [hasUtilization, hasAverage] = [target["averageUtilization"], target["averageValue"]].map(
    (value) => value !== undefined,
  );
  if (hasUtilization !== true && hasAverage !== true) {
    const detail = "must set either a target raw value or a target utilization";
    return [required(`${path}.averageUtilization`, detail)];
  }
  return hasUtilization === true && hasAverage === true
    ? [
        forbidden(
          `${path}.averageValue`,
          "may not set both a target raw value and a target utilization",
        ),
      ]
    : [];
}

function validateTarget(target: JsonObject, path: string): FieldError[] {
  const type = textAt(target, "type");
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(`${path}.type`, "must specify a metric target type"));
  if (!["Utilization", "Value", "AverageValue"].includes(type))
    errors.push(
      invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue"),
    );
  for (const name of ["value", "averageValue"]) {
    const quantity = parseQuantity(textAt(target, name));
    if (quantity !== undefined && quantity.nanos <= 0n)
      errors.push(invalid(`${path}.${name}`, textAt(target, name), "must be positive"));
  }
  const utilization = numberAt(target, "averageUtilization");
  if (utilization !== undefined && utilization < 1)
    errors.push(invalid(`${path}.averageUtilization`, utilization, "must be greater than 0"));
  return errors;
}

function validateIdentifier(metric: JsonObject, path: string): FieldError[] {
  const name = textAt(metric, "name");
  if (name === "") return [required(`${path}.name`, "must specify a metric name")];
  return checkPathSegment(name).map((detail) => invalid(`${path}.name`, name, detail));
}
