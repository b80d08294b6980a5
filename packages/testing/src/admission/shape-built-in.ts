import { formatMicroTime, formatTime, parseTime } from "@kvop/core";

import { addField } from "../protobuf/decode-message.js";
import { formatGoDuration, goDurationProblem, parseGoDuration } from "../protobuf/go-duration.js";
import {
  builtInLayout,
  type LeafForm,
  type MessageField,
  type MessageLayout,
  type ScalarType,
} from "../protobuf/protobuf-layout.js";
import { goTimeQuote } from "../schema/go-format.js";
import {
  copyJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownValue,
  setOwnValue,
} from "../schema/json.js";
import { canonicalQuantity } from "../schema/quantity.js";
import { textAt } from "./json-access.js";
import { BuiltInTypeError } from "./built-in-type-error.js";

export interface ShapedObject {
  readonly object: JsonObject;
  /** Fields that the type does not have, as strict validation names them: `spec.containers[0].imag`. They are left out. */
  readonly unknownFields: readonly string[];
}

interface ShapeContext {
  readonly version: string;
  /** A list is never stored: its empty `items` stay. */
  readonly isList: boolean;
  readonly unknownFields: string[];
}

const GO_SCALARS: Readonly<Record<ScalarType, string>> = {
  s: "string",
  b: "bool",
  i: "int32",
  l: "int64",
  d: "float64",
  y: "[]uint8",
};

/** A time as it is written, of the days that every month has. */
const CANONICAL_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

/**
 * An object of a built-in kind as the real server would print it after reading it into its Go type: fields in order, empty ones
 * left out or written as `{}` or `null`, quantities and times in their one form. Other kinds come back as copies.
 *
 * @throws BuiltInTypeError when a value has the wrong type.
 */
export function shapeBuiltIn(object: JsonObject): ShapedObject {
  const apiVersion = textAt(object, "apiVersion");
  const kind = textAt(object, "kind");
  const layout = builtInLayout().findKind(apiVersion, kind);
  if (layout === undefined) return { object: copyJson(object), unknownFields: [] };
  const version = apiVersion.split("/").at(-1) ?? "";
  const context: ShapeContext = { version, isList: kind.endsWith("List"), unknownFields: [] };
  try {
    const shaped = shapeMessage(layout, object, "", layout.name, context) as JsonObject;
    const unknownFields =
      context.unknownFields.length > 1
        ? inOrder(object, new Set(context.unknownFields))
        : context.unknownFields;
    return { object: shaped, unknownFields };
  } catch (error) {
    if (!BuiltInTypeError.isInstance(error)) throw error;
    const { problem } = error;
    throw new BuiltInTypeError({
      problem,
      message: `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`,
    });
  }
}

/**
 * The same as {@link shapeBuiltIn} for an object that came from there, and of which nothing has changed since but which fields
 * it and its metadata have.
 */
export function orderFields(object: JsonObject): JsonObject {
  const kind = textAt(object, "kind");
  const apiVersion = textAt(object, "apiVersion");
  const layout = builtInLayout().findKind(apiVersion, kind);
  if (layout === undefined || layout.leaf !== undefined || layout.choice !== undefined)
    return shapeBuiltIn(object).object;
  if (layout.fields.some(({ isInline }) => isInline)) return shapeBuiltIn(object).object;
  const ordered: JsonObject = { kind, apiVersion };
  for (const field of layout.fields) {
    const value = ownValue(object, field.jsonName);
    const isMetadata = field.jsonName === "metadata" && typeof field.type === "object";
    addField(
      ordered,
      field,
      isMetadata && isJsonObject(value) ? inOrderOf(field.type, value) : (value ?? undefined),
    );
  }
  return ordered;
}

function inOrderOf(layout: MessageLayout, object: JsonObject): JsonObject {
  const ordered: JsonObject = {};
  for (const field of layout.fields)
    addField(ordered, field, ownValue(object, field.jsonName) ?? undefined);
  return ordered;
}

/** Unknown fields in the order in which a reader of the text comes by them. */
function inOrder(json: JsonObject, unknown: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const walk = (value: JsonValue, path: string): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`);
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        const inner = path === "" ? key : `${path}.${key}`;
        if (unknown.has(inner)) found.push(inner);
        // The keys of a map are no fields.
        else walk(item, unknown.has(`${path}[${key}]`) ? `${path}[${key}]` : inner);
      }
    }
  };
  walk(json, "");
  for (const path of unknown) if (!found.includes(path)) found.push(path);
  return found;
}

/** @param owner `Struct.path.to.field`, as Go's messages have it. */
function shapeMessage(
  layout: MessageLayout,
  json: JsonValue,
  path: string,
  owner: string,
  context: ShapeContext,
): JsonValue {
  if (layout.leaf !== undefined) return shapeLeaf(layout.leaf, json, owner);
  if (layout.choice !== undefined) return shapeChoice(layout, json, path, owner, context);
  if (!isJsonObject(json)) throw mismatch(json, owner, `${context.version}.${layout.name}`);
  const shaped: JsonObject = {};
  if (layout.isKind) addType(shaped, json);
  shapeFields(layout, json, path, shaped, context);
  for (const key of Object.keys(json)) {
    if (!layout.jsonNames.has(key))
      context.unknownFields.push(path === "" ? key : `${path}.${key}`);
  }
  return shaped;
}

/** Kind and version of an object, where they are given. */
function addType(shaped: JsonObject, json: JsonObject): void {
  for (const key of ["kind", "apiVersion"]) {
    const value = textAt(json, key);
    if (value !== "") shaped[key] = value;
  }
}

function shapeFields(
  layout: MessageLayout,
  json: JsonObject,
  path: string,
  shaped: JsonObject,
  context: ShapeContext,
): void {
  for (const field of layout.fields) {
    if (field.isInline && typeof field.type === "object")
      shapeFields(field.type, json, path, shaped, context);
    else addField(shaped, field, shapedField(field, json, path, layout.name, context));
  }
}

function shapedField(
  field: MessageField,
  json: JsonObject,
  path: string,
  struct: string,
  context: ShapeContext,
): JsonValue | undefined {
  const value = ownValue(json, field.jsonName);
  if (value === undefined || value === null) return undefined;
  const fieldPath = path === "" ? field.jsonName : `${path}.${field.jsonName}`;
  const shaped = shapeField(field, value, fieldPath, struct, context);
  return isForgotten(field, shaped) && !context.isList ? undefined : shaped;
}

/** Storage tells an empty list or map from none as little as protobuf does. */
function isForgotten(field: MessageField, value: JsonValue): boolean {
  return (field.isRepeated || field.isMap) && valuesIn(value) === 0;
}

function valuesIn(value: JsonValue): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

function shapeField(
  field: MessageField,
  value: JsonValue,
  path: string,
  struct: string,
  context: ShapeContext,
): JsonValue {
  // Go names the innermost structure, then the whole path without indices.
  const plainPath = path.includes("[") ? path.replaceAll(/\[[^\]]*\]/g, "") : path;
  const owner = `${struct}.${plainPath}`;
  if (field.isMap) {
    if (!isJsonObject(value))
      throw mismatch(value, owner, `map[string]${goType(field.type, context)}`);
    const map: JsonObject = {};
    // Go writes the keys of a map in order.
    for (const [key, item] of Object.entries(value).toSorted(([left], [right]) =>
      left < right ? -1 : 1,
    )) {
      setOwnValue(map, key, shapeValue(field.type, item, `${path}[${key}]`, owner, context));
    }
    return map;
  }
  if (!field.isRepeated) return shapeValue(field.type, value, path, owner, context);
  if (!Array.isArray(value)) throw mismatch(value, owner, `[]${goType(field.type, context)}`);
  return value.map((item, index) =>
    shapeValue(field.type, item, `${path}[${index}]`, owner, context),
  );
}

function shapeValue(
  type: ScalarType | MessageLayout,
  value: JsonValue,
  path: string,
  owner: string,
  context: ShapeContext,
): JsonValue {
  if (typeof type === "object") {
    if (value === null && type.leaf === "JSON") return null;
    return shapeMessage(type, value ?? {}, path, owner, context);
  }
  return shapeScalar(type, value, owner);
}

function shapeScalar(type: ScalarType, value: JsonValue, owner: string): JsonValue {
  switch (type) {
    case "s":
      if (value === null) return "";
      if (typeof value !== "string") throw mismatch(value, owner, "string");
      return value;
    case "b":
      if (value === null) return false;
      if (typeof value !== "boolean") throw mismatch(value, owner, "bool");
      return value;
    case "y":
      if (value === null) return "";
      // Go takes a list of numbers for bytes, too.
      if (Array.isArray(value) && value.every(isByte))
        return Buffer.from(value as number[]).toString("base64");
      if (typeof value !== "string") throw mismatch(value, owner, "[]uint8");
      return canonicalBase64(value);
    case "d":
      if (value === null) return 0;
      if (typeof value !== "number") throw mismatch(value, owner, "float64");
      return value;
    default:
      if (value === null) return 0;
      if (typeof value !== "number") throw mismatch(value, owner, GO_SCALARS[type]);
      if (!Number.isInteger(value) || (type === "i" && value !== (value | 0))) {
        throw new BuiltInTypeError({
          problem: `json: cannot unmarshal number ${value} into Go struct field ${owner} of type ${GO_SCALARS[type]}`,
        });
      }
      return value;
  }
}

/** A value that has a reader of its own. @throws BuiltInTypeError @param owner as in `Struct.path.to.field`. */
export function shapeLeafValue(
  form: LeafForm | "bytes",
  json: JsonValue,
  owner: string,
): JsonValue {
  return form === "bytes" ? shapeScalar("y", json, owner) : shapeLeaf(form, json, owner);
}

function isByte(value: JsonValue): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}

function shapeLeaf(form: LeafForm, json: JsonValue, owner: string): JsonValue {
  switch (form) {
    case "Time":
    case "MicroTime":
      return shapeTime(form, json, owner);
    case "Duration":
      if (typeof json !== "string") throw mismatch(json, owner, "string");
      return shapeDuration(json);
    case "Quantity":
      return shapeQuantity(json);
    case "IntOrString":
      if (typeof json === "string" || json === (Number(json) | 0)) return json;
      throw mismatch(json, owner, "int32");
    default:
      return copyJson(json);
  }
}

function shapeChoice(
  layout: MessageLayout,
  json: JsonValue,
  path: string,
  owner: string,
  context: ShapeContext,
): JsonValue {
  const [first, second] = layout.fields;
  if (layout.choice === "Items")
    return first === undefined
      ? json
      : shapeField(first, json, path, owner.split(".")[0] ?? "", context);
  // A schema's alternatives: a boolean or a list of strings stays as it is, schemas are shaped.
  const schema = [first, second].find((field) => typeof field?.type === "object")?.type;
  if (typeof schema !== "object") return json;
  if (Array.isArray(json))
    return json.map((item) =>
      isJsonObject(item) ? shapeMessage(schema, item, path, owner, context) : item,
    );
  return isJsonObject(json) ? shapeMessage(schema, json, path, owner, context) : json;
}

function shapeTime(form: "Time" | "MicroTime", json: JsonValue, owner: string): JsonValue {
  if (typeof json !== "string") throw mismatch(json, owner, "string");
  if (form === "Time" && CANONICAL_TIME.test(json)) return json;
  const time = parseTime(json);
  if (time === undefined) {
    const layout =
      form === "Time" ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
    throw new BuiltInTypeError({
      problem: `parsing time ${goTimeQuote(json)} as "${layout}": cannot parse ${goTimeQuote(json)} as "2006"`,
    });
  }
  if (form === "Time") return formatTime(time);
  // Go reads what it writes here: exactly six digits.
  if (!/\.\d{6}[Zz+-]/.test(json)) {
    const rest = json.slice(19);
    throw new BuiltInTypeError({
      problem: `parsing time ${goTimeQuote(json)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${goTimeQuote(rest)} as ".000000"`,
    });
  }
  const digits = (/\.(\d+)/.exec(json)?.[1] ?? "").padEnd(6, "0").slice(0, 6);
  return `${formatMicroTime(time).slice(0, 20)}${digits}Z`;
}

function shapeDuration(text: string): string {
  try {
    return formatGoDuration(parseGoDuration(text));
  } catch (cause) {
    const problem = goDurationProblem(text) ?? "";
    throw new BuiltInTypeError({ problem }, { cause });
  }
}

function shapeQuantity(json: JsonValue): JsonValue {
  const text = typeof json === "number" ? String(json) : json;
  const canonical = typeof text === "string" ? canonicalQuantity(text.trim()) : undefined;
  if (canonical !== undefined) return canonical;
  throw new BuiltInTypeError({
    problem:
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  });
}

function canonicalBase64(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, "");
  const bytes = Buffer.from(compact, "base64");
  const canonical = bytes.toString("base64");
  if (canonical === compact) return canonical;
  let valid = 0;
  while (valid < compact.length && /[A-Za-z0-9+/]/.test(compact.charAt(valid))) valid += 1;
  // Of a text that is cut off Go names the group of four that is not complete.
  if (valid === compact.length) valid -= valid % 4;
  throw new BuiltInTypeError({ problem: `illegal base64 data at input byte ${valid}` });
}

function goType(type: ScalarType | MessageLayout, context: ShapeContext): string {
  return typeof type === "string" ? GO_SCALARS[type] : `${context.version}.${type.name}`;
}

function mismatch(json: JsonValue, owner: string, type: string): BuiltInTypeError {
  const actual = Array.isArray(json) ? "array" : typeof json === "boolean" ? "bool" : typeof json;
  return new BuiltInTypeError({
    problem: `json: cannot unmarshal ${actual} into Go struct field ${owner} of type ${type}`,
  });
}
