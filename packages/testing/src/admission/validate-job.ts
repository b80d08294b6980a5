import { type FieldError, invalid, required } from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import { immutable, notNegative, supported } from "./field-rules.js";
import { objectAt, optionalObjectAt, textAt } from "./json-access.js";
import { validatePodSpec } from "./validate-pod-spec.js";
import { selects } from "./validate-workload.js";

const MAX_LABEL_BYTES = 63;
const RESTART_ADVICE = 'valid values: "OnFailure", "Never"';

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
  errors.push(...validateJobSpec(spec, "spec"));
  const selector = optionalObjectAt(spec, "selector");
  const labels = optionalObjectAt(objectAt(objectAt(spec, "template"), "metadata"), "labels");
  if (selector !== undefined && !selects(selector, labels ?? {})) {
    errors.push(
      invalid(
        "spec.template.metadata.labels",
        labels ?? null,
        "`selector` does not match template `labels`",
      ),
    );
  }
  if (old === undefined) return errors;
  const oldSpec = objectAt(old, "spec");
  const isIndexed = textAt(spec, "completionMode") === "Indexed";
  const keys = [...(isIndexed ? [] : ["completions"]), "selector", "completionMode"];
  errors.push(...keys.flatMap((key) => immutable(spec, oldSpec, key, "spec")));
  // A Job that has not begun may still change where its Pods run.
  const hasBegun = oldSpec["suspend"] !== true;
  if (hasBegun && !jsonEqual(spec["template"], oldSpec["template"])) {
    errors.push(invalid("spec.template", spec["template"], "field is immutable"));
  }
  return errors;
}

export function validateCronJob(cronJob: JsonObject): FieldError[] {
  const spec = objectAt(cronJob, "spec");
  const schedule = textAt(spec, "schedule");
  const errors = validateJobSpec(
    objectAt(objectAt(spec, "jobTemplate"), "spec"),
    "spec.jobTemplate.spec",
  );
  if (schedule === "") errors.push(required("spec.schedule"));
  else errors.push(...validateSchedule(schedule));
  const zone = textAt(spec, "timeZone");
  if (zone !== "" && !isTimeZone(zone))
    errors.push(invalid("spec.timeZone", zone, `unknown time zone ${zone}`));
  return [
    ...errors,
    ...supported(spec, "concurrencyPolicy", "spec", ["Allow", "Forbid", "Replace"]),
    ...notNegative(spec, "startingDeadlineSeconds", "spec"),
    ...notNegative(spec, "successfulJobsHistoryLimit", "spec"),
    ...notNegative(spec, "failedJobsHistoryLimit", "spec"),
  ];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function validateSchedule(schedule: string): FieldError[] {
  if (schedule.startsWith("@")) return [];
  const fields = schedule.split(/\s+/).filter((field) => field !== "");
  if (fields.length === 5) return [];
  return [
    invalid(
      "spec.schedule",
      schedule,
      `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`,
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

function validateJobSpec(spec: JsonObject, path: string): FieldError[] {
  const podSpec = objectAt(objectAt(spec, "template"), "spec");
  const errors = [
    ...[
      "parallelism",
      "completions",
      "activeDeadlineSeconds",
      "backoffLimit",
      "ttlSecondsAfterFinished",
    ].flatMap((key) => notNegative(spec, key, path)),
    ...supported(spec, "completionMode", path, ["NonIndexed", "Indexed"]),
    ...validatePodSpec(podSpec, `${path}.template.spec`),
  ];
  // The Pods' default is no choice for a Job: it is as if nothing was said.
  if (textAt(podSpec, "restartPolicy") === "Always") {
    errors.push(required(`${path}.template.spec.restartPolicy`, RESTART_ADVICE));
  }
  return errors;
}
