import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../schema/json.js";

/** The text under a key; empty when there is none. */
export function textAt(object: JsonObject, key: string): string {
  const value = ownValue(object, key);
  return typeof value === "string" ? value : "";
}

/** The number under a key; undefined when there is none. */
export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = ownValue(object, key);
  return typeof value === "number" ? value : undefined;
}

/** The object under a key; an empty one, which is not put there, when there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  return optionalObjectAt(object, key) ?? {};
}

export function optionalObjectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = ownValue(object, key);
  return isJsonObject(value) ? value : undefined;
}

/** The object under a key, made when there is none. */
export function ensureObjectAt(object: JsonObject, key: string): JsonObject {
  const value = optionalObjectAt(object, key) ?? {};
  object[key] = value;
  return value;
}

/** The objects of the list under a key. */
export function objectsAt(object: JsonObject, key: string): JsonObject[] {
  return valuesAt(object, key).filter(isJsonObject);
}

export function valuesAt(object: JsonObject, key: string): JsonValue[] {
  const value = ownValue(object, key);
  return Array.isArray(value) ? value : [];
}

export function textsAt(object: JsonObject, key: string): string[] {
  return valuesAt(object, key).filter((value): value is string => typeof value === "string");
}

/** Sets a value where there is none: no key, or null. Empty texts count as none, as in the Go types. */
export function setDefault(object: JsonObject, key: string, value: JsonValue): void {
  const present = ownValue(object, key);
  if (present === undefined || present === null || present === "") object[key] = value;
}
