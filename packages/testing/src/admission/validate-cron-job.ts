import { type FieldError, invalid, notSupported, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { isTimeZone, scheduleProblem } from "./cron-schedule.js";
import { notNegative, supported } from "./field-rules.js";
import { objectAt, textAt } from "./json-access.js";
import { validateJobSpec } from "./validate-job.js";

/** What a Job's name has at its end does not fit into longer ones. */
const MAX_NAME_LENGTH = 52;

export function validateCronJob(cronJob: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(cronJob, "spec");
  const oldSpec = old === undefined ? undefined : objectAt(old, "spec");
  const name = textAt(objectAt(cronJob, "metadata"), "name");
  const isNewZone = oldSpec === undefined || oldSpec["timeZone"] !== spec["timeZone"];
  const schedule = textAt(spec, "schedule");
  return [
    ...(schedule === "" ? [] : validateSchedule(spec, oldSpec)),
    ...notNegative(spec, "startingDeadlineSeconds", "spec"),
    ...(isNewZone ? validateTimeZone(spec["timeZone"]) : []),
    ...supported(spec, "concurrencyPolicy", "spec", ["Allow", "Forbid", "Replace"]),
    ...validateTemplate(objectAt(objectAt(spec, "jobTemplate"), "spec"), "spec.jobTemplate.spec"),
    ...notNegative(spec, "successfulJobsHistoryLimit", "spec"),
    ...notNegative(spec, "failedJobsHistoryLimit", "spec"),
    ...(old === undefined && name.length > MAX_NAME_LENGTH
      ? [invalid("metadata.name", name, `must be no more than ${MAX_NAME_LENGTH} characters`)]
      : []),
    // What the fields say alone comes last.
    ...(schedule === "" ? [required("spec.schedule")] : []),
  ];
}

function validateSchedule(spec: JsonObject, oldSpec: JsonObject | undefined): FieldError[] {
  const schedule = textAt(spec, "schedule");
  const problem = scheduleProblem(schedule);
  const details = problem === undefined ? [] : [problem];
  if (schedule.includes("TZ")) {
    const wasThere = textAt(oldSpec ?? {}, "schedule").includes("TZ");
    if (!wasThere) details.push("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    else if (spec["timeZone"] !== undefined)
      details.push("cannot use both timeZone field and TZ or CRON_TZ in schedule");
  }
  return details.map((detail) => invalid("spec.schedule", schedule, detail));
}

function validateTimeZone(zone: unknown): FieldError[] {
  if (typeof zone !== "string") return [];
  const wrong = (detail: string): FieldError => invalid("spec.timeZone", zone, detail);
  if (zone === "") return [wrong("timeZone must be nil or non-empty string")];
  if (zone.toLowerCase() === "local") {
    return [
      wrong("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"),
    ];
  }
  return isTimeZone(zone) ? [] : [wrong(`unknown time zone ${zone}`)];
}

/** A Job that is to be made: its selector is made with it. */
function validateTemplate(spec: JsonObject, path: string): FieldError[] {
  const errors = validateJobSpec(spec, path);
  const { selector, manualSelector } = spec;
  if (selector !== undefined)
    errors.push(invalid(`${path}.selector`, selector, "`selector` will be auto-generated"));
  if (manualSelector === true)
    errors.push(notSupported(`${path}.manualSelector`, true, ["nil", "false"]));
  return errors;
}
