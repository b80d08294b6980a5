import { isJsonObject, type JsonObject, setOwnValue } from "../schema/json.js";

/** Fields of an Event: what the core group calls them, and what `events.k8s.io` does. */
const NAMES: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** An Event of one of the two groups in the words of the other. */
export function convertEvent(event: JsonObject, apiVersion: string): JsonObject {
  const isCore = apiVersion === "v1";
  const names = new Map(
    NAMES.map(([core, events]): [string, string] => (isCore ? [events, core] : [core, events])),
  );
  const converted: JsonObject = {};
  for (const [key, value] of Object.entries(event)) {
    setOwnValue(converted, names.get(key) ?? key, value);
  }
  converted["apiVersion"] = apiVersion;
  // The core group writes these even when nobody said them.
  if (isCore) {
    converted["involvedObject"] ??= {};
    converted["source"] ??= {};
    converted["reportingComponent"] ??= "";
    converted["reportingInstance"] ??= "";
    for (const time of ["firstTimestamp", "lastTimestamp", "eventTime"]) converted[time] ??= null;
    return converted;
  }
  for (const text of ["reportingController", "reportingInstance"])
    if (converted[text] === "") delete converted[text];
  if (isJsonObject(converted["regarding"]) && Object.keys(converted["regarding"]).length === 0)
    delete converted["regarding"];
  return converted;
}
