import type { CompiledSchema } from "../compiled-schema.js";

/** The type of an expression, as far as it is known before the expression runs. */
export type CelStaticType =
  | {
      readonly kind: "dyn";
      /** What comes of a mistake: it may be anything as well. */
      readonly isWrong?: true;
    }
  | { readonly kind: "simple"; readonly name: string }
  | { readonly kind: "list"; readonly items: CelStaticType }
  | { readonly kind: "map"; readonly keys: CelStaticType; readonly values: CelStaticType }
  | { readonly kind: "optional"; readonly value: CelStaticType }
  | { readonly kind: "object"; readonly schema: CompiledSchema }
  | {
      readonly kind: "fields";
      readonly name: string;
      readonly fields: ReadonlyMap<string, CelStaticType>;
    }
  | { readonly kind: "parameter"; readonly name: string };

export const DYN: CelStaticType = { kind: "dyn" };
export const WRONG: CelStaticType = { kind: "dyn", isWrong: true };

export function simple(name: string): CelStaticType {
  return { kind: "simple", name };
}

export const BOOL = simple("bool");
export const INT = simple("int");

/** The type of what a schema describes. */
export function typeOfSchema(schema: CompiledSchema): CelStaticType {
  const { source, types } = schema;
  if (types.length !== 1) return DYN;
  switch (types[0]) {
    case "integer":
      return INT;
    case "number":
      return simple("double");
    case "boolean":
      return BOOL;
    case "string":
      return textType(source.format);
    case "array": {
      const { items } = schema;
      return { kind: "list", items: items === undefined ? DYN : typeOfSchema(items) };
    }
    default: {
      const values = schema.additionalProperties;
      if (values !== undefined && !schema.isRoot && !schema.isEmbeddedResource) {
        return { kind: "map", keys: simple("string"), values: typeOfSchema(values) };
      }
      return { kind: "object", schema };
    }
  }
}

function textType(format: string | undefined): CelStaticType {
  if (format === "date" || format === "date-time") return simple("timestamp");
  if (format === "duration") return simple("duration");
  return simple(format === "byte" ? "bytes" : "string");
}

/** A type as errors name it. */
export function formatType(type: CelStaticType): string {
  switch (type.kind) {
    case "dyn":
      return type.isWrong === true ? "!error!" : "dyn";
    case "simple":
    case "parameter":
    case "fields":
      return type.name;
    case "list":
      return `list(${formatType(type.items)})`;
    case "map":
      return `map(${formatType(type.keys)}, ${formatType(type.values)})`;
    case "optional":
      return `optional_type(${formatType(type.value)})`;
    case "object":
      return "object";
  }
}

/** Whether a value of one type may stand where another is wanted; binds the parameters of the wanted type. */
export function isAssignable(
  wanted: CelStaticType,
  actual: CelStaticType,
  bindings: Map<string, CelStaticType>,
): boolean {
  if (wanted.kind === "dyn" || actual.kind === "dyn") return true;
  if (wanted.kind === "parameter") {
    const bound = bindings.get(wanted.name);
    if (bound === undefined || bound.kind === "dyn") {
      bindings.set(wanted.name, actual);
      return true;
    }
    return isAssignable(bound, actual, bindings);
  }
  if (wanted.kind !== actual.kind) return false;
  switch (wanted.kind) {
    case "simple":
      return wanted.name === (actual as typeof wanted).name;
    case "list":
      return isAssignable(wanted.items, (actual as typeof wanted).items, bindings);
    case "optional":
      return isAssignable(wanted.value, (actual as typeof wanted).value, bindings);
    case "map": {
      const map = actual as typeof wanted;
      return (
        isAssignable(wanted.keys, map.keys, bindings) &&
        isAssignable(wanted.values, map.values, bindings)
      );
    }
    case "object":
      return wanted.schema.source === (actual as typeof wanted).schema.source;
    case "fields":
      return wanted.fields === (actual as typeof wanted).fields;
  }
}

/** A type with its parameters replaced by what they are bound to. */
export function substitute(
  type: CelStaticType,
  bindings: ReadonlyMap<string, CelStaticType>,
): CelStaticType {
  switch (type.kind) {
    case "parameter":
      return bindings.get(type.name) ?? DYN;
    case "list":
      return { kind: "list", items: substitute(type.items, bindings) };
    case "optional":
      return { kind: "optional", value: substitute(type.value, bindings) };
    case "map":
      return {
        kind: "map",
        keys: substitute(type.keys, bindings),
        values: substitute(type.values, bindings),
      };
    default:
      return type;
  }
}
