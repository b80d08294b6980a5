import { isJsonObject, type JsonObject } from "../schema/json.js";
import { compareElements, fieldElement, type PathElement, parseElement } from "./path-element.js";

interface FieldNode {
  isMember: boolean;
  children: FieldSet;
}

/**
 * A set of paths through an object: `fieldsV1` of an entry of `managedFields`. A path and a path below it are
 * independent members. All operations but {@link FieldSet.insert} leave the sets as they are and share what they can.
 */
export class FieldSet {
  static readonly EMPTY: FieldSet = new FieldSet(new Map());

  readonly #nodes: Map<PathElement, FieldNode>;

  private constructor(nodes: Map<PathElement, FieldNode>) {
    this.#nodes = nodes;
  }

  /** A set of one's own, to be filled by {@link FieldSet.insert}. */
  static create(): FieldSet {
    return new FieldSet(new Map());
  }

  static of(...paths: readonly (readonly PathElement[])[]): FieldSet {
    const set = FieldSet.create();
    for (const path of paths) set.insert(path);
    return set;
  }

  /** A set of fields by their names: `FieldSet.ofFields(["status"], ["metadata", "labels"])`. */
  static ofFields(...paths: readonly (readonly string[])[]): FieldSet {
    return FieldSet.of(...paths.map((path) => path.map(fieldElement)));
  }

  /**
   * Reads `fieldsV1`. Elements of unknown types are skipped.
   *
   * @throws SyntaxError when an element cannot be read
   */
  static parse(fields: unknown): FieldSet {
    return read(fields).children;
  }

  /** Adds a path to a set that only the caller holds so far. */
  insert(path: readonly PathElement[]): void {
    let set: FieldSet = this;
    let left = path.length;
    for (const element of path) {
      let node = set.#nodes.get(element);
      if (node === undefined) {
        node = { isMember: false, children: FieldSet.EMPTY };
        set.#nodes.set(element, node);
      }
      left -= 1;
      if (left === 0) {
        node.isMember = true;
        return;
      }
      if (node.children.isEmpty) node.children = FieldSet.create();
      set = node.children;
    }
  }

  /** Adds an element with all below it to a set that only the caller holds so far. */
  attach(element: PathElement, isMember: boolean, children: FieldSet): void {
    if (isMember || !children.isEmpty) this.#nodes.set(element, { isMember, children });
  }

  get isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  /** Whether the path made of this one element is in the set. */
  isMember(element: PathElement): boolean {
    return this.#nodes.get(element)?.isMember === true;
  }

  /** What of the set is below an element. */
  below(element: PathElement): FieldSet {
    return this.#nodes.get(element)?.children ?? FieldSet.EMPTY;
  }

  has(path: readonly PathElement[]): boolean {
    let set: FieldSet = this;
    for (const [index, element] of path.entries()) {
      if (index === path.length - 1) return set.isMember(element);
      set = set.below(element);
    }
    return false;
  }

  /** The elements at this level, in no order. */
  *entries(): IterableIterator<{ element: PathElement; isMember: boolean; children: FieldSet }> {
    for (const [element, { isMember, children }] of this.#nodes)
      yield { element, isMember, children };
  }

  /** All paths: at each level the members first, then what is below, each in canonical order. */
  *paths(prefix: readonly PathElement[] = []): IterableIterator<readonly PathElement[]> {
    const elements = this.#sorted();
    for (const element of elements) if (this.isMember(element)) yield [...prefix, element];
    for (const element of elements) yield* this.below(element).paths([...prefix, element]);
  }

  union(other: FieldSet): FieldSet {
    if (this.isEmpty || this === other) return other;
    if (other.isEmpty) return this;
    const nodes = new Map(this.#nodes);
    for (const [element, node] of other.#nodes) {
      const own = nodes.get(element);
      nodes.set(
        element,
        own === undefined
          ? node
          : {
              isMember: own.isMember || node.isMember,
              children: own.children.union(node.children),
            },
      );
    }
    return new FieldSet(nodes);
  }

  intersection(other: FieldSet): FieldSet {
    if (this.isEmpty || other.isEmpty) return FieldSet.EMPTY;
    if (this === other) return this;
    const result = FieldSet.create();
    for (const [element, node] of this.#nodes) {
      const match = other.#nodes.get(element);
      if (match === undefined) continue;
      result.attach(
        element,
        node.isMember && match.isMember,
        node.children.intersection(match.children),
      );
    }
    return result;
  }

  /** Without the paths of the other set; what is below those stays. */
  difference(other: FieldSet): FieldSet {
    return this.#without(other, false);
  }

  /** Without the paths of the other set and all that is below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    return this.#without(other, true);
  }

  #without(other: FieldSet, isRecursive: boolean): FieldSet {
    if (this.isEmpty || other.isEmpty) return this;
    let nodes: Map<PathElement, FieldNode> | undefined;
    for (const [element, match] of other.#nodes) {
      const node = this.#nodes.get(element);
      if (node === undefined) continue;
      const children =
        isRecursive && match.isMember
          ? FieldSet.EMPTY
          : node.children.#without(match.children, isRecursive);
      const isMember = node.isMember && !match.isMember;
      if (isMember === node.isMember && children === node.children) continue;
      nodes ??= new Map(this.#nodes);
      if (isMember || !children.isEmpty) nodes.set(element, { isMember, children });
      else nodes.delete(element);
    }
    return nodes === undefined ? this : new FieldSet(nodes);
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.#nodes.size !== other.#nodes.size) return false;
    for (const [element, node] of this.#nodes) {
      const match = other.#nodes.get(element);
      if (
        match === undefined ||
        match.isMember !== node.isMember ||
        !node.children.equals(match.children)
      )
        return false;
    }
    return true;
  }

  /** `fieldsV1` in canonical order. */
  toJson(): JsonObject {
    const json: JsonObject = {};
    for (const element of this.#sorted()) {
      const { isMember, children } = this.#nodes.get(element) as FieldNode;
      // Elements start with their type, so that no key can be `__proto__`.
      if (isMember && !children.isEmpty) json[element] = { ".": {}, ...children.toJson() };
      else json[element] = children.toJson();
    }
    return json;
  }

  #sorted(): PathElement[] {
    const elements = [...this.#nodes.keys()];
    return elements.length < 2 ? elements : elements.sort(compareElements);
  }
}

function read(fields: unknown): { readonly isMember: boolean; readonly children: FieldSet } {
  if (!isJsonObject(fields)) return { isMember: true, children: FieldSet.EMPTY };
  const children = FieldSet.create();
  let isMember = false;
  for (const key of Object.keys(fields)) {
    if (key === ".") {
      isMember = true;
      continue;
    }
    const element = parseElement(key);
    if (element === undefined) continue;
    const inner = read(fields[key]);
    children.attach(element, inner.isMember, inner.children);
  }
  return children.isEmpty ? { isMember: true, children: FieldSet.EMPTY } : { isMember, children };
}
