import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from "../schema/field-error.js";
import { copyJson, jsonEqual, type JsonObject } from "../schema/json.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { checkPrefixedPath } from "./prefixed-path.js";
import { immutable, notNegative } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import {
  successPolicyInGo,
  validateFailurePolicy,
  validateSuccessPolicy,
} from "./validate-job-policies.js";
import { validateLabelSelector } from "./validate-label-selector.js";
import { validatePodSpec } from "./validate-pod-spec.js";
import { selects } from "./validate-workload.js";

const MAX_LABEL_BYTES = 63;
const MAX_MANAGER_BYTES = 63;
/** From so many completions on, less may happen at once and fail. */
const MANY_COMPLETIONS = 100_000;
const MAX_OF_MANY = 10_000;
const AMOUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];
const PER_INDEX = ["backoffLimitPerIndex", "maxFailedIndexes"];

export function validateJob(job: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(job, "spec");
  const errors: FieldError[] = [];
  const name = textAt(objectAt(job, "metadata"), "name");
  // The name becomes a label of the Pods.
  if (old === undefined && name.length > MAX_LABEL_BYTES) {
    errors.push(
      invalid("spec.template.labels", name, `must be no more than ${MAX_LABEL_BYTES} bytes`),
    );
  }
  if (old === undefined) errors.push(...validateGeneratedSelector(job, spec));
  errors.push(...validateJobSpec(spec, "spec"), ...validateSelector(spec));
  if (old !== undefined) errors.push(...validateJobUpdate(spec, objectAt(old, "spec")));
  if (name.length <= MAX_LABEL_BYTES) errors.push(...validatePodNames(name, spec));
  return errors;
}

function validateSelector(spec: JsonObject): FieldError[] {
  const selector = optionalObjectAt(spec, "selector");
  const labels = optionalObjectAt(objectAt(objectAt(spec, "template"), "metadata"), "labels");
  const errors =
    selector === undefined
      ? [required("spec.selector")]
      : validateLabelSelector(selector, "spec.selector");
  if (selector === undefined || !selects(selector, labels ?? {})) {
    errors.push(
      invalid(
        "spec.template.metadata.labels",
        labels ?? null,
        "`selector` does not match template `labels`",
      ),
    );
  }
  return errors;
}

function validateJobUpdate(spec: JsonObject, old: JsonObject): FieldError[] {
  const isIndexed = textAt(spec, "completionMode") === "Indexed";
  const errors = isIndexed ? [] : immutable(spec, old, "completions", "spec");
  const { completions } = spec;
  const isOtherNumber = isIndexed && completions !== old["completions"];
  if (isOtherNumber && completions !== spec["parallelism"]) {
    const detail = "can only be modified in tandem with spec.parallelism";
    errors.push(invalid("spec.completions", completions, detail));
  }
  errors.push(...immutable(spec, old, "selector", "spec"), ...validateTemplateUpdate(spec, old));
  for (const key of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"])
    errors.push(...immutable(inGo(spec), inGo(old), key, "spec"));
  return [...errors, ...immutable(inGo(spec), inGo(old), "successPolicy", "spec")];
}

/** With policies as the real server prints them. */
function inGo(spec: JsonObject): JsonObject {
  const { podFailurePolicy, successPolicy } = spec;
  const shown: Record<string, unknown> = { ...spec };
  if (successPolicy !== undefined)
    shown["successPolicy"] = successPolicyInGo(objectAt(spec, "successPolicy"));
  const rules = objectsAt(objectAt(spec, "podFailurePolicy"), "rules");
  if (podFailurePolicy !== undefined && rules.length === 0)
    shown["podFailurePolicy"] = goStruct({ Rules: [] });
  return shown as JsonObject;
}

/** While a Job is suspended, where its Pods run and what they get may still change. */
function validateTemplateUpdate(spec: JsonObject, old: JsonObject): FieldError[] {
  if (jsonEqual(spec["template"], old["template"])) return [];
  if (old["suspend"] !== true)
    return [invalid("spec.template", spec["template"], "field is immutable")];
  const [now, before] = [spec, old].map((each) =>
    withoutPlace(copyJson(objectAt(objectAt(each, "template"), "spec"))),
  );
  return jsonEqual(now, before)
    ? []
    : [invalid("spec.template.spec", spec["template"], "field is immutable")];
}

function withoutPlace(podSpec: JsonObject): JsonObject {
  for (const key of ["nodeSelector", "tolerations", "schedulingGates"]) delete podSpec[key];
  const affinity = objectAt(podSpec, "affinity");
  delete affinity["nodeAffinity"];
  if (Object.keys(affinity).length === 0) delete podSpec["affinity"];
  for (const key of ["containers", "initContainers"])
    for (const container of objectsAt(podSpec, key)) delete container["resources"];
  return podSpec;
}

/** Pods of an indexed Job have its name with their index: the longest one must be a host name. */
function validatePodNames(name: string, spec: JsonObject): FieldError[] {
  const completions = numberAt(spec, "completions");
  if (textAt(spec, "completionMode") !== "Indexed" || completions === undefined) return [];
  const last = `${name}-${completions - 1}`;
  const isName = completions <= 0 || checkDns1123Label(last).length === 0;
  return isName
    ? []
    : [
        invalid(
          "metadata.name",
          name,
          `will not able to create pod with invalid DNS label: ${last}`,
        ),
      ];
}

function validateGeneratedSelector(job: JsonObject, spec: JsonObject): FieldError[] {
  if (spec["manualSelector"] === true) return [];
  const uid = textAt(objectAt(job, "metadata"), "uid");
  const selector = optionalObjectAt(spec, "selector");
  const generated = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  if (selector === undefined || jsonEqual(selector, generated)) return [];
  return [invalid("spec.selector", selector, "`selector` not auto-generated")];
}

/** What Jobs and the templates of CronJobs have in common. */
export function validateJobSpec(spec: JsonObject, path: string): FieldError[] {
  const manager = spec["managedBy"];
  const errors = AMOUNTS.flatMap((key) => notNegative(spec, key, path));
  if (spec["maxFailedIndexes"] !== undefined && spec["backoffLimitPerIndex"] === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  if (typeof manager === "string") {
    errors.push(...checkPrefixedPath(manager, `${path}.managedBy`));
    if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES)
      errors.push(tooLong(`${path}.managedBy`, manager, MAX_MANAGER_BYTES));
  }
  const mode = textAt(spec, "completionMode");
  if (mode !== "" && mode !== "NonIndexed" && mode !== "Indexed")
    errors.push(notSupported(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"]));
  if (mode === "Indexed") errors.push(...validateIndexed(spec, path));
  if (mode === "" || mode === "NonIndexed") {
    for (const key of PER_INDEX) {
      if (spec[key] !== undefined)
        errors.push(invalid(`${path}.${key}`, spec[key], "requires indexed completion mode"));
    }
  }
  if (spec["podFailurePolicy"] !== undefined)
    errors.push(...validateFailurePolicy(spec, `${path}.podFailurePolicy`));
  if (spec["successPolicy"] !== undefined)
    errors.push(...validateSuccessPolicy(spec, `${path}.successPolicy`));
  const podSpec = objectAt(objectAt(spec, "template"), "spec");
  return [
    ...errors,
    ...validateReplacement(spec, path),
    ...validatePodSpec(podSpec, `${path}.template.spec`),
    ...validateRestarts(podSpec, spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateIndexed(spec: JsonObject, path: string): FieldError[] {
  const [completions, parallelism, failed] = ["completions", "parallelism", "maxFailedIndexes"].map(
    (key) => numberAt(spec, key),
  );
  const errors: FieldError[] = [];
  const limit = (key: string, value: number | undefined, max: number, why = ""): void => {
    if (value !== undefined && value > max)
      errors.push(invalid(`${path}.${key}`, value, `must be less than or equal to ${max}${why}`));
  };
  if (completions === undefined)
    errors.push(required(`${path}.completions`, "when completion mode is Indexed"));
  limit("parallelism", parallelism, MANY_COMPLETIONS, " when completion mode is Indexed");
  if (completions !== undefined && failed !== undefined && failed > completions) {
    const detail = "must be less than or equal to completions";
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, detail));
  }
  limit("maxFailedIndexes", failed, MANY_COMPLETIONS);
  const isMany = completions !== undefined && completions > MANY_COMPLETIONS;
  if (!isMany || spec["backoffLimitPerIndex"] === undefined) return errors;
  if (failed === undefined) {
    const detail = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    errors.push(required(`${path}.maxFailedIndexes`, detail));
  }
  const why = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  limit("parallelism", parallelism, MAX_OF_MANY, why);
  limit("maxFailedIndexes", failed, MAX_OF_MANY, why);
  return errors;
}

function validateReplacement(spec: JsonObject, path: string): FieldError[] {
  const policy = textAt(spec, "podReplacementPolicy");
  const known =
    spec["podFailurePolicy"] === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  return policy === "" || known.includes(policy)
    ? []
    : [notSupported(`${path}.podReplacementPolicy`, policy, known)];
}

/** The Pods' default is no choice for a Job: it is as if nothing was said. */
function validateRestarts(podSpec: JsonObject, spec: JsonObject, field: string): FieldError[] {
  const policy = textAt(podSpec, "restartPolicy");
  if (policy === "" || policy === "Always")
    return [required(field, 'valid values: "OnFailure", "Never"')];
  if (policy !== "OnFailure" && policy !== "Never")
    return [notSupported(field, policy, ["OnFailure", "Never"])];
  return spec["podFailurePolicy"] !== undefined && policy !== "Never"
    ? [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}
