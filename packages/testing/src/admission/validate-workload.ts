import { immutable, notNegative } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkLabelValue, checkQualifiedName } from "../schema/name-rules.js";
import { numberAt, objectAt, optionalObjectAt, objectsAt, textAt, textsAt } from "./json-access.js";
import { validateLabelSelector } from "./validate-label-selector.js";
import { validatePodAnnotations } from "./validate-pod.js";
import { validatePodSpec } from "./validate-pod-spec.js";
import { validateStatefulAmounts, validateStatefulSet } from "./validate-stateful-set.js";
import { validateStrategy } from "./validate-strategy.js";

/** Deployment, StatefulSet, DaemonSet, ReplicaSet. */
export function validateWorkload(
  kind: string,
  object: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const spec = objectAt(object, "spec");
  const errors = [
    ...(kind === "StatefulSet" ? validateStatefulSet(spec) : []),
    ...notNegative(spec, "replicas", "spec"),
    ...(kind === "StatefulSet" ? validateStatefulAmounts(spec) : []),
    ...validateWorkloadSelector(kind, spec),
    ...validateTemplate(kind, spec),
    ...validateStrategy(kind, spec),
    ...(kind === "StatefulSet" ? [] : notNegative(spec, "minReadySeconds", "spec")),
    ...(kind === "Deployment" || kind === "DaemonSet"
      ? notNegative(spec, "revisionHistoryLimit", "spec")
      : []),
    ...validateProgressDeadline(kind, spec),
  ];
  return old === undefined
    ? errors
    : [...errors, ...validateWorkloadUpdate(kind, spec, objectAt(old, "spec"))];
}

function validateWorkloadSelector(kind: string, spec: JsonObject): FieldError[] {
  const selector = optionalObjectAt(spec, "selector");
  if (selector === undefined) return kind === "DaemonSet" ? [] : [required("spec.selector")];
  const errors = validateLabelSelector(selector, "spec.selector");
  if (errors.length > 0)
    errors.push(invalid("spec.selector", goStruct(selector), "invalid label selector"));
  if (Object.keys(selector).length === 0) {
    const noun = kind === "ReplicaSet" ? "deployment" : kind.toLowerCase();
    return [invalid("spec.selector", {}, `empty selector is invalid for ${noun}`)];
  }
  return errors;
}

function validateTemplate(kind: string, spec: JsonObject): FieldError[] {
  const template = objectAt(spec, "template");
  const labels = optionalObjectAt(objectAt(template, "metadata"), "labels");
  const errors: FieldError[] = [];
  const selector = optionalObjectAt(spec, "selector");
  // Nothing can be said of a selector that selects nothing or cannot be read.
  const isSettled =
    selector !== undefined &&
    (Object.keys(selector).length === 0 ||
      validateLabelSelector(selector, "spec.selector").length > 0);
  if (!isSettled && !(selector !== undefined && selects(selector, labels ?? {}))) {
    errors.push(
      invalid(
        "spec.template.metadata.labels",
        labels ?? null,
        "`selector` does not match template `labels`",
      ),
    );
  }
  errors.push(...validateLabels(labels ?? {}, "spec.template.labels"));
  const podSpec = objectAt(template, "spec");
  errors.push(
    ...validatePodAnnotations(template, "spec.template.annotations"),
    ...validatePodSpec(podSpec, "spec.template.spec"),
  );
  const restartPolicy = textAt(podSpec, "restartPolicy");
  if (
    restartPolicy !== "Always" &&
    restartPolicy !== "" &&
    ["OnFailure", "Never"].includes(restartPolicy)
  ) {
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]));
  }
  if (podSpec["activeDeadlineSeconds"] !== undefined) {
    // Of a Deployment, its ReplicaSets are asked.
    const noun = kind === "Deployment" ? "ReplicaSet" : kind;
    errors.push(
      forbidden(
        "spec.template.spec.activeDeadlineSeconds",
        `activeDeadlineSeconds in ${noun} is not Supported`,
      ),
    );
  }
  return errors;
}

function validateLabels(labels: JsonObject, field: string): FieldError[] {
  return Object.keys(labels)
    .toSorted()
    .flatMap((key) => [
      ...checkQualifiedName(key).map((detail) => invalid(field, key, detail)),
      ...checkLabelValue(textAt(labels, key)).map((detail) =>
        invalid(field, textAt(labels, key), detail),
      ),
    ]);
}

/** Whether a label selector, which is valid, selects the labels. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const label = (key: string): string | undefined =>
    Object.hasOwn(labels, key) ? textAt(labels, key) : undefined;
  const byLabels = Object.entries(objectAt(selector, "matchLabels")).every(
    ([key, value]) => label(key) === value,
  );
  return (
    byLabels &&
    objectsAt(selector, "matchExpressions").every((expression) => {
      const value = label(textAt(expression, "key"));
      const isIn = value !== undefined && textsAt(expression, "values").includes(value);
      switch (textAt(expression, "operator")) {
        case "In":
          return isIn;
        case "NotIn":
          return !isIn;
        case "Exists":
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}

function validateProgressDeadline(kind: string, spec: JsonObject): FieldError[] {
  const deadline = numberAt(spec, "progressDeadlineSeconds");
  if (kind !== "Deployment" || deadline === undefined) return [];
  const errors = notNegative(spec, "progressDeadlineSeconds", "spec");
  if (deadline <= (numberAt(spec, "minReadySeconds") ?? 0)) {
    errors.push(
      invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"),
    );
  }
  return errors;
}

function validateWorkloadUpdate(kind: string, spec: JsonObject, old: JsonObject): FieldError[] {
  const keys =
    kind === "StatefulSet"
      ? ["selector", "volumeClaimTemplates", "serviceName", "podManagementPolicy"]
      : ["selector"];
  return keys.flatMap((key) => immutable(spec, old, key, "spec"));
}
