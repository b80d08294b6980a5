import type { SchemaNode } from "../apply/schema-node.js";
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../schema/json.js";
import { goTypeOf, goValue } from "./go-value.js";
import {
  DIRECTIVE,
  listOrError,
  withoutDirectiveKeys,
  withoutDirectives,
} from "./patch-directives.js";
import { PatchError } from "./patch-error.js";

/** Merges two objects; given in, as objects hold lists and lists hold objects. */
export type MergeObjects = (
  original: JsonObject,
  patch: JsonObject,
  node: SchemaNode | undefined,
) => JsonObject;

/**
 * A list merged with that of a patch: objects by their merge key, scalars as a set. Items of the patch come in its
 * order; the others keep their place, as far as both agree.
 */
export function mergeStrategicList(
  original: readonly JsonValue[],
  patch: readonly JsonValue[],
  node: SchemaNode | undefined,
  mergeObjects: MergeObjects,
): JsonValue[] {
  if (original.length === 0 && patch.length === 0) return [];
  const key = mergeKeyFor(original, patch, node);
  if (key === undefined)
    return arrange([...new Set([...original, ...patch])], patch, original, undefined);
  const { kept, items } = followDirectives(
    original.filter(isJsonObject),
    patch.filter(isJsonObject),
    key,
  );
  const merged = [...kept];
  for (const item of items) {
    const id = keyValue(item, key);
    const index = merged.findIndex((candidate) => ownValue(candidate, key) === id);
    const target = merged[index];
    if (target === undefined) merged.push(withoutDirectiveKeys(item) as JsonObject);
    else merged[index] = mergeObjects(target, item, node?.list?.items);
  }
  return arrange(merged, items, kept, key);
}

/** A list merged by `$setElementOrder`; undefined when neither side has it. @param fieldOf finds the list's type, or throws. */
export function orderList(
  original: JsonValue | undefined,
  patch: JsonValue | undefined,
  directive: JsonValue | undefined,
  fieldOf: () => SchemaNode | undefined,
  mergeObjects: MergeObjects,
): JsonValue[] | undefined {
  const order = listOrError(directive);
  const originalItems = original === undefined || original === null ? [] : listOrError(original);
  const patchItems = patch === undefined || patch === null ? [] : listOrError(patch);
  const node = fieldOf();
  if (original === undefined && patch === undefined) return undefined;
  const key = mergeKeyFor(originalItems, [...patchItems, ...order], node);
  checkOrder(patchItems, order, key);
  const isMerging = node?.patchStrategies.includes("merge") === true;
  let merged: readonly JsonValue[] = originalItems;
  if (original === undefined) merged = withoutDirectives([...patchItems]) as JsonValue[];
  else if (patch !== undefined) {
    merged = isMerging
      ? mergeStrategicList(originalItems, patchItems, node, mergeObjects)
      : (withoutDirectiveKeys([...patchItems]) as JsonValue[]);
  }
  return arrange(merged, order, originalItems, key);
}

/** The items of a patch must stand in the order that it sets. */
function checkOrder(
  items: readonly JsonValue[],
  order: readonly JsonValue[],
  key: string | undefined,
): void {
  if (items.length === 0 || order.length === 0) return;
  let from = 0;
  for (const item of items) {
    if (isJsonObject(item) && Object.hasOwn(item, DIRECTIVE)) continue;
    const id = idOf(item, key);
    const index = order.findIndex(
      (candidate, place) => place >= from && idOf(candidate, key) === id,
    );
    if (index < 0) {
      throw new PatchError(
        "internal",
        `The order in patch list:\n${goValue([...items])}\n doesn't match $setElementOrder list:\n${goValue([...order])}\n`,
      );
    }
    from = index + 1;
  }
}

/** The name of the key by which items are told apart; undefined for scalars. */
function mergeKeyFor(
  original: readonly JsonValue[],
  patch: readonly JsonValue[],
  node: SchemaNode | undefined,
): string | undefined {
  const all = [...original, ...patch];
  if (Array.isArray(all[0]))
    throw new PatchError("invalid-operation", "lists of lists are not supported");
  const types = new Set(all.map(goTypeOf));
  if (types.size <= 1 && !isJsonObject(all[0])) return undefined;
  if (types.size > 1) {
    throw new PatchError(
      "internal",
      `list element types are not identical: ${goValue([[...original], [...patch]])}`,
    );
  }
  const key = node?.patchMergeKey;
  if (key === undefined) throw new PatchError("internal", "cannot merge lists without merge key");
  return key;
}

/** Carries out `$patch` of single items: `delete` takes one out, `replace` (in any item) drops all there were. */
function followDirectives(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  key: string,
): { readonly kept: readonly JsonObject[]; readonly items: readonly JsonObject[] } {
  let kept = original;
  let isReplaced = false;
  const items: JsonObject[] = [];
  for (const item of patch) {
    const directive = ownValue(item, DIRECTIVE);
    if (directive === undefined) {
      items.push(item);
    } else if (directive === "delete") {
      const id = keyValue(item, key);
      kept = kept.filter((candidate) => ownValue(candidate, key) !== id);
    } else if (directive === "replace") {
      isReplaced = true;
    } else if (directive === "merge") {
      throw new PatchError("internal", "merging lists cannot yet be specified in the patch");
    } else {
      throw new PatchError(
        "internal",
        `unknown patch type: ${goValue(directive)} in map: ${goValue(item)}`,
      );
    }
  }
  if (!isReplaced) return { kept, items };
  return { kept: withoutDirectiveKeys(items) as JsonObject[], items: [] };
}

function keyValue(item: JsonObject, key: string): JsonValue {
  const value = ownValue(item, key);
  if (value !== undefined) return value;
  throw new PatchError(
    "internal",
    `map: ${goValue(item)} does not contain declared merge key: ${key}`,
  );
}

function idOf(item: JsonValue, key: string | undefined): JsonValue | undefined {
  return key !== undefined && isJsonObject(item) ? keyValue(item, key) : item;
}

/**
 * Items named by `order` come in that order, the others in that of the original list. Between the two, the original
 * list decides where it has both; else what `order` names comes first.
 */
function arrange(
  items: readonly JsonValue[],
  order: readonly JsonValue[],
  original: readonly JsonValue[],
  key: string | undefined,
): JsonValue[] {
  const places = placesOf(order, key);
  const serverPlaces = placesOf(original, key);
  const named: JsonValue[] = [];
  const others: JsonValue[] = [];
  for (const item of items) (places.has(idOf(item, key)) ? named : others).push(item);
  const placeIn = (where: ReadonlyMap<unknown, number>, item: JsonValue): number =>
    where.get(idOf(item, key)) ?? -1;
  named.sort((left, right) => placeIn(places, left) - placeIn(places, right));
  others.sort((left, right) => placeIn(serverPlaces, left) - placeIn(serverPlaces, right));
  const arranged: JsonValue[] = [];
  while (named.length > 0 || others.length > 0) {
    const [nextNamed, nextOther] = [named[0], others[0]];
    const isOtherFirst =
      nextNamed === undefined ||
      (nextOther !== undefined &&
        placeIn(serverPlaces, nextNamed) >= 0 &&
        placeIn(serverPlaces, nextOther) >= 0 &&
        placeIn(serverPlaces, nextOther) < placeIn(serverPlaces, nextNamed));
    arranged.push((isOtherFirst ? others.shift() : named.shift()) as JsonValue);
  }
  return arranged;
}

function placesOf(
  list: readonly JsonValue[],
  key: string | undefined,
): ReadonlyMap<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    const id = idOf(item, key);
    if (!places.has(id)) places.set(id, index);
  }
  return places;
}
