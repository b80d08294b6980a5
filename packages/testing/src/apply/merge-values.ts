import { type JsonObject, type JsonValue, ownValue, setOwnValue } from "../schema/json.js";
import { formatPath, fieldElement, type PathElement } from "./path-element.js";
import type { ListSchema, MapSchema, SchemaNode } from "./schema-node.js";
import { itemElements, listItems, nodeOfField, objectFields, shapeOf } from "./typed-value.js";

/**
 * A live value with an applied one laid over it: maps and lists of known identity merge, all else the applied value
 * replaces. Items keep the applied order among themselves; items of the live list alone keep their place between them.
 *
 * @returns undefined when nothing is left
 * @throws TypedValueError when an item of a list has no identity
 */
export function mergeValues(
  live: JsonValue | undefined,
  applied: JsonValue | undefined,
  node: SchemaNode,
  path: readonly PathElement[] = [],
): JsonValue | undefined {
  const { map, list } = node;
  const shape = shapeOf(node, applied === undefined ? live : applied);
  if (shape === "map" && map !== undefined) return mergeMaps(map, live, applied, path);
  if (shape === "list" && list !== undefined) return mergeLists(list, live, applied, path);
  return applied === undefined ? live : applied;
}

function mergeMaps(
  map: MapSchema,
  live: JsonValue | undefined,
  applied: JsonValue | undefined,
  path: readonly PathElement[],
): JsonValue | undefined {
  const liveFields = objectFields(live) ?? {};
  const appliedFields = objectFields(applied) ?? {};
  const appliedKeys = Object.keys(appliedFields);
  const liveKeys = Object.keys(liveFields);
  if (map.isAtomic || (liveKeys.length === 0 && appliedKeys.length === 0))
    return applied === undefined ? live : applied;
  const merged: JsonObject = {};
  const mergeField = (key: string): void => {
    const appliedField = ownValue(appliedFields, key);
    const liveField = ownValue(liveFields, key);
    const value =
      appliedField === undefined
        ? liveField
        : mergeValues(liveField, appliedField, nodeOfField(map, key), [...path, fieldElement(key)]);
    if (value !== undefined) setOwnValue(merged, key, value);
  };
  for (const key of liveKeys) mergeField(key);
  for (const key of appliedKeys) if (!Object.hasOwn(liveFields, key)) mergeField(key);
  return Object.keys(merged).length > 0 ? merged : undefined;
}

function mergeLists(
  list: ListSchema,
  live: JsonValue | undefined,
  applied: JsonValue | undefined,
  path: readonly PathElement[],
): JsonValue | undefined {
  const liveItems = listItems(live) ?? [];
  const appliedItems = listItems(applied) ?? [];
  if (list.kind === "atomic" || (liveItems.length === 0 && appliedItems.length === 0)) {
    return applied === undefined ? live : applied;
  }
  const showPath = (): string => formatPath(path);
  const liveElements = itemElements(list, liveItems, showPath);
  const appliedElements = itemElements(list, appliedItems, showPath);
  const liveByElement = new Map<PathElement, JsonValue>();
  for (const [index, element] of liveElements.entries()) {
    // What is there more than once cannot be merged with: the applied item replaces all of them.
    liveByElement.set(element, liveByElement.has(element) ? null : (liveItems[index] as JsonValue));
  }
  const appliedByElement = new Map(
    appliedElements.map((element, index) => [element, appliedItems[index] as JsonValue]),
  );
  const merged: JsonValue[] = [];
  const push = (
    liveItem: JsonValue | undefined,
    appliedItem: JsonValue | undefined,
    element: PathElement,
  ): void => {
    const item =
      appliedItem === undefined
        ? liveItem
        : mergeValues(liveItem, appliedItem, list.items, [...path, element]);
    if (item !== undefined) merged.push(item);
  };
  for (const step of interleave(liveElements, appliedElements)) {
    if (step.from === "live") push(liveItems[step.index], undefined, step.element);
    else push(liveByElement.get(step.element), appliedByElement.get(step.element), step.element);
  }
  return merged.length > 0 ? merged : undefined;
}

interface Step {
  /** `live`: an item that the live list alone has. `applied`: one of the applied list, merged with its live namesake. */
  readonly from: "live" | "applied";
  readonly index: number;
  readonly element: PathElement;
}

/**
 * The order of a merged list. Both lists are walked side by side; items that both have, in the order applied, are the
 * points where the walks meet, and what stands before such a point in either list comes before it: live items first.
 */
function* interleave(
  live: readonly PathElement[],
  applied: readonly PathElement[],
): IterableIterator<Step> {
  const liveSet = new Set(live);
  const appliedSet = new Set(applied);
  const meetings = applied.filter((element) => liveSet.has(element));
  const taken = new Set<PathElement>();
  let meeting = 0;
  let liveIndex = 0;
  let appliedIndex = 0;
  while (liveIndex < live.length || appliedIndex < applied.length) {
    const liveElement = live[liveIndex];
    const appliedElement = applied[appliedIndex];
    if (liveElement !== undefined && appliedElement !== undefined) {
      if (liveElement === appliedElement) {
        taken.add(appliedElement);
        yield { from: "applied", index: appliedIndex, element: appliedElement };
        liveIndex++;
        appliedIndex++;
        meeting++;
        continue;
      }
      const next = meetings[meeting];
      // Moved by the applied list: it comes at its applied place.
      if (appliedSet.has(liveElement) && next !== undefined && next !== liveElement) {
        liveIndex++;
        continue;
      }
    }
    if (liveElement !== undefined) {
      if (!appliedSet.has(liveElement)) {
        yield { from: "live", index: liveIndex, element: liveElement };
        liveIndex++;
        continue;
      }
      if (taken.has(liveElement)) liveIndex++;
    }
    if (appliedElement !== undefined) {
      taken.add(appliedElement);
      yield { from: "applied", index: appliedIndex, element: appliedElement };
      appliedIndex++;
      if (meetings[meeting] === appliedElement) meeting++;
    }
  }
}
