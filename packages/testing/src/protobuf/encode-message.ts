import { encodeLeaf, type EncodeRawObject } from "./encode-leaf.js";
import type { MessageField, MessageLayout, ScalarType } from "./protobuf-layout.js";
import { typeMismatch } from "./type-mismatch.js";
import { WIRE } from "./wire-reader.js";
import type { WireWriter } from "./wire-writer.js";

const SCALAR_WIRE: Readonly<Record<ScalarType, number>> = {
  s: WIRE.bytes,
  b: WIRE.varint,
  i: WIRE.varint,
  l: WIRE.varint,
  d: WIRE.fixed64,
  y: WIRE.bytes,
};

const SCALAR_JSON: Readonly<Record<ScalarType, string>> = {
  s: "string",
  b: "boolean",
  i: "number",
  l: "number",
  d: "number",
  y: "string",
};

/**
 * Writes one message, byte for byte as Go's generated marshaller does. What the layout does not know is left out.
 *
 * @param path where the value stands, for messages
 * @throws ProtobufError when a value has another type than the layout says.
 */
export function encodeMessage(
  writer: WireWriter,
  layout: MessageLayout,
  json: unknown,
  path: string,
  encodeRawObject: EncodeRawObject,
): void {
  if (layout.leaf !== undefined) {
    encodeLeaf(writer, layout.leaf, json, path, encodeRawObject);
    return;
  }
  if (layout.choice !== undefined) {
    encodeChoice(writer, layout, json, path, encodeRawObject);
    return;
  }
  if (typeof (json ?? {}) !== "object" || Array.isArray(json))
    throw typeMismatch(path, "object", json);
  const object = (json ?? {}) as Readonly<Record<string, unknown>>;
  for (const field of layout.fieldsDescending) {
    const value = field.isInline ? object : ownValue(object, field.jsonName);
    encodeField(
      writer,
      field,
      value,
      field.isInline ? path : `${path}.${field.jsonName}`,
      encodeRawObject,
    );
  }
}

/** A message that stands for one of its fields. */
function encodeChoice(
  writer: WireWriter,
  layout: MessageLayout,
  json: unknown,
  path: string,
  encodeRawObject: EncodeRawObject,
): void {
  const [first, second] = layout.fields;
  const isObject = typeof json === "object" && json !== null;
  const takesSecond =
    layout.choice === "SchemaOrBool" ? isObject : Array.isArray(json) && layout.choice !== "Items";
  if (second !== undefined && takesSecond) encodeField(writer, second, json, path, encodeRawObject);
  // `allows` is no pointer in Go: it is written beside a schema too, as true.
  if (first === undefined || (takesSecond && layout.choice !== "SchemaOrBool")) return;
  encodeField(writer, first, takesSecond ? true : json, path, encodeRawObject);
}

/** One field with its tags. */
function encodeField(
  writer: WireWriter,
  field: MessageField,
  value: unknown,
  path: string,
  encodeRawObject: EncodeRawObject,
): void {
  if (field.isMap) {
    if (value !== undefined && value !== null)
      encodeMap(writer, field, value, path, encodeRawObject);
    return;
  }
  if (field.isRepeated) {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) throw typeMismatch(path, "array", value);
    for (let index = value.length - 1; index >= 0; index -= 1) {
      encodeValue(
        writer,
        field.number,
        field.type,
        value[index],
        `${path}[${index}]`,
        encodeRawObject,
      );
    }
    return;
  }
  if ((value === undefined || value === null) && mayBeNil(field)) return;
  encodeValue(writer, field.number, field.type, value, path, encodeRawObject);
}

function encodeMap(
  writer: WireWriter,
  field: MessageField,
  value: unknown,
  path: string,
  encodeRawObject: EncodeRawObject,
): void {
  if (typeof value !== "object" || Array.isArray(value)) throw typeMismatch(path, "object", value);
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  // Sorted, as the marshaller does it for the sake of equal bytes; from the last to the first, as the writer goes.
  entries.sort(([left], [right]) => (left < right ? 1 : left > right ? -1 : 0));
  for (const [key, item] of entries) {
    const end = writer.length;
    // A nil slice of bytes is the one value that the marshaller leaves out.
    if (field.type !== "y" || typeof item === "string") {
      encodeValue(writer, 2, field.type, item, `${path}[${key}]`, encodeRawObject);
    }
    writer.string(key);
    writer.tag(1, WIRE.bytes);
    writer.varint(writer.length - end);
    writer.tag(field.number, WIRE.bytes);
  }
}

function encodeValue(
  writer: WireWriter,
  number: number,
  type: ScalarType | MessageLayout,
  value: unknown,
  path: string,
  encodeRawObject: EncodeRawObject,
): void {
  if (typeof type === "string") {
    encodeScalar(writer, type, value ?? undefined, path);
    writer.tag(number, SCALAR_WIRE[type]);
    return;
  }
  const end = writer.length;
  encodeMessage(writer, type, value, path, encodeRawObject);
  writer.varint(writer.length - end);
  writer.tag(number, WIRE.bytes);
}

function encodeScalar(writer: WireWriter, type: ScalarType, value: unknown, path: string): void {
  if (value !== undefined && typeof value !== SCALAR_JSON[type])
    throw typeMismatch(path, SCALAR_JSON[type], value);
  switch (type) {
    case "s":
      writer.string((value as string | undefined) ?? "");
      break;
    case "b":
      writer.varint(value === true ? 1 : 0);
      break;
    case "i":
    case "l": {
      const number = (value as number | undefined) ?? 0;
      if (!Number.isInteger(number)) throw typeMismatch(path, "whole number", value);
      writer.varint(number);
      break;
    }
    case "d":
      writer.double((value as number | undefined) ?? 0);
      break;
    case "y":
      writer.bytes(Buffer.from((value as string | undefined) ?? "", "base64"));
      break;
  }
}

/** Absent values of these are not written; of others their zero is. */
function mayBeNil(field: MessageField): boolean {
  if (field.isPointer || field.type === "y") return true;
  return typeof field.type === "object" && field.type.choice === "Items";
}

/** Names like `constructor` are inherited, not there. */
function ownValue(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
