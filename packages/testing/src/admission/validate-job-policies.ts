import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooMany,
} from "../schema/field-error.js";
import { goJson, GoLiteral } from "../schema/go-format.js";
import type { JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { goStruct } from "./go-struct.js";
import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  valuesAt,
} from "./json-access.js";

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

/** `podFailurePolicy`: what a Pod's failure means to its Job. */
export function validateFailurePolicy(spec: JsonObject, path: string): FieldError[] {
  const rules = objectsAt(objectAt(spec, "podFailurePolicy"), "rules");
  const podSpec = objectAt(objectAt(spec, "template"), "spec");
  const containers = ["containers", "initContainers"].flatMap((key) =>
    objectsAt(podSpec, key).map((container) => textAt(container, "name")),
  );
  const field = `${path}.rules`;
  const errors = rules.length > MAX_RULES ? [tooMany(field, rules.length, MAX_RULES)] : [];
  for (const [index, rule] of rules.entries())
    errors.push(...validateFailureRule(rule, `${field}[${index}]`, spec, containers));
  return errors;
}

function validateFailureRule(
  rule: JsonObject,
  path: string,
  spec: JsonObject,
  containers: readonly string[],
): FieldError[] {
  const errors = oneOf(rule, "action", path, ACTIONS);
  if (textAt(rule, "action") === "FailIndex" && spec["backoffLimitPerIndex"] === undefined) {
    const detail = "requires the backoffLimitPerIndex to be set";
    errors.push(invalid(`${path}.action`, "FailIndex", detail));
  }
  const codes = optionalObjectAt(rule, "onExitCodes");
  const conditions = objectsAt(rule, "onPodConditions");
  if (codes !== undefined)
    errors.push(...validateExitCodes(codes, `${path}.onExitCodes`, containers));
  if (conditions.length > MAX_RULES)
    errors.push(tooMany(`${path}.onPodConditions`, conditions.length, MAX_RULES));
  for (const [index, condition] of conditions.entries()) {
    const field = `${path}.onPodConditions[${index}]`;
    const type = textAt(condition, "type");
    errors.push(
      ...checkQualifiedName(type).map((detail) => invalid(`${field}.type`, type, detail)),
      ...oneOf(condition, "status", field, STATUSES),
    );
  }
  if (codes !== undefined && conditions.length > 0) {
    const detail = "specifying both OnExitCodes and OnPodConditions is not supported";
    errors.push(invalid(path, undefined, detail));
  }
  if (codes === undefined && conditions.length === 0) {
    const detail = "specifying one of OnExitCodes and OnPodConditions is required";
    errors.push(invalid(path, undefined, detail));
  }
  return errors;
}

function validateExitCodes(
  codes: JsonObject,
  path: string,
  containers: readonly string[],
): FieldError[] {
  const errors = oneOf(codes, "operator", path, OPERATORS);
  const name = codes["containerName"];
  if (typeof name === "string" && !containers.includes(name)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    errors.push(invalid(`${path}.containerName`, name, detail));
  }
  const values = valuesAt(codes, "values").map(Number);
  const field = `${path}.values`;
  if (values.length === 0) errors.push(invalid(field, values, "at least one value is required"));
  if (values.length > MAX_EXIT_CODES) errors.push(tooMany(field, values.length, MAX_EXIT_CODES));
  for (const [index, value] of values.entries()) {
    if (textAt(codes, "operator") === "In" && value === 0)
      errors.push(invalid(`${field}[${index}]`, value, "must not be 0 for the In operator"));
    if (values.indexOf(value) < index) errors.push(duplicate(`${field}[${index}]`, value));
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value))
    errors.push(invalid(field, values, "must be ordered"));
  return errors;
}

/** `successPolicy`: when a Job has done enough. */
export function validateSuccessPolicy(spec: JsonObject, path: string): FieldError[] {
  const policy = objectAt(spec, "successPolicy");
  const rules = objectsAt(policy, "rules");
  if (textAt(spec, "completionMode") !== "Indexed")
    return [invalid(path, successPolicyInGo(policy), "requires indexed completion mode")];
  const field = `${path}.rules`;
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    const detail = "at least one rules must be specified when the successPolicy is specified";
    errors.push(required(field, detail));
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(field, rules.length, MAX_RULES));
  const completions = numberAt(spec, "completions") ?? 0;
  for (const [index, rule] of rules.entries())
    errors.push(...validateSuccessRule(rule, `${field}[${index}]`, completions));
  return errors;
}

/** A success policy as the real server prints it. */
export function successPolicyInGo(policy: JsonObject): GoLiteral {
  const rules = objectsAt(policy, "rules").map((rule) =>
    goStruct({
      SucceededIndexes: rule["succeededIndexes"] ?? null,
      SucceededCount: rule["succeededCount"] ?? null,
    }),
  );
  return new GoLiteral(`{"Rules":${goJson(rules)}}`);
}

function validateSuccessRule(rule: JsonObject, path: string, completions: number): FieldError[] {
  const { succeededIndexes: indexes, succeededCount: count } = rule;
  const errors: FieldError[] = [];
  if (indexes === undefined && count === undefined) {
    const detail = "at least one of succeededCount or succeededIndexes must be specified";
    errors.push(required(path, detail));
  }
  let total = 0;
  if (typeof indexes === "string") {
    const counted = countIndexes(indexes, completions);
    if (typeof counted === "number") total = counted;
    else {
      const detail = `error parsing succeededIndexes: ${counted}`;
      errors.push(invalid(`${path}.succeededIndexes`, indexes, detail));
    }
  }
  if (typeof count !== "number") return errors;
  const tooHigh = (limit: number, of: string): FieldError =>
    invalid(
      `${path}.succeededCount`,
      count,
      `must be less than or equal to ${limit} (the number of ${of})`,
    );
  if (count < 0)
    errors.push(invalid(`${path}.succeededCount`, count, "must be greater than or equal to 0"));
  if (count > completions) errors.push(tooHigh(completions, "specified completions"));
  if (indexes !== undefined && count > total)
    errors.push(tooHigh(total, "indexes in the specified succeededIndexes field"));
  return errors;
}

/** How many indexes a text such as `0-2,4` names, or why it names none. */
function countIndexes(text: string, completions: number): number | string {
  let total = 0;
  let last: number | undefined;
  for (const interval of text === "" ? [] : text.split(",")) {
    const parts = interval.split("-");
    if (parts.length > 2)
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    const numbers: number[] = [];
    for (const part of parts) {
      if (!/^[+-]?\d+$/.test(part))
        return `cannot convert string to integer for index: ${JSON.stringify(part)}`;
      if (Number(part) >= completions) return `too large index: ${JSON.stringify(part)}`;
      numbers.push(Number(part));
    }
    const [from = 0, to = from] = numbers;
    if (to < from) return `non-increasing order, previous: ${from}, current: ${to}`;
    if (last !== undefined && last >= from)
      return `non-increasing order, previous: ${last}, current: ${from}`;
    total += to - from + 1;
    last = to;
  }
  return total;
}

function oneOf(
  object: JsonObject,
  key: string,
  path: string,
  values: readonly string[],
): FieldError[] {
  const value = textAt(object, key);
  if (value === "")
    return [
      required(`${path}.${key}`, `valid values: [${values.map((each) => `"${each}"`).join(" ")}]`),
    ];
  return values.includes(value) ? [] : [notSupported(`${path}.${key}`, value, values)];
}
