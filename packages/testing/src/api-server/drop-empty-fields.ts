import type { CompiledSchema } from "../schema/compiled-schema.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";

/**
 * Removes what Go's typed storage of a built-in kind does not write back: nulls, and optional maps and lists that are
 * empty. Structs stay, empty or not. Changes the object in place.
 */
export function dropEmptyFields(schema: CompiledSchema, object: JsonObject): void {
  for (const key of Object.keys(object)) {
    const value = object[key] as JsonValue;
    const child = schema.property(key) ?? schema.additionalProperties;
    if (value === null || (isEmptyCollection(value, child) && !schema.required.includes(key))) {
      delete object[key];
    } else if (child !== undefined) {
      dropInside(child, value);
    }
  }
}

function dropInside(schema: CompiledSchema, value: JsonValue): void {
  if (isJsonObject(value)) dropEmptyFields(schema, value);
  else if (Array.isArray(value) && schema.items !== undefined) {
    for (const item of value) dropInside(schema.items, item);
  }
}

function isEmptyCollection(value: JsonValue, schema: CompiledSchema | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (!isJsonObject(value) || Object.keys(value).length > 0) return false;
  return schema?.additionalProperties !== undefined;
}
