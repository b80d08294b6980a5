import type { CompiledSchema } from "../compiled-schema.js";
import { ownValue } from "../json.js";
import type { JsonValue } from "../json.js";
import { parseDuration, parseTimestamp } from "./cel-time.js";
import { impliedField } from "./implied-fields.js";
import { CelMap, CelObject, CelUnorderedList } from "./cel-value.js";
import type { CelValue } from "./cel-value.js";

/** What a value of a resource is in CEL, by its schema. */
export function fromJson(value: JsonValue, schema: CompiledSchema): CelValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return textFromJson(value, schema);
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value) && schema.types[0] !== "number";
    return isWhole ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    const list = value.map((item) => (items === undefined ? null : fromJson(item, items)));
    const isUnordered = schema.listType === "set" || schema.listType === "map";
    return isUnordered ? unordered(list) : list;
  }
  if (hasFields(schema)) return new CelObject(value, schema);
  const map = new CelMap();
  const values = schema.additionalProperties;
  for (const key of Object.keys(value)) {
    if (values !== undefined) map.set(key, fromJson(value[key] as JsonValue, values));
  }
  return map;
}

function unordered(items: readonly CelValue[]): CelUnorderedList {
  const list = new CelUnorderedList();
  for (const item of items) list.push(item);
  return list;
}

function hasFields(schema: CompiledSchema): boolean {
  return schema.additionalProperties === undefined || schema.isRoot || schema.isEmbeddedResource;
}

function textFromJson(value: string, schema: CompiledSchema): CelValue {
  switch (schema.source.format) {
    case "date-time":
    case "date":
      return parseTimestamp(value) ?? value;
    case "duration":
      return parseDuration(value) ?? value;
    case "byte":
      return new Uint8Array(Buffer.from(value, "base64"));
    default:
      return value;
  }
}

/** The schema of a field as an expression names it; undefined when there is no such field. */
export function fieldSchema(
  schema: CompiledSchema,
  name: string,
): { readonly key: string; readonly schema: CompiledSchema } | undefined {
  const key = unescapeName(name);
  if (schema.isRoot || schema.isEmbeddedResource) {
    const implied = impliedField(schema, key);
    if (implied !== undefined) return { key, schema: implied };
  }
  const property = schema.property(key);
  if (property === undefined || !isReachable(property)) return undefined;
  // What CEL reserves may stand as it is, where its grammar lets it; what is no name at all is escaped.
  return escapeName(key) === name || RESERVED.has(name) ? { key, schema: property } : undefined;
}

/** Fields without a type are hidden from expressions. */
function isReachable(schema: CompiledSchema): boolean {
  return schema.types.length > 0;
}

/** The value of a field; undefined when it is absent or null. */
export function fieldValue(object: CelObject, name: string): CelValue | undefined {
  const known = object.fields.get(name);
  if (known !== undefined || object.fields.has(name)) return known;
  const value = readField(object, name);
  object.fields.set(name, value);
  return value;
}

function readField(object: CelObject, name: string): CelValue | undefined {
  const field = fieldSchema(object.schema, name);
  if (field === undefined) return undefined;
  const value = ownValue(object.json, field.key);
  return value === undefined || value === null ? undefined : fromJson(value, field.schema);
}

const RESERVED = new Set([
  "true",
  "false",
  "null",
  "in",
  "as",
  "break",
  "const",
  "continue",
  "else",
  "for",
  "function",
  "if",
  "import",
  "let",
  "loop",
  "package",
  "namespace",
  "return",
  "var",
  "void",
  "while",
]);

const ESCAPED: readonly (readonly [string, string])[] = [
  ["__", "__underscores__"],
  [".", "__dot__"],
  ["-", "__dash__"],
  ["/", "__slash__"],
];

/** The name under which expressions reach a field. */
export function escapeName(key: string): string {
  if (RESERVED.has(key)) return `__${key}__`;
  return key.replaceAll(/__|[./-]/g, (text) => {
    const escaped = ESCAPED.find(([plain]) => plain === text);
    return escaped === undefined ? text : escaped[1];
  });
}

function unescapeName(name: string): string {
  if (!name.includes("__")) return name;
  const reserved = /^__(\w+)__$/.exec(name)?.[1];
  if (reserved !== undefined && RESERVED.has(reserved)) return reserved;
  return name.replaceAll(/__(?:underscores|dot|dash|slash)__/g, (text) => {
    const escaped = ESCAPED.find(([, name_]) => name_ === text);
    return escaped === undefined ? text : escaped[0];
  });
}
