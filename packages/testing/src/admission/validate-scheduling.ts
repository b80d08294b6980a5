import {
  type FieldError,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkLabelValue, checkQualifiedName } from "../schema/name-rules.js";
import { supported } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, textAt } from "./json-access.js";
import { validateLabelSelector } from "./validate-label-selector.js";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const OPERATORS = ["Equal", "Exists"];
const COMPARISONS = ["Lt", "Gt"];
const UNSATISFIABLE = ["DoNotSchedule", "ScheduleAnyway"];
const INCLUSION = ["Honor", "Ignore"];

/** `nodeSelector` of a pod: keys and values are labels. */
export function validateNodeLabels(spec: JsonObject, path: string): FieldError[] {
  const field = `${path}.nodeSelector`;
  return Object.entries(objectAt(spec, "nodeSelector")).flatMap(([key, value]) => [
    ...checkQualifiedName(key).map((detail) => invalid(field, key, detail)),
    ...checkLabelValue(String(value)).map((detail) => invalid(field, value, detail)),
  ]);
}

/** `readinessGates` of a pod. */
export function validateReadinessGates(spec: JsonObject, path: string): FieldError[] {
  return objectsAt(spec, "readinessGates").flatMap((gate, index) => {
    const type = textAt(gate, "conditionType");
    return checkQualifiedName(type).map((detail) =>
      invalid(`${path}.readinessGates[${index}].conditionType`, type, detail),
    );
  });
}

/** `schedulingGates` of a pod. A template may have both them and a node. */
export function validateSchedulingGates(spec: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  const gates = objectsAt(spec, "schedulingGates");
  return gates.flatMap((gate, index) => {
    const field = `${path}.schedulingGates[${index}]`;
    const name = textAt(gate, "name");
    const wrong = checkQualifiedName(name).map((detail) => invalid(field, name, detail));
    if (seen.has(name)) wrong.push(duplicate(field, name));
    seen.add(name);
    return wrong;
  });
}

/** A new pod that is still gated has no node yet. */
export function validateGatedNode(spec: JsonObject, path: string): FieldError[] {
  return objectsAt(spec, "schedulingGates").length > 0 && textAt(spec, "nodeName") !== ""
    ? [forbidden(`${path}.nodeName`, "cannot be set until all schedulingGates have been cleared")]
    : [];
}

/** `topologySpreadConstraints` of a pod. */
export function validateTopologySpread(spec: JsonObject, path: string): FieldError[] {
  const constraints = objectsAt(spec, "topologySpreadConstraints");
  return constraints.flatMap((constraint, index) => {
    const field = `${path}.topologySpreadConstraints[${index}]`;
    const maxSkew = numberAt(constraint, "maxSkew") ?? 0;
    const key = textAt(constraint, "topologyKey");
    const action = textAt(constraint, "whenUnsatisfiable");
    const isRepeated = constraints
      .slice(index + 1)
      .some(
        (other) =>
          textAt(other, "topologyKey") === key && textAt(other, "whenUnsatisfiable") === action,
      );
    return [
      ...(maxSkew > 0 ? [] : [invalid(`${field}.maxSkew`, maxSkew, "must be greater than zero")]),
      ...(key === "" ? [required(`${field}.topologyKey`, "can not be empty")] : []),
      ...(UNSATISFIABLE.includes(action)
        ? []
        : [notSupported(`${field}.whenUnsatisfiable`, action, UNSATISFIABLE)]),
      ...(isRepeated
        ? [duplicate(`${field}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`)]
        : []),
      ...validateMinDomains(constraint, action, field),
      ...supported(constraint, "nodeAffinityPolicy", field, INCLUSION),
      ...supported(constraint, "nodeTaintsPolicy", field, INCLUSION),
      ...validateLabelSelector(objectAt(constraint, "labelSelector"), `${field}.labelSelector`),
    ];
  });
}

function validateMinDomains(constraint: JsonObject, action: string, path: string): FieldError[] {
  const minDomains = numberAt(constraint, "minDomains");
  if (minDomains === undefined) return [];
  const field = `${path}.minDomains`;
  return [
    ...(minDomains > 0 ? [] : [invalid(field, minDomains, "must be greater than zero")]),
    ...(action === "DoNotSchedule"
      ? []
      : [
          invalid(
            field,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`,
          ),
        ]),
  ];
}

/** `tolerations` of a pod. */
export function validateTolerations(spec: JsonObject, path: string): FieldError[] {
  return objectsAt(spec, "tolerations").flatMap((toleration, index) => {
    const field = `${path}.tolerations[${index}]`;
    const key = textAt(toleration, "key");
    const operator = textAt(toleration, "operator");
    const effect = textAt(toleration, "effect");
    const errors =
      key === ""
        ? []
        : checkQualifiedName(key).map((detail) => invalid(`${field}.key`, key, detail));
    if (key === "" && operator !== "Exists") {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${field}.operator`, operator, detail));
    }
    if (numberAt(toleration, "tolerationSeconds") !== undefined && effect !== "NoExecute") {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalid(`${field}.effect`, effect, detail));
    }
    return [
      ...errors,
      ...validateOperator(operator, textAt(toleration, "value"), field),
      ...supported(toleration, "effect", field, EFFECTS),
    ];
  });
}

function validateOperator(operator: string, value: string, path: string): FieldError[] {
  const field = `${path}.operator`;
  switch (operator) {
    case "":
    case "Equal":
      return checkLabelValue(value).map((detail) => invalid(field, value, detail));
    case "Exists":
      return value === ""
        ? []
        : [invalid(field, value, "value must be empty when `operator` is 'Exists'")];
    default:
      // Operators of a feature that is off are in the list that refuses them.
      return [
        notSupported(
          field,
          operator,
          COMPARISONS.includes(operator) ? [...OPERATORS, ...COMPARISONS] : OPERATORS,
        ),
      ];
  }
}
