import type { JsonValue } from "./json.js";
import { compilePattern } from "./pattern.js";
import type { Pattern } from "./pattern.js";
import type { OpenApiSchema, RefResolver, ValidationRule } from "./open-api-schema.js";

/** What all nodes of one compiled schema share. */
interface Compilation {
  readonly resolve: RefResolver | undefined;
  readonly nodes: Map<OpenApiSchema, CompiledSchema>;
  readonly derived: Map<unknown, unknown>;
}

/**
 * A schema made ready for repeated use: `$ref`s are followed on first use, so that recursive types work, and what
 * a walk asks of a node is computed once. Made by {@link compileSchema}; its fields are for this folder.
 */
export class CompiledSchema {
  /** The schema with its `$ref` followed. */
  readonly source: OpenApiSchema;
  /** From a published document of built-in types, where an object without properties is free-form. */
  readonly isBuiltIn: boolean;
  /** The top of a custom resource: `apiVersion`, `kind` and `metadata` are implied. */
  readonly isRoot: boolean;
  readonly isNullable: boolean;
  readonly preservesUnknownFields: boolean;
  readonly isEmbeddedResource: boolean;
  /** Allowed JSON types; empty allows all. */
  readonly types: readonly string[];
  readonly required: readonly string[];
  readonly listType: string | undefined;
  readonly listMapKeys: readonly string[];
  readonly rules: readonly ValidationRule[];
  /** What a missing field gets; undefined when nothing. */
  readonly defaultValue: JsonValue | undefined;

  /** Whether the schema has `allOf`, `anyOf`, `oneOf` or `not`. */
  readonly isComposed: boolean;
  readonly hasTextLimits: boolean;
  readonly hasNumberLimits: boolean;
  readonly hasSizeLimits: boolean;
  readonly enum: readonly JsonValue[] | undefined;
  /** Answers about the schemas below this one, kept for repeated walks. */
  readonly answers = new Map<string, boolean>();

  readonly #compilation: Compilation;
  readonly #properties = new Map<string, CompiledSchema>();
  #pattern: { readonly compiled: Pattern | undefined } | undefined;
  #items: CompiledSchema | undefined;
  #additional: CompiledSchema | undefined;
  #defaulted: readonly (readonly [string, CompiledSchema])[] | undefined;
  readonly #composed = new Map<string, readonly CompiledSchema[]>();

  constructor(source: OpenApiSchema, isRoot: boolean, compilation: Compilation) {
    const target = followRefs(source, compilation.resolve);
    this.source = target;
    this.#compilation = compilation;
    this.isBuiltIn = compilation.resolve !== undefined;
    this.isRoot = isRoot;
    this.isNullable = target.nullable === true;
    const isFreeForm =
      this.isBuiltIn &&
      target.properties === undefined &&
      target.additionalProperties === undefined &&
      target.items === undefined;
    this.preservesUnknownFields =
      target["x-kubernetes-preserve-unknown-fields"] === true || isFreeForm;
    this.isEmbeddedResource = target["x-kubernetes-embedded-resource"] === true;
    this.types = typesOf(target);
    this.required = target.required ?? [];
    this.listType = target["x-kubernetes-list-type"];
    this.listMapKeys = target["x-kubernetes-list-map-keys"] ?? [];
    this.rules = target["x-kubernetes-validations"] ?? [];
    this.defaultValue = defaultOf(source, target, this.isBuiltIn);
    this.isComposed = hasAny(target, ["allOf", "anyOf", "oneOf", "not"]);
    this.hasTextLimits = hasAny(target, ["minLength", "maxLength", "pattern", "format"]);
    this.hasNumberLimits =
      target.format !== undefined ||
      this.types[0] === "integer" ||
      hasAny(target, ["minimum", "maximum", "multipleOf"]);
    this.hasSizeLimits = hasAny(target, ["minProperties", "maxProperties"]);
    this.enum = target.enum !== undefined && target.enum.length > 0 ? target.enum : undefined;
  }

  /** The schema of a declared property; undefined for any other key. */
  property(name: string): CompiledSchema | undefined {
    const known = this.#properties.get(name);
    if (known !== undefined) return known;
    const declared = this.source.properties;
    if (declared === undefined || !Object.hasOwn(declared, name)) return undefined;
    const node = this.#child(declared[name] as OpenApiSchema);
    this.#properties.set(name, node);
    return node;
  }

  /** The schema of keys that are not declared properties; undefined when there is none. */
  get additionalProperties(): CompiledSchema | undefined {
    if (this.#additional !== undefined) return this.#additional;
    const declared = this.source.additionalProperties;
    if (typeof declared !== "object" || declared === null) return undefined;
    this.#additional = this.#child(declared);
    return this.#additional;
  }

  get items(): CompiledSchema | undefined {
    if (this.#items !== undefined) return this.#items;
    const declared = this.source.items;
    if (typeof declared !== "object" || declared === null) return undefined;
    this.#items = this.#child(declared);
    return this.#items;
  }

  /** The declared properties that have a default. */
  get defaultedProperties(): readonly (readonly [string, CompiledSchema])[] {
    if (this.#defaulted === undefined) {
      const found: [string, CompiledSchema][] = [];
      for (const name of Object.keys(this.source.properties ?? {})) {
        const node = this.property(name);
        if (node?.defaultValue !== undefined) found.push([name, node]);
      }
      this.#defaulted = found;
    }
    return this.#defaulted;
  }

  /** The members of `allOf`, `anyOf` or `oneOf`. */
  composed(keyword: "allOf" | "anyOf" | "oneOf"): readonly CompiledSchema[] {
    const known = this.#composed.get(keyword);
    if (known !== undefined) return known;
    const nodes = (this.source[keyword] ?? []).map((member) => this.#child(member));
    this.#composed.set(keyword, nodes);
    return nodes;
  }

  get not(): CompiledSchema | undefined {
    return this.source.not === undefined ? undefined : this.#child(this.source.not);
  }

  /** The compiled `pattern`; undefined without one, and for one that does not compile. */
  get pattern(): Pattern | undefined {
    const { pattern } = this.source;
    if (pattern === undefined || pattern === "") return undefined;
    this.#pattern ??= this.derive(`pattern:${pattern}`, () => compileOrNothing(pattern));
    return this.#pattern.compiled;
  }

  /** What `compute` makes of this schema's nodes, kept with the compilation under `key`. */
  derive<T>(key: unknown, compute: () => T): T {
    const { derived } = this.#compilation;
    if (!derived.has(key)) derived.set(key, compute());
    return derived.get(key) as T;
  }

  #child(schema: OpenApiSchema): CompiledSchema {
    const known = this.#compilation.nodes.get(schema);
    if (known !== undefined) return known;
    const node = new CompiledSchema(schema, false, this.#compilation);
    this.#compilation.nodes.set(schema, node);
    return node;
  }
}

/**
 * Makes a schema ready for {@link pruneObject}, {@link applyDefaults} and {@link validateObject}. Cheap: nodes are made
 * when an object first needs them. Keep the result as long as the schema does not change.
 *
 * @param options.resolve finds `$ref`s. Given, the schema counts as one of a built-in type: objects without properties
 *   are free-form, and defaults that only stand for Go's zero values are not applied.
 * @param options.root whether the schema describes a whole resource, whose `apiVersion`, `kind` and `metadata` are
 *   implied. Default true.
 */
export function compileSchema(
  schema: OpenApiSchema,
  options: {
    readonly resolve?: RefResolver | undefined;
    readonly root?: boolean | undefined;
  } = {},
): CompiledSchema {
  return new CompiledSchema(schema, options.root ?? true, {
    resolve: options.resolve,
    nodes: new Map(),
    derived: new Map(),
  });
}

/** A pattern that does not compile never gets into a stored definition; met here, it is left out. */
function compileOrNothing(source: string): { readonly compiled: Pattern | undefined } {
  try {
    return { compiled: compilePattern(source) };
  } catch {
    return { compiled: undefined };
  }
}

function hasAny(schema: OpenApiSchema, keywords: readonly (keyof OpenApiSchema)[]): boolean {
  return keywords.some((keyword) => schema[keyword] !== undefined);
}

/** References that lead nowhere, or in circles without an own keyword, describe nothing: they allow everything. */
function followRefs(schema: OpenApiSchema, resolve: RefResolver | undefined): OpenApiSchema {
  if (resolve === undefined) return schema;
  let current = schema;
  for (let hops = 0; hops < 32; hops++) {
    const ref = current.$ref ?? wrappedRef(current);
    if (ref === undefined) return current;
    const target = resolve(ref);
    if (target === undefined) return {};
    current = target;
  }
  return {};
}

/** Published documents wrap a reference in `allOf` where it has a default or a description of its own. */
function wrappedRef(schema: OpenApiSchema): string | undefined {
  if (schema.allOf?.length !== 1 || schema.type !== undefined || schema.properties !== undefined) {
    return undefined;
  }
  return schema.allOf[0]?.$ref;
}

function typesOf(schema: OpenApiSchema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string") {
    return ["integer", "string"];
  }
  return schema.type === undefined || schema.type === "" ? [] : [schema.type];
}

function defaultOf(
  declared: OpenApiSchema,
  target: OpenApiSchema,
  isBuiltIn: boolean,
): JsonValue | undefined {
  const value = declared.default ?? target.default ?? undefined;
  if (value === undefined || !isBuiltIn) return value;
  const isZero =
    value === "" ||
    value === 0 ||
    value === false ||
    (typeof value === "object" && Object.keys(value).length === 0);
  return isZero ? undefined : value;
}
