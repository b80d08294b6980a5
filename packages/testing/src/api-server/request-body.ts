import type { ApiError } from "@kvop/core";
import { decodeKubernetesProtobuf, hasProtobufForm } from "../protobuf/kubernetes-protobuf.js";
import { ProtobufError } from "../protobuf/protobuf-error.js";
import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import { DecodeError, type DecodedObject, decodeObject, KindError } from "./decode-object.js";
import { BodySyntaxError, parseJsonBody, parseYamlBody, type ParsedBody } from "./parse-body.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { apiVersionOf } from "./write-target.js";

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";
/** How many bytes of a body a refusal shows. */
const SHOWN_BYTES = 30;

/** Media type of a `Content-Type` header, without its parameters. */
export function mediaTypeOf(contentType: string): string {
  return contentType.split(";")[0]?.trim() ?? "";
}

/**
 * The object of a create or update.
 *
 * @throws ApiError in the words of the real server when the body is none of that kind.
 */
export function readObject(request: ApiRequest, resource: ServedResource): DecodedObject {
  const { bytes } = request;
  if (bytes === undefined) {
    return decode(request.body ?? null, [], resource, new Uint8Array());
  }
  const type = mediaTypeOf(request.contentType) || JSON_TYPE;
  const hasProtobuf = hasProtobufForm(apiVersionOf(resource), resource.kind);
  if (type === PROTOBUF_TYPE && hasProtobuf) {
    return decode(readProtobuf(bytes, resource), [], resource, bytes);
  }
  if (type !== JSON_TYPE && type !== YAML_TYPE) {
    throw refuse.unsupportedMediaType(
      [JSON_TYPE, YAML_TYPE, ...(hasProtobuf ? [PROTOBUF_TYPE] : [])].join(", "),
    );
  }
  let parsed: ParsedBody;
  try {
    parsed = type === YAML_TYPE ? parseYamlBody(bytes) : parseJsonBody(bytes);
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    const isTyped = error.message.startsWith("json: cannot unmarshal");
    if (isTyped) throw refuse.badRequest(`${handledAs(resource)}: ${error.message}`);
    const prefix = type === YAML_TYPE ? "" : "couldn't get version/kind; json parse error: ";
    throw unrecognized(resource, `${prefix}${error.message}`, bytes);
  }
  return decode(parsed.value, parsed.duplicates, resource, bytes);
}

/** A body as a plain value, for those who know what they expect. @throws ApiError BadRequest */
export function readValue(request: ApiRequest): JsonValue | undefined {
  const { bytes } = request;
  if (bytes === undefined) return request.body;
  if (bytes.length === 0) return undefined;
  const type = mediaTypeOf(request.contentType) || JSON_TYPE;
  try {
    if (type === PROTOBUF_TYPE) return decodeKubernetesProtobuf(bytes).object as JsonObject;
    return type.includes("yaml") ? parseYamlBody(bytes).value : parseJsonBody(bytes).value;
  } catch (error) {
    if (ProtobufError.isInstance(error)) throw refuse.badRequest(error.message);
    if (!(error instanceof BodySyntaxError)) throw error;
    throw refuse.badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
  }
}

function decode(
  value: JsonValue,
  duplicates: readonly string[],
  resource: ServedResource,
  bytes: Uint8Array,
): DecodedObject {
  try {
    // A value from the process itself belongs to whoever sent it.
    return decodeObject(resource.isCustom ? copyJson(value) : value, resource, duplicates);
  } catch (error) {
    if (error instanceof DecodeError) throw unrecognized(resource, error.message, bytes);
    if (error instanceof KindError) throw refuse.badRequest(error.message);
    throw error;
  }
}

function readProtobuf(bytes: Uint8Array, resource: ServedResource): JsonObject {
  const expected = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  try {
    return decodeKubernetesProtobuf(bytes, { expected }).object as JsonObject;
  } catch (error) {
    if (ProtobufError.isInstance(error)) throw refuse.badRequest(error.message);
    throw error;
  }
}

function handledAs({ kind, version }: ServedResource): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}`;
}

function unrecognized(resource: ServedResource, problem: string, bytes: Uint8Array): ApiError {
  return refuse.badRequest(
    `the object provided is unrecognized (must be of type ${resource.kind}): ${problem} (${summaryOf(bytes)})`,
  );
}

function summaryOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES));
  const text = bytes[0] === 0x7b ? shown.toString("utf8") : shown.toString("hex");
  return bytes.length > SHOWN_BYTES ? `${text} ...` : text;
}

/** The options of a delete, whichever way they came. @throws ApiError BadRequest */
export function readDeleteOptions(request: ApiRequest): JsonObject {
  const value = readValue(request);
  if (!isJsonObject(value)) return {};
  const kind = value["kind"] ?? "";
  if (kind !== "" && kind !== "DeleteOptions") {
    throw refuse.badRequest(
      `no kind "${String(kind)}" is registered for version "${String(value["apiVersion"] ?? "")}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const grace = value["gracePeriodSeconds"] ?? null;
  if (grace !== null && typeof grace !== "number") {
    throw refuse.badRequest(
      `json: cannot unmarshal ${typeof grace} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`,
    );
  }
  return value;
}
