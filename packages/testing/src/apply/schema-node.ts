import type { JsonValue } from "../schema/json.js";

/** What a scalar must be; `untyped` takes any. */
export type ScalarKind = "numeric" | "string" | "boolean" | "untyped";

/** How the fields of an object merge. */
export interface MapSchema {
  /** Owned and replaced as a whole. */
  readonly isAtomic: boolean;
  /** Nothing is known of its fields: they are judged by their values. */
  readonly isDeduced: boolean;
  /** A declared field. */
  field(key: string): SchemaNode | undefined;
  /** What keys that are not declared hold; undefined when there may be none. */
  readonly elements: SchemaNode | undefined;
  /**
   * Fields that the Go type of a built-in object always has, with the value it has when nobody set them: an empty
   * object for a struct, null for a required list or pointer.
   */
  readonly zeroFields: readonly (readonly [key: string, value: JsonValue])[];
}

/** How the items of a list merge. */
export interface ListSchema {
  readonly kind: "atomic" | "set" | "map";
  /** Names of the fields that tell items apart, sorted; empty unless `kind` is `map`. */
  readonly keys: readonly string[];
  /** As {@link keys}, in the order of the schema. */
  readonly declaredKeys: readonly string[];
  readonly items: SchemaNode;
}

/**
 * What merging must know of a value. A value of unknown type has all three shapes, of which the value itself chooses
 * one. Nodes are made when first asked for, so that recursive types work, and kept: reuse the root.
 */
export interface SchemaNode {
  readonly scalar: ScalarKind | undefined;
  readonly map: MapSchema | undefined;
  readonly list: ListSchema | undefined;
  /** `x-kubernetes-patch-strategy`, taken apart; for strategic merge patches. */
  readonly patchStrategies: readonly string[];
  /** `x-kubernetes-patch-merge-key`; for strategic merge patches. */
  readonly patchMergeKey: string | undefined;
  readonly default: JsonValue | undefined;
  /** The Go type of an object in a built-in one, as refusals name it. */
  readonly typeName?: string | undefined;
}

/** What is declared below a key, or what undeclared keys hold. */
export function fieldNode(map: MapSchema, key: string): SchemaNode | undefined {
  return map.field(key) ?? map.elements;
}

const NO_PATCH_META = {
  patchStrategies: [],
  patchMergeKey: undefined,
  default: undefined,
} as const;

/** A value that is only ever owned as a whole (`RawExtension`). */
export const UNTYPED_ATOMIC_NODE: SchemaNode = {
  ...NO_PATCH_META,
  scalar: "untyped",
  get list(): ListSchema {
    return { kind: "atomic", keys: [], declaredKeys: [], items: UNTYPED_ATOMIC_NODE };
  },
  get map(): MapSchema {
    return {
      isAtomic: true,
      isDeduced: false,
      field: () => undefined,
      elements: UNTYPED_ATOMIC_NODE,
      zeroFields: [],
    };
  },
};

/** A value without a schema: objects merge field by field, lists as a whole. */
export const DEDUCED_NODE: SchemaNode = {
  ...NO_PATCH_META,
  scalar: "untyped",
  get list(): ListSchema {
    return { kind: "atomic", keys: [], declaredKeys: [], items: UNTYPED_ATOMIC_NODE };
  },
  get map(): MapSchema {
    return {
      isAtomic: false,
      isDeduced: true,
      field: () => undefined,
      elements: DEDUCED_NODE,
      zeroFields: [],
    };
  },
};
