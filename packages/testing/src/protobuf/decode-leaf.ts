import { formatMicroTime, formatTime } from "@kvop/core";

import { formatGoDuration } from "./go-duration.js";
import { ProtobufError } from "./protobuf-error.js";
import type { LeafForm } from "./protobuf-layout.js";
import { WIRE, type WireReader } from "./wire-reader.js";

/** The seconds of the years 0 to 9999, which is what RFC 3339 and Go's JSON can write. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;
/** Go's zero time, 0001-01-01T00:00:00Z. */
const ZERO_TIME_SECONDS = -62_135_596_800;

/** How the bytes of a RawExtension become JSON: they may hold a whole object in protobuf. */
export type DecodeRawObject = (raw: Uint8Array) => unknown;

/** A message whose JSON is a single value, or any JSON. */
export function decodeLeaf(
  reader: WireReader,
  form: LeafForm,
  decodeRawObject: DecodeRawObject,
): unknown {
  switch (form) {
    case "Time":
    case "MicroTime":
      return decodeTime(reader, form);
    case "Duration":
      return formatGoDuration(BigInt.asIntN(64, readVarints(reader, form).get(1) ?? 0n));
    case "Quantity": {
      const text = readText(reader, form);
      return text === "" ? "0" : text;
    }
    case "IntOrString":
      return decodeIntOrString(reader, form);
    case "RawExtension": {
      const raw = readBytes(reader, form);
      return raw === undefined || raw.length === 0 ? null : decodeRawObject(raw);
    }
    case "FieldsV1":
    case "JSON":
      return decodeJson(readBytes(reader, form));
  }
}

function decodeTime(reader: WireReader, form: "Time" | "MicroTime"): string | null {
  const fields = readVarints(reader, form);
  const seconds = Number(BigInt.asIntN(64, fields.get(1) ?? 0n));
  const nanoseconds = Number(BigInt.asIntN(32, fields.get(2) ?? 0n));
  if ((seconds === 0 && nanoseconds === 0) || (seconds === ZERO_TIME_SECONDS && nanoseconds === 0))
    return null;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
    throw new ProtobufError({ problem: "Time.MarshalJSON: year outside of range [0,9999]" });
  }
  if (form === "Time") return formatTime(seconds * 1000);
  // Milliseconds are all that a date of JavaScript holds; the microseconds come from the nanoseconds.
  const microseconds = Math.floor(Math.min(Math.max(nanoseconds, 0), 999_999_999) / 1000);
  return `${formatMicroTime(seconds * 1000).slice(0, 20)}${String(microseconds).padStart(6, "0")}Z`;
}

function decodeIntOrString(reader: WireReader, name: string): number | string {
  let isString = false;
  let intValue = 0;
  let text = "";
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag(name);
    if (number === 1 && wireType === WIRE.varint) isString = reader.int64() === 1;
    else if (number === 2 && wireType === WIRE.varint) intValue = reader.int32();
    else if (number === 3 && wireType === WIRE.bytes) text = reader.string();
    else reader.skip(wireType);
  }
  return isString ? text : intValue;
}

function readVarints(reader: WireReader, name: string): Map<number, bigint> {
  const values = new Map<number, bigint>();
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag(name);
    if (wireType === WIRE.varint) values.set(number, reader.varint());
    else reader.skip(wireType);
  }
  return values;
}

function readText(reader: WireReader, name: string): string {
  let text = "";
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag(name);
    if (number === 1 && wireType === WIRE.bytes) text = reader.string();
    else reader.skip(wireType);
  }
  return text;
}

function readBytes(reader: WireReader, name: string): Uint8Array | undefined {
  let bytes: Uint8Array | undefined;
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag(name);
    if (number === 1 && wireType === WIRE.bytes) bytes = reader.bytes();
    else reader.skip(wireType);
  }
  return bytes;
}

function decodeJson(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (cause) {
    throw new ProtobufError(
      { problem: "json: error calling MarshalJSON: invalid JSON in raw bytes" },
      { cause },
    );
  }
}
