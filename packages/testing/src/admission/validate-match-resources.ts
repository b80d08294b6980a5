import { duplicate, type FieldError, invalid } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkPathSegment } from "../schema/name-rules.js";
import { supported } from "./field-rules.js";
import { objectAt, objectsAt, textsAt } from "./json-access.js";
import { validateRule } from "./validate-rule.js";
import { validateLabelSelector } from "./validate-label-selector.js";

/** What a policy or its binding is about. */
export function validateMatchResources(match: JsonObject, path: string): FieldError[] {
  return [
    ...supported(match, "matchPolicy", path, ["Equivalent", "Exact"]),
    ...["namespaceSelector", "objectSelector"].flatMap((key) =>
      validateLabelSelector(objectAt(match, key), `${path}.${key}`),
    ),
    ...["resourceRules", "excludeResourceRules"].flatMap((key) =>
      objectsAt(match, key).flatMap((rule, index) =>
        validateNamedRule(rule, `${path}.${key}[${index}]`),
      ),
    ),
  ];
}

function validateNamedRule(rule: JsonObject, path: string): FieldError[] {
  const names = textsAt(rule, "resourceNames");
  const errors = names.flatMap((name, index) => {
    const field = `${path}.resourceNames[${index}]`;
    return [
      ...checkPathSegment(name).map((detail) => invalid(field, name, detail)),
      ...(names.indexOf(name) < index ? [duplicate(field, name)] : []),
    ];
  });
  return [...errors, ...validateRule(rule, path)];
}
