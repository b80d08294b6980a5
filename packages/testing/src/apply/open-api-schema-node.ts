import type { JsonValue } from "../schema/json.js";
import { OBJECT_META_SCHEMA } from "../schema/object-meta-schema.js";
import type { OpenApiSchema, RefResolver } from "../schema/open-api-schema.js";
import {
  DEDUCED_NODE,
  type ListSchema,
  type MapSchema,
  type ScalarKind,
  type SchemaNode,
  UNTYPED_ATOMIC_NODE,
} from "./schema-node.js";

const QUANTITY_NODE: SchemaNode = {
  patchStrategies: [],
  patchMergeKey: undefined,
  default: undefined,
  scalar: "untyped",
  list: undefined,
  map: undefined,
};

/**
 * The node of a built-in type.
 *
 * @param schema as the OpenAPI v3 document of an API server has it; undefined when there is none
 * @param resolveRef finds what a `$ref` points at
 */
export function schemaNode(schema: OpenApiSchema | undefined, resolveRef: RefResolver): SchemaNode {
  if (schema === undefined) return DEDUCED_NODE;
  return nodeOf(schema, { resolveRef, nodes: new Map() }, false);
}

/**
 * The node of a custom resource. `apiVersion`, `kind` and `metadata` are implied.
 *
 * @param schema `openAPIV3Schema` of the version; undefined when it has none
 */
export function customResourceSchemaNode(schema: OpenApiSchema | undefined): SchemaNode {
  const root = withObjectFields(
    schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  );
  return nodeOf(root, { resolveRef: undefined, nodes: new Map() }, false);
}

/** How `ObjectMeta` merges; the schema used for validation does not say. */
const MERGING_OBJECT_META: OpenApiSchema = {
  ...OBJECT_META_SCHEMA,
  properties: {
    ...OBJECT_META_SCHEMA.properties,
    finalizers: {
      ...OBJECT_META_SCHEMA.properties?.["finalizers"],
      "x-kubernetes-list-type": "set",
    },
    ownerReferences: {
      ...OBJECT_META_SCHEMA.properties?.["ownerReferences"],
      items: {
        ...OBJECT_META_SCHEMA.properties?.["ownerReferences"]?.items,
        "x-kubernetes-map-type": "atomic",
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
    },
  },
};

function withObjectFields(schema: OpenApiSchema): OpenApiSchema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: MERGING_OBJECT_META,
    },
  };
}

interface Compilation {
  /** Given for built-in types alone. */
  readonly resolveRef: RefResolver | undefined;
  /** By declared schema; the flag (unknown fields are kept) tells two uses of one schema apart. */
  readonly nodes: Map<OpenApiSchema, { plain?: SchemaNode; preserving?: SchemaNode }>;
}

function nodeOf(declared: OpenApiSchema, compilation: Compilation, preserves: boolean): SchemaNode {
  let known = compilation.nodes.get(declared);
  if (known === undefined) {
    known = {};
    compilation.nodes.set(declared, known);
  }
  // The metadata are a Go type, whatever is kept around them.
  const key = preserves && declared !== MERGING_OBJECT_META ? "preserving" : "plain";
  return (known[key] ??= buildNode(declared, compilation, key === "preserving"));
}

function buildNode(
  declared: OpenApiSchema,
  compilation: Compilation,
  inherited: boolean,
): SchemaNode {
  const ref = refOf(declared);
  const patch = patchMetaOf(declared);
  if (ref !== undefined && compilation.resolveRef !== undefined) {
    if (ref.endsWith(".api.resource.Quantity")) return { ...QUANTITY_NODE, ...patch };
    if (ref.endsWith(".pkg.runtime.RawExtension")) return shaped(UNTYPED_ATOMIC_NODE, patch);
    const target = compilation.resolveRef(ref);
    const node = target === undefined ? DEDUCED_NODE : nodeOf(target, compilation, false);
    const typeName = ref.split(".").at(-1);
    return shaped(node, { ...patch, typeName }, declared["x-kubernetes-map-type"]);
  }
  const schema =
    declared["x-kubernetes-embedded-resource"] === true ? withObjectFields(declared) : declared;
  const preserves = inherited || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const type = schema.type ?? "";
  let map: MapSchema | undefined;
  let list: ListSchema | undefined;
  return {
    ...patch,
    scalar: scalarOf(schema),
    get map() {
      if (type !== "" && type !== "object") return undefined;
      return (map ??= new ObjectSchema(schema, compilation, preserves));
    },
    get list() {
      if (type !== "" && type !== "array") return undefined;
      return (list ??= listOf(schema, compilation, preserves));
    },
  };
}

type PatchMeta = Pick<SchemaNode, "patchStrategies" | "patchMergeKey" | "default" | "typeName">;

/** A node with other patch rules; read late, as a type may contain itself. */
function shaped(node: SchemaNode, patch: PatchMeta, mapType?: string): SchemaNode {
  let map: MapSchema | undefined;
  return {
    ...patch,
    get scalar() {
      return node.scalar;
    },
    get list() {
      return node.list;
    },
    get map() {
      const inner = node.map;
      if (inner === undefined || mapType === undefined) return inner;
      return (map ??= {
        isAtomic: mapType === "atomic",
        isDeduced: inner.isDeduced,
        field: (key) => inner.field(key),
        get elements() {
          return inner.elements;
        },
        get zeroFields() {
          return inner.zeroFields;
        },
      });
    },
  };
}

function patchMetaOf(schema: OpenApiSchema): PatchMeta {
  return {
    patchStrategies: schema["x-kubernetes-patch-strategy"]?.split(",") ?? [],
    patchMergeKey: schema["x-kubernetes-patch-merge-key"],
    default: schema.default,
  };
}

function refOf(schema: OpenApiSchema): string | undefined {
  return schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
}

function scalarOf(schema: OpenApiSchema): ScalarKind | undefined {
  switch (schema.type ?? "") {
    case "integer":
    case "number":
      return "numeric";
    case "boolean":
      return "boolean";
    case "string":
      return schema.format === undefined || schema.format === "" || schema.format === "byte"
        ? "string"
        : "untyped";
    case "object":
    case "array":
      return undefined;
    default:
      return "untyped";
  }
}

function listOf(schema: OpenApiSchema, compilation: Compilation, preserves: boolean): ListSchema {
  const declaredKeys = listKeysOf(schema);
  return {
    kind: declaredKeys === undefined ? "atomic" : declaredKeys.length === 0 ? "set" : "map",
    keys: [...(declaredKeys ?? [])].sort(),
    declaredKeys: declaredKeys ?? [],
    items:
      schema.items === undefined
        ? UNTYPED_ATOMIC_NODE
        : nodeOf(schema.items, compilation, preserves),
  };
}

/** Undefined for an atomic list, none for a set. */
function listKeysOf(schema: OpenApiSchema): readonly string[] | undefined {
  switch (schema["x-kubernetes-list-type"]) {
    case "map":
      return schema["x-kubernetes-list-map-keys"] ?? [];
    case "set":
      return [];
    case undefined:
      break;
    default:
      return undefined;
  }
  const strategy = schema["x-kubernetes-patch-strategy"] ?? "";
  if (!strategy.split(",").includes("merge")) return undefined;
  const mergeKey = schema["x-kubernetes-patch-merge-key"];
  return mergeKey === undefined ? [] : [mergeKey];
}

/** Required lists that their Go types leave out when they are empty. */
const OMITTED_IF_EMPTY = new Set(["validationActions"]);

class ObjectSchema implements MapSchema {
  readonly isAtomic: boolean;
  readonly isDeduced: boolean;
  readonly #schema: OpenApiSchema;
  readonly #compilation: Compilation;
  readonly #preserves: boolean;
  readonly #fields = new Map<string, SchemaNode | undefined>();
  #zeroFields: readonly (readonly [string, JsonValue])[] | undefined;

  constructor(schema: OpenApiSchema, compilation: Compilation, preserves: boolean) {
    this.isAtomic = schema["x-kubernetes-map-type"] === "atomic";
    this.isDeduced =
      schema.properties === undefined && typeof schema.additionalProperties !== "object";
    this.#schema = schema;
    this.#compilation = compilation;
    this.#preserves = preserves;
  }

  field(key: string): SchemaNode | undefined {
    if (this.#fields.has(key)) return this.#fields.get(key);
    const { properties } = this.#schema;
    // Keys that are not declared come from outside without number: they are not remembered.
    if (properties === undefined || !Object.hasOwn(properties, key)) return undefined;
    const declared = properties[key];
    const node =
      declared === undefined ? undefined : nodeOf(declared, this.#compilation, this.#preserves);
    this.#fields.set(key, node);
    return node;
  }

  get elements(): SchemaNode | undefined {
    const { additionalProperties, properties } = this.#schema;
    if (typeof additionalProperties === "object") {
      return nodeOf(additionalProperties, this.#compilation, this.#preserves);
    }
    if (additionalProperties === true) return DEDUCED_NODE;
    if (additionalProperties === false) return undefined;
    const isOpen =
      this.#preserves || properties === undefined || Object.keys(properties).length === 0;
    return isOpen ? DEDUCED_NODE : undefined;
  }

  get zeroFields(): readonly (readonly [string, JsonValue])[] {
    return (this.#zeroFields ??= this.#findZeroFields());
  }

  #findZeroFields(): readonly (readonly [string, JsonValue])[] {
    const { properties, required } = this.#schema;
    if (this.#compilation.resolveRef === undefined || properties === undefined) return [];
    const found: [string, JsonValue][] = [];
    for (const [key, declared] of Object.entries(properties)) {
      const node = this.field(key);
      if (node === undefined || (node.map === undefined && node.list === undefined)) continue;
      if (typeof declared.default === "object") found.push([key, {}]);
      else if (
        required?.includes(key) === true &&
        node.scalar === undefined &&
        !OMITTED_IF_EMPTY.has(key)
      )
        found.push([key, null]);
    }
    return found;
  }
}
