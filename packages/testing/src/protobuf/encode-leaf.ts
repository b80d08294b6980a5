import { parseTime } from "@kvop/core";

import { parseGoDuration } from "./go-duration.js";
import type { LeafForm } from "./protobuf-layout.js";
import { typeMismatch } from "./type-mismatch.js";
import { WIRE } from "./wire-reader.js";
import type { WireWriter } from "./wire-writer.js";

/** How the JSON of a RawExtension becomes its bytes. */
export type EncodeRawObject = (object: unknown) => Uint8Array;

/** A message whose JSON is a single value, or any JSON. */
export function encodeLeaf(
  writer: WireWriter,
  form: LeafForm,
  json: unknown,
  path: string,
  encodeRawObject: EncodeRawObject,
): void {
  switch (form) {
    case "Time":
    case "MicroTime":
      encodeTime(writer, json, path, form);
      break;
    case "Duration":
      writer.varint(
        json === undefined || json === null ? 0 : parseGoDuration(expectString(json, path)),
      );
      writer.tag(1, WIRE.varint);
      break;
    case "Quantity":
      // JSON may give a quantity as a bare number.
      writer.string(typeof json === "number" ? String(json) : expectString(json ?? "0", path));
      writer.tag(1, WIRE.bytes);
      break;
    case "IntOrString":
      encodeIntOrString(writer, json ?? 0, path);
      break;
    case "RawExtension":
      if (json !== undefined && json !== null) encodeBytes(writer, encodeRawObject(json));
      break;
    case "FieldsV1":
    case "JSON":
      if (json !== undefined && json !== null)
        encodeBytes(writer, Buffer.from(JSON.stringify(json)));
      break;
  }
}

function encodeTime(
  writer: WireWriter,
  json: unknown,
  path: string,
  form: "Time" | "MicroTime",
): void {
  // The zero time is an empty message.
  if (json === undefined || json === null) return;
  const text = expectString(json, path);
  const milliseconds = parseTime(text);
  if (milliseconds === undefined) throw typeMismatch(path, "RFC 3339 time", json);
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(6, "0").slice(0, 6);
  writer.varint(form === "MicroTime" ? Number(fraction) * 1000 : 0);
  writer.tag(2, WIRE.varint);
  writer.varint(Math.floor(milliseconds / 1000));
  writer.tag(1, WIRE.varint);
}

function encodeIntOrString(writer: WireWriter, json: unknown, path: string): void {
  if (typeof json !== "string" && !Number.isInteger(json))
    throw typeMismatch(path, "whole number or string", json);
  writer.string(typeof json === "string" ? json : "");
  writer.tag(3, WIRE.bytes);
  writer.varint(typeof json === "string" ? 0 : (json as number));
  writer.tag(2, WIRE.varint);
  writer.varint(typeof json === "string" ? 1 : 0);
  writer.tag(1, WIRE.varint);
}

function encodeBytes(writer: WireWriter, bytes: Uint8Array): void {
  writer.bytes(bytes);
  writer.tag(1, WIRE.bytes);
}

function expectString(json: unknown, path: string): string {
  if (typeof json !== "string") throw typeMismatch(path, "string", json);
  return json;
}
