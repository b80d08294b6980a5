import { type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from "../schema/name-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { validateLabelSelector } from "./validate-label-selector.js";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** `affinity` of a pod. */
export function validateAffinity(affinity: JsonObject, path: string): FieldError[] {
  return [
    ...validateNodeAffinity(objectAt(affinity, "nodeAffinity"), `${path}.nodeAffinity`),
    ...["podAffinity", "podAntiAffinity"].flatMap((kind) =>
      validatePodAffinity(objectAt(affinity, kind), `${path}.${kind}`),
    ),
  ];
}

function validateNodeAffinity(affinity: JsonObject, path: string): FieldError[] {
  const selector = optionalObjectAt(affinity, REQUIRED);
  return [
    ...(selector === undefined ? [] : validateNodeSelector(selector, `${path}.${REQUIRED}`)),
    ...objectsAt(affinity, PREFERRED).flatMap((entry, index) => {
      const field = `${path}.${PREFERRED}[${index}]`;
      return [
        ...validateWeight(entry, field),
        ...validateNodeSelectorTerm(objectAt(entry, "preference"), `${field}.preference`),
      ];
    }),
  ];
}

/** A `NodeSelector`, of pods and of volumes. */
export function validateNodeSelector(selector: JsonObject, path: string): FieldError[] {
  const terms = objectsAt(selector, "nodeSelectorTerms");
  const field = `${path}.nodeSelectorTerms`;
  if (terms.length === 0) return [required(field, "must have at least one node selector term")];
  return terms.flatMap((term, index) => validateNodeSelectorTerm(term, `${field}[${index}]`));
}

function validateNodeSelectorTerm(term: JsonObject, path: string): FieldError[] {
  return [
    ...objectsAt(term, "matchExpressions").flatMap((expression, index) =>
      validateNodeExpression(expression, `${path}.matchExpressions[${index}]`),
    ),
    ...objectsAt(term, "matchFields").flatMap((expression, index) =>
      validateNodeField(expression, `${path}.matchFields[${index}]`),
    ),
  ];
}

function validateNodeExpression(expression: JsonObject, path: string): FieldError[] {
  const key = textAt(expression, "key");
  const values = textsAt(expression, "values");
  return [
    ...validateOperator(textAt(expression, "operator"), values.length, path),
    ...checkQualifiedName(key).map((detail) => invalid(`${path}.key`, key, detail)),
    ...values.flatMap((value, index) =>
      checkLabelValue(value).map((detail) => invalid(`${path}.values[${index}]`, value, detail)),
    ),
  ];
}

function validateOperator(operator: string, count: number, path: string): FieldError[] {
  const values = `${path}.values`;
  switch (operator) {
    case "In":
    case "NotIn":
      return count > 0
        ? []
        : [required(values, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return count === 0
        ? []
        : [forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt":
    case "Lt":
      return count === 1
        ? []
        : [required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(`${path}.operator`, operator, "not a valid selector operator")];
  }
}

/** Of the fields of a node, its name alone can be selected by. */
function validateNodeField(expression: JsonObject, path: string): FieldError[] {
  const operator = textAt(expression, "operator");
  const key = textAt(expression, "key");
  const values = textsAt(expression, "values");
  const errors: FieldError[] = [];
  if (operator !== "In" && operator !== "NotIn")
    errors.push(invalid(`${path}.operator`, operator, "not a valid selector operator"));
  else if (values.length !== 1) {
    const detail =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${path}.values`, detail));
  }
  if (key !== "metadata.name")
    return [...errors, invalid(`${path}.key`, key, "not a valid field selector key")];
  return [
    ...errors,
    ...values.flatMap((value, index) =>
      checkDns1123Subdomain(value).map((detail) =>
        invalid(`${path}.values[${index}]`, value, detail),
      ),
    ),
  ];
}

function validatePodAffinity(affinity: JsonObject, path: string): FieldError[] {
  return [
    ...objectsAt(affinity, REQUIRED).flatMap((term, index) =>
      validatePodTerm(term, `${path}.${REQUIRED}[${index}]`),
    ),
    ...objectsAt(affinity, PREFERRED).flatMap((entry, index) => {
      const field = `${path}.${PREFERRED}[${index}]`;
      return [
        ...validateWeight(entry, field),
        ...validatePodTerm(objectAt(entry, "podAffinityTerm"), `${field}.podAffinityTerm`),
      ];
    }),
  ];
}

function validatePodTerm(term: JsonObject, path: string): FieldError[] {
  const topologyKey = textAt(term, "topologyKey");
  const mismatched = new Set(textsAt(term, "mismatchLabelKeys"));
  return [
    ...["labelSelector", "namespaceSelector"].flatMap((key) =>
      validateLabelSelector(objectAt(term, key), `${path}.${key}`),
    ),
    ...textsAt(term, "namespaces").flatMap((namespace) =>
      checkDns1123Label(namespace).map((detail) => invalid(`${path}.namespace`, namespace, detail)),
    ),
    ...textsAt(term, "matchLabelKeys").flatMap((key, index) =>
      mismatched.has(key)
        ? [
            invalid(
              `${path}.matchLabelKeys[${index}]`,
              key,
              "exists in both matchLabelKeys and mismatchLabelKeys",
            ),
          ]
        : [],
    ),
    ...(topologyKey === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
    ...checkQualifiedName(topologyKey).map((detail) =>
      invalid(`${path}.topologyKey`, topologyKey, detail),
    ),
  ];
}

function validateWeight(entry: JsonObject, path: string): FieldError[] {
  const weight = numberAt(entry, "weight") ?? 0;
  return weight >= 1 && weight <= 100
    ? []
    : [invalid(`${path}.weight`, weight, "must be in the range 1-100")];
}
