import type { SchemaNode } from "../apply/schema-node.js";
import { fieldNode } from "../apply/schema-node.js";
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownValue,
  setOwnValue,
} from "../schema/json.js";
import { mergeStrategicList, orderList } from "./merge-strategic-list.js";
import { PatchError } from "./patch-error.js";
import { goJsonKind } from "./go-json-kind.js";
import { goTextValue, goValue } from "./go-value.js";
import { goQuote } from "../schema/go-format.js";
import {
  DELETE_PREFIX,
  DIRECTIVE,
  listOrError,
  ORDER_PREFIX,
  RETAIN_KEYS,
  withoutDirectiveKeys,
  withoutDirectives,
} from "./patch-directives.js";

/**
 * The object after a strategic merge patch (Kubernetes API conventions): a merge patch that merges those lists by their
 * items whose schema says so, with the directives `$patch`, `$retainKeys`, `$setElementOrder/...` and
 * `$deleteFromPrimitiveList/...`. Neither input is changed.
 *
 * @throws PatchError: `malformed` (400) for a directive of the wrong form, `invalid-operation` (422) for lists in
 *   lists, `internal` (500) for items without their merge key and for unknown directives
 */
export function applyStrategicMergePatch(
  document: JsonObject,
  patch: JsonValue,
  schema: SchemaNode,
): JsonObject {
  if (patch === null) return document;
  if (!isJsonObject(patch)) {
    throw new PatchError(
      "malformed",
      `json: cannot unmarshal ${goJsonKind(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObjects(document, patch, { ...schema, typeName: String(document["kind"]) });
}

function mergeObjects(
  original: JsonObject,
  patch: JsonObject,
  node: SchemaNode | undefined,
): JsonObject {
  const directive = ownValue(patch, DIRECTIVE);
  if (directive === "replace") {
    return withoutDirectiveKeys(patch) as JsonObject;
  }
  if (directive === "delete") return {};
  if (directive !== undefined) throw unknownDirective(directive, patch);
  const result = retainKeys({ ...original }, patch);
  const ordered = new Set<string>();
  const bare = ownValue(patch, ORDER_PREFIX.slice(0, -1));
  if (bare !== undefined) listOrError(bare);
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER_PREFIX)) continue;
    const name = key.slice(ORDER_PREFIX.length);
    ordered.add(name);
    const value = orderList(
      ownValue(result, name),
      ownValue(patch, name),
      patch[key],
      () => listFieldOf(node, name),
      mergeObjects,
    );
    if (value !== undefined) setOwnValue(result, name, value);
  }
  for (const key of Object.keys(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(ORDER_PREFIX) || ordered.has(key)) continue;
    mergeField(result, key, patch[key] as JsonValue, node);
  }
  return result;
}

function mergeField(
  result: JsonObject,
  key: string,
  patch: JsonValue,
  node: SchemaNode | undefined,
): void {
  if (key.startsWith(DELETE_PREFIX)) {
    deleteFromList(result, key.slice(DELETE_PREFIX.length), patch);
    return;
  }
  const original = ownValue(result, key);
  if (patch === null) {
    delete result[key];
    return;
  }
  const field = fieldOf(node, key);
  if (isJsonObject(original) && isJsonObject(patch)) {
    const isReplaced = strategyOf(field) === "replace";
    setOwnValue(
      result,
      key,
      isReplaced ? withoutDirectiveKeys(patch) : mergeObjects(original, patch, field),
    );
    return;
  }
  if (Array.isArray(original) && Array.isArray(patch)) {
    const merged =
      strategyOf(field) === "merge"
        ? mergeStrategicList(original, patch, field, mergeObjects)
        : withoutDirectiveKeys(patch);
    setOwnValue(result, key, merged);
    return;
  }
  const value = withoutDirectives(patch);
  if (value === undefined) delete result[key];
  else setOwnValue(result, key, value);
}

function fieldOf(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  return node?.map === undefined ? undefined : fieldNode(node.map, key);
}

/** Where an order is given for a field, the type that has it must be one that Go knows. */
function listFieldOf(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const { map, typeName } = node ?? {};
  if (map === undefined || map.isDeduced || map.field(key) !== undefined) return fieldOf(node, key);
  throw new PatchError(
    "internal",
    map.elements === undefined
      ? `unable to find api field in struct ${typeName ?? ""} for the json field ${goQuote(key)}`
      : "merging an object in json but data type is not struct, instead is: map",
  );
}

/** The strategy besides `retainKeys`, which only clients heed. */
function strategyOf(node: SchemaNode | undefined): string | undefined {
  return node?.patchStrategies.find((strategy) => strategy !== "retainKeys");
}

function deleteFromList(result: JsonObject, key: string, patch: JsonValue): void {
  if (patch === null) {
    delete result[key];
    return;
  }
  const original = ownValue(result, key);
  if (!Array.isArray(original) || !Array.isArray(patch)) return;
  setOwnValue(
    result,
    key,
    original.filter((item) => !patch.includes(item)),
  );
}

/** Drops from the original what `$retainKeys` does not list. */
function retainKeys(result: JsonObject, patch: JsonObject): JsonObject {
  const directive = ownValue(patch, RETAIN_KEYS);
  if (directive === undefined) return result;
  if (!Array.isArray(directive))
    throw new PatchError("malformed", "invalid patch format of retainKeys");
  const retained = directive;
  for (const key of Object.keys(patch)) {
    if (
      key === RETAIN_KEYS ||
      patch[key] === null ||
      key.startsWith(DELETE_PREFIX) ||
      key.startsWith(ORDER_PREFIX)
    )
      continue;
    if (!retained.includes(key))
      throw new PatchError("malformed", "invalid patch format of retainKeys");
  }
  for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  return result;
}

function unknownDirective(directive: JsonValue, patch: JsonObject): PatchError {
  return new PatchError(
    "internal",
    `unknown patch type: ${goTextValue(directive)} in map: ${goValue(patch)}`,
  );
}
