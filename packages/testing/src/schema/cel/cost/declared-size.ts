import type { CompiledSchema } from "../../compiled-schema.js";
import { fieldSchema } from "../from-json.js";
import type { SizeRange } from "./size-range.js";

/** No object is larger than the largest request. */
const REQUEST_BYTES = 3 * 1024 * 1024;

/** Bytes of the JSON of texts that have a fixed form: the least and the most. */
const FORMATTED: Readonly<Record<string, SizeRange>> = {
  duration: { min: 3, max: 32 },
  date: { min: 12, max: 12 },
  "date-time": { min: 21, max: 32 },
};
const SIZE_OF_BRACKETS = 2;
const BYTES_PER_CHARACTER = 4;

/** The most characters, items or entries that a value of a schema has. */
export function maxElements(schema: CompiledSchema): number {
  const { source } = schema;
  if (source["x-kubernetes-int-or-string"] === true) return maxCharacters(schema);
  switch (schema.types[0]) {
    case "array": {
      if (source.maxItems !== undefined) return Math.max(0, source.maxItems);
      const each = schema.items === undefined ? 0 : minBytes(schema.items);
      return Math.floor((REQUEST_BYTES - SIZE_OF_BRACKETS) / (each + 1));
    }
    case "object": {
      const values = mapValues(schema);
      if (values === undefined) return 0;
      if (source.maxProperties !== undefined) return Math.max(0, source.maxProperties);
      return Math.floor((REQUEST_BYTES - SIZE_OF_BRACKETS) / (minBytes(values) + 6));
    }
    case "string":
      return maxCharacters(schema);
    default:
      return 0;
  }
}

function maxCharacters(schema: CompiledSchema): number {
  const { maxLength, format, enum: allowed } = schema.source;
  const limit = maxLength === undefined ? undefined : Math.max(0, maxLength);
  if (schema.source["x-kubernetes-int-or-string"] === true) {
    return limit === undefined ? REQUEST_BYTES - 2 : limit * BYTES_PER_CHARACTER;
  }
  const formatted = format === undefined ? undefined : FORMATTED[format];
  if (formatted !== undefined) return formatted.max;
  if (limit !== undefined) return format === "byte" ? limit : limit * BYTES_PER_CHARACTER;
  if (format === "byte" || allowed === undefined || allowed.length === 0) return REQUEST_BYTES - 2;
  return Math.max(
    0,
    ...allowed.map((value) => (typeof value === "string" ? Buffer.byteLength(value) : 0)),
  );
}

/** The least bytes that the JSON of a value of a schema takes. */
function minBytes(schema: CompiledSchema): number {
  const { source, types } = schema;
  if (source["x-kubernetes-int-or-string"] === true) return 1;
  switch (types[0]) {
    case "boolean":
      return 4;
    case "integer":
    case "number":
      return 1;
    case "string":
      return FORMATTED[source.format ?? ""]?.min ?? 2;
    case "object":
      return mapValues(schema) === undefined ? minObjectBytes(schema) : 2;
    default:
      return 2;
  }
}

function minObjectBytes(schema: CompiledSchema): number {
  let bytes = SIZE_OF_BRACKETS;
  for (const name of new Set(schema.required)) {
    const property = schema.property(name);
    if (property === undefined || property.source.default !== undefined) continue;
    if (property.types.length === 0) continue;
    bytes += Buffer.byteLength(name) + minBytes(property) + 4;
  }
  return bytes;
}

/** The schema of the values of a map; undefined for an object with fields. */
function mapValues(schema: CompiledSchema): CompiledSchema | undefined {
  return schema.isRoot || schema.isEmbeddedResource ? undefined : schema.additionalProperties;
}

/** How often a value of a schema fits into the largest request. */
export function mostRepetitions(schema: CompiledSchema): number {
  return Math.floor(REQUEST_BYTES / (minBytes(schema) + 1));
}

/** How large the value at a path below a schema may be; undefined for what the schema does not know. */
export function sizeAt(root: CompiledSchema, names: readonly string[]): SizeRange | undefined {
  if (names.length === 0) return undefined;
  let current: CompiledSchema | "key" | undefined = root;
  for (const name of names.slice(1)) {
    current = current === "key" || current === undefined ? undefined : below(current, name);
    if (current === undefined) return undefined;
  }
  // Nothing limits the keys of a map, which counts as nothing to read.
  return { min: 0, max: current === "key" ? 0 : maxElements(current) };
}

function below(schema: CompiledSchema, name: string): CompiledSchema | "key" | undefined {
  const values = mapValues(schema);
  switch (name) {
    case "@items":
    case "@values":
      return schema.types[0] === "array" ? schema.items : values;
    case "@keys":
      return values === undefined ? undefined : "key";
    default:
      return values === undefined ? fieldSchema(schema, name)?.schema : undefined;
  }
}
