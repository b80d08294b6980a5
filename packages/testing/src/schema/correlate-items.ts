import type { CompiledSchema } from "./compiled-schema.js";
import { isJsonObject, ownValue } from "./json.js";
import type { JsonValue } from "./json.js";

/**
 * Finds for an item of a list the item of the stored list that it continues. Only lists of type `map` tell; for any
 * other list the answer is undefined.
 */
export function correlateItems(
  schema: CompiledSchema,
  old: JsonValue | undefined,
): ((item: JsonValue) => JsonValue | undefined) | undefined {
  if (!Array.isArray(old) || schema.listType !== "map") return undefined;
  const byKey = new Map<string, JsonValue>();
  for (const item of old) {
    const key = listMapKey(schema, item);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, item);
  }
  return (item) => {
    const key = listMapKey(schema, item);
    return key === undefined ? undefined : byKey.get(key);
  };
}

/** A text that is the same for items with the same values under the list's map keys; undefined for what is no object. */
export function listMapKey(schema: CompiledSchema, item: JsonValue): string | undefined {
  if (!isJsonObject(item)) return undefined;
  return JSON.stringify(schema.listMapKeys.map((key) => ownValue(item, key) ?? null));
}
