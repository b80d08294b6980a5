import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../schema/json.js";
import { FieldSet } from "./field-set.js";
import {
  fieldElement,
  formatElement,
  keyElement,
  type PathElement,
  valueElement,
} from "./path-element.js";
import {
  DEDUCED_NODE,
  fieldNode,
  type ListSchema,
  type MapSchema,
  type SchemaNode,
} from "./schema-node.js";
import { TypedValueError } from "./typed-value-error.js";

/** Which of a node's shapes a value has. A value that fits none counts as the first that the node has. */
export type Shape = "map" | "list" | "scalar";

export function shapeOf(node: SchemaNode, value: JsonValue | undefined): Shape {
  if (Array.isArray(value)) {
    if (node.list !== undefined) return "list";
  } else if (isJsonObject(value)) {
    if (node.map !== undefined) return "map";
  } else if (value !== null && value !== undefined && node.scalar !== undefined) {
    return "scalar";
  }
  if (node.map !== undefined) return "map";
  return node.scalar !== undefined ? "scalar" : "list";
}

/** The node of a field; fields that no schema describes are judged by their values. */
export function nodeOfField(map: MapSchema, key: string): SchemaNode {
  return fieldNode(map, key) ?? DEDUCED_NODE;
}

export function listItems(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function objectFields(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/**
 * What tells an item of a set or a list of maps from the others.
 *
 * @throws Error whose message is what the real server says after `element N: `
 */
export function itemElement(list: ListSchema, item: JsonValue): PathElement {
  return list.kind === "map" ? keyedElement(list, item) : setElement(item);
}

function keyedElement(list: ListSchema, item: JsonValue): PathElement {
  if (item === null) throw new Error("associative list with keys may not have a null element");
  if (!isJsonObject(item))
    throw new Error("associative list with keys may not have non-map elements");
  const keys: [string, JsonValue][] = [];
  for (const name of list.keys) {
    const value = ownValue(item, name) ?? list.items.map?.field(name)?.default;
    if (value !== undefined) keys.push([name, value]);
  }
  if (keys.length > 0) return keyElement(keys);
  const names = list.declaredKeys.map((name) => JSON.stringify(name)).join(" ");
  throw new Error(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

function setElement(item: JsonValue): PathElement {
  if (item === null)
    throw new Error("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item))
    throw new Error("not supported: associative list with lists as elements");
  if (typeof item === "object")
    throw new Error("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** As {@link itemElement}, for all items of a list. @throws TypedValueError */
export function itemElements(
  list: ListSchema,
  items: readonly JsonValue[] | undefined,
  path: () => string,
): readonly PathElement[] {
  if (items === undefined) return [];
  return items.map((item, index) => {
    try {
      return itemElement(list, item);
    } catch (error) {
      throw new TypedValueError([
        withPath(path(), `element ${index}: ${error instanceof Error ? error.message : ""}`),
      ]);
    }
  });
}

export function withPath(path: string, problem: string): string {
  return path === "" ? problem : `${path}: ${problem}`;
}

/**
 * The paths that a value sets: what a manager owns that applies it.
 *
 * @throws TypedValueError when an item of a list has no identity
 */
export function fieldSetOf(value: JsonValue, node: SchemaNode): FieldSet {
  return collect(value, node, "").children;
}

interface Collected {
  /** Whether the value is owned itself, apart from what is below it. */
  readonly isLeaf: boolean;
  readonly children: FieldSet;
}

const LEAF: Collected = { isLeaf: true, children: FieldSet.EMPTY };
const NOTHING: Collected = { isLeaf: false, children: FieldSet.EMPTY };

function collect(value: JsonValue, node: SchemaNode, path: string): Collected {
  switch (shapeOf(node, value)) {
    case "scalar":
      return LEAF;
    case "list":
      return node.list === undefined || node.list.kind === "atomic"
        ? LEAF
        : collectItems(value, node.list, path);
    case "map":
      return node.map === undefined || node.map.isAtomic
        ? LEAF
        : collectFields(value, node.map, path);
  }
}

function collectItems(value: JsonValue, list: ListSchema, path: string): Collected {
  const items = listItems(value);
  if (items === undefined) return NOTHING;
  const children = FieldSet.create();
  const elements = itemElements(list, items, () => path);
  const seen = new Set<PathElement>();
  for (const [index, element] of elements.entries()) {
    // Of an item that is there more than once, only its being there is owned.
    const isDuplicate = seen.has(element);
    seen.add(element);
    const inner = isDuplicate
      ? FieldSet.EMPTY
      : collect(items[index] as JsonValue, list.items, path + formatElement(element)).children;
    children.attach(element, true, inner);
  }
  return { isLeaf: false, children };
}

function collectFields(value: JsonValue, map: MapSchema, path: string): Collected {
  const fields = objectFields(value);
  if (fields === undefined) return NOTHING;
  const children = FieldSet.create();
  for (const key of Object.keys(fields)) {
    const field = fields[key] as JsonValue;
    const declared = map.field(key);
    const inner = collect(field, declared ?? map.elements ?? DEDUCED_NODE, `${path}.${key}`);
    const isEmpty = field === null || (isJsonObject(field) && Object.keys(field).length === 0);
    children.attach(
      fieldElement(key),
      inner.isLeaf || isEmpty || declared === undefined,
      inner.children,
    );
  }
  return { isLeaf: false, children };
}

/** The set with each declared field that it has something below. */
export function withNamedFields(set: FieldSet, node: SchemaNode | undefined): FieldSet {
  if (set.isEmpty) return set;
  const result = FieldSet.create();
  for (const { element, isMember, children } of set.entries()) {
    const key = element.startsWith("f:") ? element.slice(2) : undefined;
    const declared = key === undefined ? undefined : node?.map?.field(key);
    const below =
      key === undefined
        ? element.startsWith("k:")
          ? node?.list?.items
          : undefined
        : (declared ?? node?.map?.elements);
    result.attach(
      element,
      isMember || (declared !== undefined && !children.isEmpty),
      withNamedFields(children, below),
    );
  }
  return result;
}

/**
 * The set after a change of the schema: what lies below a value that has become atomic turns into that value.
 * The same set when nothing has changed.
 */
export function reconcileWithSchema(set: FieldSet, node: SchemaNode): FieldSet {
  let result: FieldSet | undefined;
  for (const { element, children } of set.entries()) {
    if (children.isEmpty) continue;
    const below = element.startsWith("f:")
      ? node.map === undefined || node.map.isDeduced
        ? undefined
        : fieldNode(node.map, element.slice(2))
      : node.list?.items;
    if (below === undefined) continue;
    const isAtomic = below.map === undefined ? below.list?.kind === "atomic" : below.map.isAtomic;
    const kept = isAtomic ? FieldSet.EMPTY : reconcileWithSchema(children, below);
    if (kept === children) continue;
    result ??= copyOf(set);
    result.attach(element, isAtomic || set.isMember(element), kept);
  }
  return result ?? set;
}

/** A set of one's own with the same content. */
function copyOf(set: FieldSet): FieldSet {
  const copy = FieldSet.create();
  for (const { element, isMember, children } of set.entries())
    copy.attach(element, isMember, children);
  return copy;
}
