import type { CompiledSchema } from "./compiled-schema.js";
import { listMapKey } from "./correlate-items.js";
import { duplicate, invalid } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { goJson } from "./go-format.js";
import { isJsonObject, ownValue, setOwnValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import { hasTrait } from "./schema-traits.js";

/** Appends the duplicates in lists of type `set` and `map`. */
export function validateLists(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  errors: FieldError[],
): void {
  if (typeof value !== "object" || value === null || !hasTrait(schema, "lists")) return;
  if (!Array.isArray(value)) {
    for (const key of Object.keys(value)) {
      const declared = schema.property(key);
      const next = declared ?? schema.additionalProperties;
      if (next === undefined) continue;
      validateLists(next, value[key] as JsonValue, fieldPath(path, key, declared), errors);
    }
    return;
  }
  if (schema.listType === "set") checkSet(value, path, errors);
  else if (schema.listType === "map") checkMap(schema, value, path, errors);
  const { items } = schema;
  if (items === undefined) return;
  for (let index = 0; index < value.length; index++) {
    validateLists(items, value[index] as JsonValue, `${path}[${index}]`, errors);
  }
}

/** Keys of maps stand in brackets in the paths of these checks, fields after a dot. */
function fieldPath(path: string, key: string, declared: CompiledSchema | undefined): string {
  if (declared === undefined) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

function checkSet(list: JsonValue[], path: string, errors: FieldError[]): void {
  reportRepeated(
    list,
    path,
    (item) => goJson(item),
    (item) => item,
    errors,
  );
}

function checkMap(
  schema: CompiledSchema,
  list: JsonValue[],
  path: string,
  errors: FieldError[],
): void {
  let areObjects = true;
  for (const [index, item] of list.entries()) {
    if (isJsonObject(item)) continue;
    areObjects = false;
    errors.push(
      invalid(`${path}[${index}]`, item, "must be an object for an array of list-type map"),
    );
  }
  if (!areObjects) return;
  reportRepeated(
    list,
    path,
    (item) => listMapKey(schema, item),
    (item) => keysOf(schema, item as JsonObject),
    errors,
  );
}

/** Of equal items all but the first are told. */
function reportRepeated(
  list: JsonValue[],
  path: string,
  identify: (item: JsonValue) => string | undefined,
  show: (item: JsonValue) => JsonValue,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as JsonValue;
    const identity = identify(item);
    if (identity === undefined) continue;
    if (seen.has(identity)) errors.push(duplicate(`${path}[${index}]`, show(item)));
    seen.add(identity);
  }
}

function keysOf(schema: CompiledSchema, item: JsonObject): JsonObject {
  const keys: JsonObject = {};
  for (const key of schema.listMapKeys) {
    const value = ownValue(item, key);
    if (value !== undefined) setOwnValue(keys, key, value);
  }
  return keys;
}
