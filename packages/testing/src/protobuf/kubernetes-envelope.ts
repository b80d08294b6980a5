import { ProtobufError } from "./protobuf-error.js";
import { WIRE, WireReader } from "./wire-reader.js";
import { WireWriter } from "./wire-writer.js";

/** `k8s\0`: tells a Kubernetes object from other protobuf. */
const PREFIX = [0x6b, 0x38, 0x73, 0x00] as const;

/** By their numbers; all are bytes. */
const FIELDS = [undefined, "TypeMeta", "Raw", "ContentEncoding", "ContentType"];
const TYPE_META_FIELDS = [undefined, "APIVersion", "Kind"];

/** `runtime.Unknown`: the type beside the bytes of the object. */
export interface KubernetesEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

export function hasEnvelopePrefix(bytes: Uint8Array): boolean {
  return PREFIX.every((byte, index) => bytes[index] === byte);
}

/** @throws ProtobufError when the bytes are no envelope. */
export function openEnvelope(bytes: Uint8Array): KubernetesEnvelope {
  if (bytes.length === 0) throw new ProtobufError({ problem: "empty data" });
  if (!hasEnvelopePrefix(bytes)) {
    throw new ProtobufError({
      problem: `provided data does not appear to be a protobuf message, expected prefix [${PREFIX.join(" ")}]`,
    });
  }
  if (bytes.length === PREFIX.length) throw new ProtobufError({ problem: "empty body" });
  const reader = new WireReader(bytes, PREFIX.length);
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array();
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag("Unknown");
    checkWireType(FIELDS[number], wireType);
    if (number === 1) {
      const typeMeta = reader.message();
      while (!typeMeta.isAtEnd) {
        const field = typeMeta.tag("TypeMeta");
        checkWireType(TYPE_META_FIELDS[field.number], field.wireType);
        if (field.number === 1) apiVersion = typeMeta.string();
        else if (field.number === 2) kind = typeMeta.string();
        else typeMeta.skip(field.wireType);
      }
    } else if (number === 2) {
      raw = reader.bytes();
    } else {
      reader.skip(wireType);
    }
  }
  return { apiVersion, kind, raw };
}

function checkWireType(field: string | undefined, wireType: number): void {
  if (field === undefined || wireType === WIRE.bytes) return;
  throw new ProtobufError({ problem: `proto: wrong wireType = ${wireType} for field ${field}` });
}

export function sealEnvelope(envelope: KubernetesEnvelope): Uint8Array {
  const writer = new WireWriter();
  // contentType and contentEncoding are no pointers in Go: they are written though they are empty.
  writer.string("");
  writer.tag(4, WIRE.bytes);
  writer.string("");
  writer.tag(3, WIRE.bytes);
  writer.bytes(envelope.raw);
  writer.tag(2, WIRE.bytes);
  const end = writer.length;
  writer.string(envelope.kind);
  writer.tag(2, WIRE.bytes);
  writer.string(envelope.apiVersion);
  writer.tag(1, WIRE.bytes);
  writer.varint(writer.length - end);
  writer.tag(1, WIRE.bytes);
  writer.raw(Uint8Array.from(PREFIX));
  return writer.finish();
}
