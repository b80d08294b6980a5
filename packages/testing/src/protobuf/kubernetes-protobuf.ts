import { decodeMessage } from "./decode-message.js";
import { encodeMessage } from "./encode-message.js";
import {
  hasEnvelopePrefix,
  openEnvelope,
  sealEnvelope,
  type KubernetesEnvelope,
} from "./kubernetes-envelope.js";
import { ProtobufError } from "./protobuf-error.js";
import { builtInLayout, type MessageLayout } from "./protobuf-layout.js";
import { WIRE, WireReader } from "./wire-reader.js";
import { WireWriter } from "./wire-writer.js";

type JsonObject = Record<string, unknown>;

/** How many bytes of a body the real server's message shows. */
const SHOWN_BYTES = 30;

export interface DecodeProtobufOptions {
  /** What the endpoint takes: used when the body names no kind, and in messages. */
  readonly expected?: { readonly apiVersion: string; readonly kind: string } | undefined;
}

export interface DecodedProtobuf {
  readonly apiVersion: string;
  readonly kind: string;
  /** Begins with `kind` and `apiVersion`, as in the real server's JSON. */
  readonly object: JsonObject;
}

/**
 * Whether objects of the kind have a protobuf form at all. Custom resources and `Table` have none: the real server
 * answers 406 when a client accepts nothing else, and 415 to such a body.
 */
export function hasProtobufForm(apiVersion: string, kind: string): boolean {
  return builtInLayout().findKind(apiVersion, kind) !== undefined;
}

/**
 * Reads a body of `application/vnd.kubernetes.protobuf`. Fields that are not known are passed over.
 *
 * @throws ProtobufError with the message of the real server, which answers 400 BadRequest.
 */
export function decodeKubernetesProtobuf(
  bytes: Uint8Array,
  options: DecodeProtobufOptions = {},
): DecodedProtobuf {
  const envelope = openBody(bytes, options);
  const apiVersion =
    envelope.apiVersion === "" ? (options.expected?.apiVersion ?? "") : envelope.apiVersion;
  const kind = envelope.kind === "" ? (options.expected?.kind ?? "") : envelope.kind;
  try {
    return { apiVersion, kind, object: decodeTyped({ apiVersion, kind, raw: envelope.raw }, 0) };
  } catch (error) {
    if (!ProtobufError.isInstance(error)) throw error;
    const { problem } = error;
    const version = apiVersion.split("/").at(-1) ?? "";
    const message = `${kind} in version "${version}" cannot be handled as a ${options.expected?.kind ?? kind}: ${problem}`;
    throw new ProtobufError({ problem, message });
  }
}

/**
 * Writes an object or a list with its `apiVersion` and `kind`, byte for byte as the real server does.
 *
 * @throws ProtobufError when the kind has no protobuf form (see {@link hasProtobufForm}) or a field has the wrong type.
 */
export function encodeKubernetesProtobuf(object: Readonly<JsonObject>): Uint8Array {
  const apiVersion = typeof object.apiVersion === "string" ? object.apiVersion : "";
  const kind = typeof object.kind === "string" ? object.kind : "";
  const writer = new WireWriter();
  encodeMessage(writer, requireKind(apiVersion, kind), object, "", encodeRawObject);
  return sealEnvelope({ apiVersion, kind, raw: writer.finish() });
}

/**
 * One frame of a watch in `application/vnd.kubernetes.protobuf;stream=watch`: a length of four bytes, big-endian, and
 * a `metav1.WatchEvent` that holds the object with its own `k8s\0`.
 *
 * @throws ProtobufError as {@link encodeKubernetesProtobuf}.
 */
export function encodeWatchEventProtobuf(event: {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Readonly<JsonObject>;
}): Uint8Array {
  const writer = new WireWriter();
  const raw = encodeKubernetesProtobuf(event.object);
  writer.bytes(raw);
  writer.tag(1, WIRE.bytes);
  writer.varint(writer.length);
  writer.tag(2, WIRE.bytes);
  writer.string(event.type);
  writer.tag(1, WIRE.bytes);
  return frameProtobuf(writer.finish());
}

/** Puts the length before a message of a stream: four bytes, big-endian. */
export function frameProtobuf(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.length + 4);
  new DataView(frame.buffer).setUint32(0, message.length, false);
  frame.set(message, 4);
  return frame;
}

function openBody(bytes: Uint8Array, options: DecodeProtobufOptions): KubernetesEnvelope {
  try {
    return openEnvelope(bytes);
  } catch (error) {
    if (!ProtobufError.isInstance(error)) throw error;
    const { problem } = error;
    if (options.expected === undefined) throw error;
    const message = `the object provided is unrecognized (must be of type ${options.expected.kind}): ${problem} (${summarize(bytes)})`;
    throw new ProtobufError({ problem, message });
  }
}

function summarize(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  // What begins like JSON is shown as a text.
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString(
    bytes[0] === 0x7b ? "utf8" : "hex",
  );
  return bytes.length > SHOWN_BYTES ? `${shown} ...` : shown;
}

function decodeTyped(envelope: KubernetesEnvelope, depth: number): JsonObject {
  const { apiVersion, kind } = envelope;
  const layout = requireKind(apiVersion, kind);
  const body = decodeMessage(new WireReader(envelope.raw), layout, {
    depth,
    decodeRawObject,
  });
  return { kind, apiVersion, ...(body as JsonObject) };
}

/** A RawExtension holds an object in protobuf or in JSON. */
function decodeRawObject(raw: Uint8Array, depth: number): unknown {
  if (hasEnvelopePrefix(raw)) return decodeTyped(openEnvelope(raw), depth);
  try {
    return JSON.parse(Buffer.from(raw).toString("utf8")) as unknown;
  } catch (cause) {
    throw new ProtobufError(
      { problem: "json: error calling MarshalJSON for type runtime.RawExtension" },
      { cause },
    );
  }
}

function encodeRawObject(object: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(object));
}

function requireKind(apiVersion: string, kind: string): MessageLayout {
  const layout = builtInLayout().findKind(apiVersion, kind);
  if (layout !== undefined) return layout;
  throw new ProtobufError({
    problem: `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
  });
}
