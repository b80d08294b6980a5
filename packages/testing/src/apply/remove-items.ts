import { type JsonObject, type JsonValue, setOwnValue } from "../schema/json.js";
import type { FieldSet } from "./field-set.js";
import { fieldElement } from "./path-element.js";
import type { ListSchema, MapSchema, SchemaNode } from "./schema-node.js";
import { itemElement, listItems, nodeOfField, objectFields, shapeOf } from "./typed-value.js";

/** A value without the paths given. A map or list of which nothing is left becomes null. */
export function removeItems(value: JsonValue, paths: FieldSet, node: SchemaNode): JsonValue {
  if (paths.isEmpty) return value;
  const { map, list } = node;
  const shape = shapeOf(node, value);
  if (shape === "map" && map !== undefined) return removeFields(value, paths, map);
  if (shape === "list" && list !== undefined) return removeListItems(value, paths, list);
  return value;
}

function removeFields(value: JsonValue, paths: FieldSet, map: MapSchema): JsonValue {
  const fields = objectFields(value);
  if (fields === undefined || map.isAtomic) return null;
  const kept: JsonObject = {};
  let isEmpty = true;
  for (const key of Object.keys(fields)) {
    const element = fieldElement(key);
    if (paths.isMember(element)) continue;
    setOwnValue(
      kept,
      key,
      removeItems(fields[key] as JsonValue, paths.below(element), nodeOfField(map, key)),
    );
    isEmpty = false;
  }
  return isEmpty ? null : kept;
}

function removeListItems(value: JsonValue, paths: FieldSet, list: ListSchema): JsonValue {
  const items = listItems(value);
  if (items === undefined || list.kind === "atomic") return null;
  const kept: JsonValue[] = [];
  for (const item of items) {
    const element = itemElement(list, item);
    if (!paths.isMember(element)) kept.push(removeItems(item, paths.below(element), list.items));
  }
  return kept.length > 0 ? kept : null;
}
