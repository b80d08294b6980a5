import type { CompiledSchema } from "./compiled-schema.js";
import { JsonTooDeepError } from "./json-too-deep-error.js";
import { MAX_JSON_DEPTH, copyJson, isDeeperThan, setOwnValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";

/**
 * Fills in the defaults of a schema. A null where the schema allows none counts as missing: it becomes the default, or
 * goes when there is no default. Changes the object in place and returns it: hand in a copy that is yours.
 *
 * @throws JsonTooDeepError
 */
export function applyDefaults(schema: CompiledSchema, object: JsonObject): JsonObject {
  // Only types that contain themselves let a walk go deeper than their schema.
  if (schema.isBuiltIn && isDeeperThan(object, MAX_JSON_DEPTH))
    throw new JsonTooDeepError(MAX_JSON_DEPTH);
  defaultFields(schema, object);
  return object;
}

function defaultValue(schema: CompiledSchema, value: JsonValue): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) defaultItems(schema, value);
  else defaultFields(schema, value);
}

function defaultItems(schema: CompiledSchema, list: JsonValue[]): void {
  const { items } = schema;
  if (items === undefined) return;
  for (let index = 0; index < list.length; index++) {
    if (list[index] === null && !items.isNullable && items.defaultValue !== undefined) {
      list[index] = copyJson(items.defaultValue);
    }
    defaultValue(items, list[index] as JsonValue);
  }
}

function defaultFields(schema: CompiledSchema, object: JsonObject): void {
  for (const [name, property] of schema.defaultedProperties) {
    const isMissing = !Object.hasOwn(object, name);
    if (isMissing || (object[name] === null && !property.isNullable)) {
      setOwnValue(object, name, copyJson(property.defaultValue as JsonValue));
    }
  }
  for (const key of Object.keys(object)) {
    const next = schema.property(key) ?? schema.additionalProperties;
    if (next === undefined) continue;
    if (object[key] === null && !next.isNullable) {
      if (next.defaultValue === undefined) {
        delete object[key];
        continue;
      }
      setOwnValue(object, key, copyJson(next.defaultValue));
    }
    defaultValue(next, object[key] as JsonValue);
  }
}
