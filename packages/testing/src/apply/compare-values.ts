import { type JsonObject, type JsonValue, jsonEqual, ownValue } from "../schema/json.js";
import { FieldSet } from "./field-set.js";
import { fieldElement, formatPath, type PathElement } from "./path-element.js";
import type { ListSchema, MapSchema, SchemaNode } from "./schema-node.js";
import {
  itemElements,
  listItems,
  nodeOfField,
  objectFields,
  type Shape,
  shapeOf,
} from "./typed-value.js";

/** What differs between two values. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/**
 * The paths in which two objects of one type differ. Fields that a built-in type always has count as present in both.
 *
 * @throws TypedValueError when an item of a list has no identity
 */
export function compareValues(left: JsonValue, right: JsonValue, node: SchemaNode): Comparison {
  const walk = new ComparisonWalk();
  walk.compare(left, right, node);
  return walk;
}

/** Without the paths given and what is below them. */
export function withoutFields(comparison: Comparison, fields: FieldSet | undefined): Comparison {
  if (fields === undefined || fields.isEmpty) return comparison;
  return {
    added: comparison.added.recursiveDifference(fields),
    modified: comparison.modified.recursiveDifference(fields),
    removed: comparison.removed.recursiveDifference(fields),
  };
}

class ComparisonWalk implements Comparison {
  readonly added = FieldSet.create();
  readonly modified = FieldSet.create();
  readonly removed = FieldSet.create();
  readonly #path: PathElement[] = [];

  compare(left: JsonValue | undefined, right: JsonValue | undefined, node: SchemaNode): void {
    if (left === right) return;
    const rightShape = shapeOf(node, right === undefined ? left : right);
    if (left !== undefined && right !== undefined) {
      const leftShape = shapeOf(node, left);
      if (leftShape !== rightShape) this.#compareAs(leftShape, left, right, node);
    }
    const isLeaf = this.#compareAs(rightShape, left, right, node);
    if (isLeaf || this.#path.length === 0) return;
    if (left === undefined) this.added.insert(this.#path);
    else if (right === undefined) this.removed.insert(this.#path);
  }

  /** Whether the values were compared as a whole. */
  #compareAs(
    shape: Shape,
    left: JsonValue | undefined,
    right: JsonValue | undefined,
    node: SchemaNode,
  ): boolean {
    if (shape === "map" && node.map !== undefined) return this.#compareMaps(node.map, left, right);
    if (shape === "list" && node.list !== undefined)
      return this.#compareLists(node.list, left, right);
    return this.#compareLeaves(left, right);
  }

  #compareLeaves(left: JsonValue | undefined, right: JsonValue | undefined): true {
    if (this.#path.length === 0) return true;
    if (left === undefined) this.added.insert(this.#path);
    else if (right === undefined) this.removed.insert(this.#path);
    else if (!jsonEqual(left, right)) this.modified.insert(this.#path);
    return true;
  }

  #compareMaps(map: MapSchema, left: JsonValue | undefined, right: JsonValue | undefined): boolean {
    const leftFields = objectFields(left);
    const rightFields = objectFields(right);
    if (map.isAtomic || (isEmpty(leftFields, map) && isEmpty(rightFields, map)))
      return this.#compareLeaves(left, right);
    if (rightFields !== undefined) {
      for (const key of Object.keys(rightFields)) {
        this.#compareField(map, key, fieldOf(leftFields, key, map), rightFields[key]);
      }
    }
    if (leftFields !== undefined) {
      for (const key of Object.keys(leftFields)) {
        if (rightFields !== undefined && Object.hasOwn(rightFields, key)) continue;
        this.#compareField(map, key, leftFields[key], fieldOf(rightFields, key, map));
      }
    }
    this.#compareZeroFields(map, leftFields, rightFields);
    return false;
  }

  /** The fields that are there only because the type always has them, on the one side where there is an object. */
  #compareZeroFields(
    map: MapSchema,
    left: JsonObject | undefined,
    right: JsonObject | undefined,
  ): void {
    if ((left === undefined) === (right === undefined)) return;
    const present = left ?? right;
    for (const [key, value] of map.zeroFields) {
      if (present === undefined || Object.hasOwn(present, key)) continue;
      this.#compareField(
        map,
        key,
        left === undefined ? undefined : value,
        right === undefined ? undefined : value,
      );
    }
  }

  #compareField(
    map: MapSchema,
    key: string,
    left: JsonValue | undefined,
    right: JsonValue | undefined,
  ): void {
    if (left === right) return;
    this.#path.push(fieldElement(key));
    this.compare(left, right, nodeOfField(map, key));
    this.#path.pop();
  }

  #compareLists(
    list: ListSchema,
    left: JsonValue | undefined,
    right: JsonValue | undefined,
  ): boolean {
    const leftItems = listItems(left);
    const rightItems = listItems(right);
    const isEmptyPair = (leftItems?.length ?? 0) === 0 && (rightItems?.length ?? 0) === 0;
    if (list.kind === "atomic" || isEmptyPair) return this.#compareLeaves(left, right);
    const path = (): string => formatPath(this.#path);
    const leftGroups = groupItems(itemElements(list, leftItems, path), leftItems ?? []);
    const rightGroups = groupItems(itemElements(list, rightItems, path), rightItems ?? []);
    for (const [element, items] of leftGroups) {
      this.#compareItems(list, element, items, rightGroups.get(element) ?? []);
    }
    for (const [element, items] of rightGroups) {
      if (!leftGroups.has(element)) this.#compareItems(list, element, [], items);
    }
    return false;
  }

  /** Items that are there more than once are owned as one, as a whole. */
  #compareItems(
    list: ListSchema,
    element: PathElement,
    left: readonly JsonValue[],
    right: readonly JsonValue[],
  ): void {
    this.#path.push(element);
    if (left.length <= 1 && right.length <= 1) {
      this.compare(left[0], right[0], list.items);
    } else if (left.length >= 2 && right.length >= 2) {
      if (!jsonEqual([...left], [...right])) this.modified.insert(this.#path);
    } else if (left.length >= 2) {
      if (right.length > 0) this.compare(undefined, right[0], list.items);
      this.removed.insert(this.#path);
    } else {
      if (left.length > 0) this.compare(left[0], undefined, list.items);
      this.added.insert(this.#path);
    }
    this.#path.pop();
  }
}

function groupItems(
  elements: readonly PathElement[],
  items: readonly JsonValue[],
): Map<PathElement, JsonValue[]> {
  const groups = new Map<PathElement, JsonValue[]>();
  for (const [index, element] of elements.entries()) {
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [items[index] as JsonValue]);
    else group.push(items[index] as JsonValue);
  }
  return groups;
}

function fieldOf(
  fields: JsonObject | undefined,
  key: string,
  map: MapSchema,
): JsonValue | undefined {
  if (fields === undefined) return undefined;
  const value = ownValue(fields, key);
  if (value !== undefined || map.zeroFields.length === 0) return value;
  return map.zeroFields.find(([name]) => name === key)?.[1];
}

function isEmpty(fields: JsonObject | undefined, map: MapSchema): boolean {
  if (fields === undefined) return true;
  if (map.zeroFields.length > 0) return false;
  for (const key in fields) if (Object.hasOwn(fields, key)) return false;
  return true;
}
