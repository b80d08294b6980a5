import { parseTime } from "@kvop/core";
import { objectAt, textAt } from "../admission/json-access.js";
import { humanDuration } from "../schema/human-duration.js";
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../schema/json.js";

/** What an object shows in one column of its kind's Table. */
export type CellReader = (object: JsonObject, nowMs: number) => JsonValue;

/** The cells of a kind by the names of its columns. Name, Age and Created At need no entry. */
export type KindCells = Readonly<Record<string, CellReader>>;

/** The value at a dotted path; undefined where it ends early. */
export function valueAtPath(object: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const key of path.split(".")) value = isJsonObject(value) ? ownValue(value, key) : undefined;
  return value;
}

/** The value at a dotted path, or what is shown where there is none; empty texts count as none. */
export function at(path: string, fallback: JsonValue): CellReader {
  return (object) => {
    const value = valueAtPath(object, path);
    return value === undefined || value === null || value === "" ? fallback : value;
  };
}

/** The number of items of a list, or of keys of a map. */
export function countAt(path: string): CellReader {
  return (object) => Object.keys(valueAtPath(object, path) ?? {}).length;
}

/** How long ago the time at a path was, or what is shown where there is none. */
export function ageAt(path: string, fallback = "<unknown>"): CellReader {
  return (object, nowMs) => {
    const value = valueAtPath(object, path);
    return typeof value === "string" && value !== "" ? ageOf(value, nowMs) : fallback;
  };
}

/** A time as the span since then. */
export function ageOf(time: string, nowMs: number): string {
  const thenMs = parseTime(time);
  return thenMs === undefined ? "<unknown>" : humanDuration(nowMs - thenMs);
}

/** The creation time of an object. */
export const createdAt = (object: JsonObject): string =>
  textAt(objectAt(object, "metadata"), "creationTimestamp");

/** Texts in a row, or what is shown where there are none. */
export function joined(texts: readonly string[], fallback = "<none>", separator = ","): string {
  return texts.length === 0 ? fallback : texts.join(separator);
}

/** The first three, and how many more there are; undefined when there are none. */
export function firstThree(texts: readonly string[], more: (count: number) => string): string {
  const shown = texts.slice(0, 3).join(",");
  return texts.length > 3 ? `${shown}${more(texts.length - 3)}` : shown;
}

export const isBeingDeleted = (object: JsonObject): boolean =>
  textAt(objectAt(object, "metadata"), "deletionTimestamp") !== "";
