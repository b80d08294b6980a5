import { numberAt, objectAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { ageOf, at, joined, type KindCells } from "./cell-reader.js";

/** Of an Event in `core/v1`. */
export const eventCells: KindCells = {
  "Last Seen": lastSeen,
  Type: at("type", ""),
  Reason: at("reason", ""),
  Object: (event) => {
    const { kind, name } = involved(event);
    return joined([kind.toLowerCase(), name].filter(Boolean), "", "/");
  },
  Subobject: at("involvedObject.fieldPath", ""),
  Source: (event) => {
    const source = objectAt(event, "source");
    const component = textAt(source, "component") || textAt(event, "reportingComponent");
    const host = textAt(source, "host") || textAt(event, "reportingInstance");
    return joined([component, host].filter(Boolean), "", ", ");
  },
  Message: (event) => textAt(event, "message").trim(),
  "First Seen": firstSeen,
  Count: (event) => {
    const series = optionalObjectAt(event, "series");
    if (series !== undefined) return numberAt(series, "count") ?? 0;
    return numberAt(event, "count") || 1;
  },
};

function involved(event: JsonObject): { readonly kind: string; readonly name: string } {
  const object = objectAt(event, "involvedObject");
  return { kind: textAt(object, "kind"), name: textAt(object, "name") };
}

function firstSeen(event: JsonObject, nowMs: number): string {
  const time = textAt(event, "firstTimestamp") || textAt(event, "eventTime");
  return time === "" ? "<unknown>" : ageOf(time, nowMs);
}

function lastSeen(event: JsonObject, nowMs: number): string {
  const series = textAt(objectAt(event, "series"), "lastObservedTime");
  const time = series || textAt(event, "lastTimestamp");
  return time === "" ? firstSeen(event, nowMs) : ageOf(time, nowMs);
}
