import { type FieldError, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { numberAt, objectAt, optionalObjectAt, textAt } from "./json-access.js";

const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;
const MIN_SERIES = 2;

/** An Event of the core group. */
export function validateEvent(event: JsonObject): FieldError[] {
  const namespace = textAt(objectAt(event, "metadata"), "namespace");
  const involved = textAt(objectAt(event, "involvedObject"), "namespace");
  // Events of cluster-scoped objects live in the default namespace.
  const isInPlace =
    involved === ""
      ? namespace === "default" || namespace === "kube-system"
      : involved === namespace;
  if (!isInPlace)
    return [invalid("involvedObject.namespace", involved, "does not match event.namespace")];
  return (event["eventTime"] ?? null) === null ? [] : validateReport(event, "reportingComponent");
}

/** Who writes an Event by the new group has to say more, and nothing by fields of the past. */
export function validateNewEvent(event: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if ((event["eventTime"] ?? null) === null) errors.push(required("eventTime"));
  else errors.push(...validateReport(event, "reportingController"));
  const type = textAt(event, "type");
  if (type !== "Normal" && type !== "Warning")
    errors.push(invalid("type", "", `has invalid value: ${type}`));
  for (const [field, name] of [
    ["deprecatedFirstTimestamp", "firstTimestamp"],
    ["deprecatedLastTimestamp", "lastTimestamp"],
    ["deprecatedCount", "count"],
  ] as const) {
    if ((event[field] ?? null) !== null && event[field] !== 0)
      errors.push(invalid(name, "", "needs to be unset"));
  }
  if (Object.keys(objectAt(event, "deprecatedSource")).length > 0)
    errors.push(invalid("source", "", "needs to be unset"));
  return errors;
}

/** What an Event with a precise time has to say. */
function validateReport(event: JsonObject, reporter: string): FieldError[] {
  const controller = textAt(event, reporter);
  const series = optionalObjectAt(event, "series");
  const message = textAt(event, reporter === "reportingController" ? "note" : "message");
  return [
    ...(controller === "" ? [required(reporter)] : []),
    ...checkQualifiedName(controller).map((detail) => invalid(reporter, controller, detail)),
    ...["reportingInstance", "action", "reason"].flatMap((field) => {
      const value = textAt(event, field);
      return value === "" ? [required(field)] : tooLong(value, field, MAX_TEXT);
    }),
    ...tooLong(message, "message", MAX_MESSAGE),
    ...(series !== undefined && (numberAt(series, "count") ?? 0) < MIN_SERIES
      ? [invalid("series.count", "", `should be at least ${MIN_SERIES}`)]
      : []),
    ...(series !== undefined && (series["lastObservedTime"] ?? null) === null
      ? [required("series.lastObservedTime")]
      : []),
  ];
}

function tooLong(value: string, field: string, max: number): FieldError[] {
  return value.length <= max ? [] : [invalid(field, "", `can have at most ${max} characters`)];
}
