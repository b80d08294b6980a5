import { decodeLeaf } from "./decode-leaf.js";
import { ProtobufError } from "./protobuf-error.js";
import type { MessageField, MessageLayout, ScalarType } from "./protobuf-layout.js";
import { WIRE, type WireReader } from "./wire-reader.js";

/** The real server nests no deeper than a few dozen levels; the stack of JavaScript is not endless. */
const MAX_DEPTH = 200;

const SCALAR_WIRE: Readonly<Record<ScalarType, number>> = {
  s: WIRE.bytes,
  b: WIRE.varint,
  i: WIRE.varint,
  l: WIRE.varint,
  d: WIRE.fixed64,
  y: WIRE.bytes,
};

const SCALAR_ZERO: Readonly<Record<ScalarType, unknown>> = {
  s: "",
  b: false,
  i: 0,
  l: 0,
  d: 0,
  y: "",
};

export interface DecodeContext {
  readonly depth: number;
  readonly decodeRawObject: (raw: Uint8Array, depth: number) => unknown;
}

/**
 * One message as the JSON that the real server would write for it: defaults of `omitempty`, `null`s and order included.
 *
 * @throws ProtobufError for malformed bytes.
 */
export function decodeMessage(
  reader: WireReader,
  layout: MessageLayout,
  context: DecodeContext,
): unknown {
  if (context.depth > MAX_DEPTH)
    throw new ProtobufError({ problem: "proto: exceeded maximum nesting depth" });
  if (layout.leaf !== undefined) {
    return decodeLeaf(reader, layout.leaf, (raw) =>
      context.decodeRawObject(raw, context.depth + 1),
    );
  }
  const values = readFields(reader, layout, context);
  switch (layout.choice) {
    case "Items":
      return values[0] ?? [];
    case "SchemaOrBool":
      return values[1] ?? values[0] ?? false;
    case "SchemaOrArray":
    case "SchemaOrStrings":
      return Array.isArray(values[1]) && values[1].length > 0 ? values[1] : (values[0] ?? null);
    case undefined:
      return messageToJson(layout, values);
  }
}

/** The values as they are on the wire, at the index of their field; undefined where absent. */
function readFields(reader: WireReader, layout: MessageLayout, context: DecodeContext): unknown[] {
  const values: unknown[] = Array.from({ length: layout.fields.length });
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag(layout.name);
    const index = layout.indexByNumber.get(number);
    const field = index === undefined ? undefined : layout.fields[index];
    if (index === undefined || field === undefined) {
      reader.skip(wireType);
    } else {
      values[index] = readField(reader, field, wireType, values[index], context);
    }
  }
  return values;
}

function readField(
  reader: WireReader,
  field: MessageField,
  wireType: number,
  previous: unknown,
  context: DecodeContext,
): unknown {
  if (field.isMap) {
    checkWireType(field, wireType, WIRE.bytes);
    const map = (previous ?? {}) as Record<string, unknown>;
    readMapEntry(reader.message(), field, map, context);
    return map;
  }
  if (!field.isRepeated) return readValue(reader, field, wireType, context);
  const list = (previous ?? []) as unknown[];
  if (wireType === WIRE.bytes && isPackable(field.type)) {
    const packed = reader.message();
    while (!packed.isAtEnd) list.push(readScalar(packed, field.type as ScalarType));
  } else {
    list.push(readValue(reader, field, wireType, context));
  }
  return list;
}

function readMapEntry(
  reader: WireReader,
  field: MessageField,
  map: Record<string, unknown>,
  context: DecodeContext,
): void {
  let key = "";
  let value: unknown;
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag(field.goName);
    if (number === 1 && wireType === WIRE.bytes) key = reader.string();
    else if (number === 2) value = readValue(reader, field, wireType, context);
    else reader.skip(wireType);
  }
  setOwn(map, key, value ?? zeroValue(field));
}

function readValue(
  reader: WireReader,
  field: MessageField,
  wireType: number,
  context: DecodeContext,
): unknown {
  if (typeof field.type === "string") {
    checkWireType(field, wireType, SCALAR_WIRE[field.type]);
    return readScalar(reader, field.type);
  }
  checkWireType(field, wireType, WIRE.bytes);
  return decodeMessage(reader.message(), field.type, { ...context, depth: context.depth + 1 });
}

function readScalar(reader: WireReader, type: ScalarType): unknown {
  switch (type) {
    case "s":
      return reader.string();
    case "b":
      return reader.varint() !== 0n;
    case "i":
      return reader.int32();
    case "l":
      return reader.int64();
    case "d":
      return reader.double();
    case "y":
      return Buffer.from(reader.bytes()).toString("base64");
  }
}

/**
 * The JSON of a message from the values of its fields, in the order of the Go structure.
 *
 * @param values at the index of their field; undefined where absent.
 */
export function messageToJson(
  layout: MessageLayout,
  values: readonly unknown[],
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  let index = 0;
  for (const field of layout.fields) {
    const value = values[index];
    if (field.isInline) Object.assign(json, value ?? zeroValue(field));
    else addField(json, field, value);
    index += 1;
  }
  return json;
}

/** Adds a field by the rules of Go's `encoding/json` for what is written at all. */
export function addField(json: Record<string, unknown>, field: MessageField, value: unknown): void {
  if (isNilable(field)) {
    if (value !== undefined) {
      if (!(field.omitEmpty && !field.isPointer && isEmpty(field, value)))
        json[field.jsonName] = value;
    } else if (!field.omitEmpty && !field.omitZero) {
      json[field.jsonName] = null;
    }
    return;
  }
  const mayOmit = field.omitZero || (field.omitEmpty && typeof field.type === "string");
  if (mayOmit) {
    if (value === undefined || value === null) return;
    const zero = zeroValue(field);
    if (value === zero || isSameJson(value, zero)) return;
  }
  json[field.jsonName] = value ?? zeroValue(field);
}

/** Pointers, slices and maps of Go have a nil; other values have only their zero. */
function isNilable(field: MessageField): boolean {
  if (field.isPointer || field.isRepeated || field.isMap || field.type === "y") return true;
  return typeof field.type === "object" && field.type.choice === "Items";
}

/** What `omitempty` leaves out of slices and maps. */
function isEmpty(field: MessageField, value: unknown): boolean {
  if (value === "" || (Array.isArray(value) && value.length === 0)) return true;
  return field.isMap && Object.keys(value as object).length === 0;
}

function zeroValue(field: MessageField): unknown {
  if (typeof field.type === "string") return SCALAR_ZERO[field.type];
  return zeroMessage(field.type);
}

function zeroMessage(layout: MessageLayout): unknown {
  switch (layout.leaf ?? layout.choice) {
    case undefined:
      return messageToJson(layout, []);
    case "Items":
      return [];
    case "Quantity":
      return "0";
    case "Duration":
      return "0s";
    case "IntOrString":
      return 0;
    case "SchemaOrBool":
      return false;
    default:
      return null;
  }
}

function isSameJson(left: unknown, right: unknown): boolean {
  return typeof left === "object" && JSON.stringify(left) === JSON.stringify(right);
}

function isPackable(type: ScalarType | MessageLayout): boolean {
  return type === "b" || type === "i" || type === "l" || type === "d";
}

function checkWireType(field: MessageField, actual: number, expected: number): void {
  if (actual === expected) return;
  throw new ProtobufError({
    problem: `proto: wrong wireType = ${actual} for field ${field.goName}`,
  });
}

/** Plain assignment to `__proto__` would change what the object inherits instead of adding a key. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}
