import { isJsonObject, ownValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";

/** Reading of fields whose type is not sure: what has another type counts as absent. */
export function readObject(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object === undefined ? undefined : ownValue(object, key);
  return isJsonObject(value) ? value : undefined;
}

export function readText(object: JsonObject | undefined, key: string): string {
  const value = object === undefined ? undefined : ownValue(object, key);
  return typeof value === "string" ? value : "";
}

export function readList(object: JsonObject | undefined, key: string): JsonValue[] {
  const value = object === undefined ? undefined : ownValue(object, key);
  return Array.isArray(value) ? value : [];
}

export function readObjects(object: JsonObject | undefined, key: string): JsonObject[] {
  return readList(object, key).filter(isJsonObject);
}

export function readTexts(object: JsonObject | undefined, key: string): string[] {
  return readList(object, key).filter((item): item is string => typeof item === "string");
}

export function readFlag(object: JsonObject | undefined, key: string): boolean {
  return object !== undefined && ownValue(object, key) === true;
}
