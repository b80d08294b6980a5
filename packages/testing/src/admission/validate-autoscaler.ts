import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import { parseQuantity } from "../schema/quantity.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { validateMetric } from "./validate-metrics.js";
import { validateReference } from "./validate-reference.js";

const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const SELECTIONS = ["Disabled", "Max", "Min"];
const POLICY_TYPES = ["Percent", "Pods"];

/** A HorizontalPodAutoscaler, in version 2. */
export function validateAutoscaler(autoscaler: JsonObject, old?: JsonObject): FieldError[] {
  const spec = objectAt(autoscaler, "spec");
  const before = objectAt(old ?? {}, "spec");
  const minimum = numberAt(spec, "minReplicas");
  const maximum = numberAt(spec, "maxReplicas") ?? 0;
  const metrics = objectsAt(spec, "metrics");
  const errors: FieldError[] = [];
  if (minimum !== undefined && maximum < minimum) {
    const detail = "must be greater than or equal to `minReplicas`";
    errors.push(invalid("spec.maxReplicas", maximum, detail));
  }
  const reference = objectAt(spec, "scaleTargetRef");
  // What was accepted once stays accepted.
  const needsGroup = !jsonEqual(reference, objectAt(before, "scaleTargetRef"));
  errors.push(
    ...validateReference(reference, "spec.scaleTargetRef", { needsGroup }),
    ...metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`)),
  );
  if (minimum === 0 && !metrics.some(({ type }) => type === "Object" || type === "External")) {
    const detail =
      "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbidden("spec.metrics", detail));
  }
  const behavior = objectAt(spec, "behavior");
  for (const name of ["scaleUp", "scaleDown"]) {
    const rules = optionalObjectAt(behavior, name);
    if (rules !== undefined) errors.push(...validateRules(rules, `spec.behavior.${name}`));
  }
  // What the fields say alone comes last.
  if (minimum !== undefined && minimum < 0)
    errors.push(invalid("spec.minReplicas", minimum, "must be greater than or equal to 0"));
  if (maximum === 0) errors.push(required("spec.maxReplicas"));
  if (maximum < 0)
    errors.push(invalid("spec.maxReplicas", maximum, "must be greater than or equal to 1"));
  return errors;
}

function validateRules(rules: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const windowSeconds = numberAt(rules, "stabilizationWindowSeconds");
  const windowPath = `${path}.stabilizationWindowSeconds`;
  if (windowSeconds !== undefined && windowSeconds < 0)
    errors.push(invalid(windowPath, windowSeconds, "must be greater than or equal to zero"));
  if (windowSeconds !== undefined && windowSeconds > MAX_WINDOW_SECONDS) {
    const detail = `must be less than or equal to ${MAX_WINDOW_SECONDS}`;
    errors.push(invalid(windowPath, windowSeconds, detail));
  }
  const selection = textAt(rules, "selectPolicy");
  if (selection !== "" && !SELECTIONS.includes(selection))
    errors.push(notSupported(`${path}.selectPolicy`, selection, SELECTIONS));
  const policies = objectsAt(rules, "policies");
  if (policies.length === 0)
    errors.push(required(`${path}.policies`, "must specify at least one Policy"));
  errors.push(
    ...policies.flatMap((policy, index) => validatePolicy(policy, `${path}.policies[${index}]`)),
  );
  const tolerance = parseQuantity(textAt(rules, "tolerance"));
  if (tolerance !== undefined && tolerance.nanos < 0n) {
    const detail = "must be greater than or equal to 0";
    errors.push(invalid(`${path}.tolerance`, textAt(rules, "tolerance"), detail));
  }
  return errors;
}

function validatePolicy(policy: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const type = textAt(policy, "type");
  if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, POLICY_TYPES));
  for (const name of ["value", "periodSeconds"]) {
    const number = numberAt(policy, name) ?? 0;
    if (number <= 0) errors.push(invalid(`${path}.${name}`, number, "must be greater than zero"));
    if (name === "periodSeconds" && number > MAX_PERIOD_SECONDS) {
      const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      errors.push(invalid(`${path}.${name}`, number, detail));
    }
  }
  return errors;
}
