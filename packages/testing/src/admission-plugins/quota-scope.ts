import { objectAt, objectsAt, textAt, textsAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";

/** Whether a quota's scopes mean a Pod; a quota without scopes means everything. */
export function isInScope(quota: JsonObject, pod: JsonObject | undefined): boolean {
  const spec = objectAt(quota, "spec");
  const expressions = [
    ...textsAt(spec, "scopes").map((scopeName): JsonObject => ({ scopeName, operator: "Exists" })),
    ...objectsAt(objectAt(spec, "scopeSelector"), "matchExpressions"),
  ];
  return expressions.every((expression) => pod !== undefined && matches(expression, pod));
}

function matches(expression: JsonObject, pod: JsonObject): boolean {
  const spec = objectAt(pod, "spec");
  const hasDeadline = typeof spec["activeDeadlineSeconds"] === "number";
  const isBestEffort = textAt(objectAt(pod, "status"), "qosClass") === "BestEffort";
  switch (textAt(expression, "scopeName")) {
    case "BestEffort":
      return isBestEffort;
    case "NotBestEffort":
      return !isBestEffort;
    case "Terminating":
      return hasDeadline;
    case "NotTerminating":
      return !hasDeadline;
    case "PriorityClass":
      return isMeant(expression, textAt(spec, "priorityClassName"));
    default:
      return false;
  }
}

function isMeant(expression: JsonObject, name: string): boolean {
  const values = textsAt(expression, "values");
  switch (textAt(expression, "operator")) {
    case "In":
      return values.includes(name);
    case "NotIn":
      return !values.includes(name);
    case "DoesNotExist":
      return name === "";
    default:
      return name !== "";
  }
}
