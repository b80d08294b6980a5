import type { ApiError } from "@kvop/core";
import { decodeKubernetesProtobuf, hasProtobufForm } from "../protobuf/kubernetes-protobuf.js";
import { ProtobufError } from "../protobuf/protobuf-error.js";
import { copyJson, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import {
  DecodeError,
  type DecodedObject,
  decodeBody,
  type DecodeSource,
  KindError,
} from "./decode-object.js";
import { parseMediaType } from "./media-type.js";
import { BodySyntaxError, parseJsonBody, parseYamlBody, type ParsedBody } from "./parse-body.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { apiVersionOf } from "./write-target.js";

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";
/** How many bytes of a body a refusal shows. */
const SHOWN_BYTES = 30;

/** Types of bodies, as a refusal names them. A custom resource has no protobuf form, but its endpoint knows the type. */
const MEDIA_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE].join(", ");

/** How a body is written. */
export type BodyForm = "json" | "yaml" | "protobuf";

/** How a body is written by its `Content-Type`; JSON without one. @throws ApiError UnsupportedMediaType */
export function bodyFormOf({ contentType }: ApiRequest): BodyForm {
  if (contentType === "" || contentType === JSON_TYPE) return "json";
  const type = parseMediaType(contentType);
  if (type === JSON_TYPE) return "json";
  if (type === YAML_TYPE) return "yaml";
  if (type === PROTOBUF_TYPE) return "protobuf";
  throw refuse.unsupportedMediaType(MEDIA_TYPES);
}

/** Refuses a body of a type that objects of the resource cannot have. @throws ApiError UnsupportedMediaType */
export function checkBodyForm(request: ApiRequest, resource: ServedResource): void {
  if (request.bytes === undefined || bodyFormOf(request) !== "protobuf") return;
  if (!hasProtobufForm(apiVersionOf(resource), resource.kind))
    throw refuse.unsupportedMediaType([JSON_TYPE, YAML_TYPE].join(", "));
}

/**
 * The object of a create or update.
 *
 * @throws ApiError in the words of the real server when the body is none of that kind.
 */
export function readObject(request: ApiRequest, resource: ServedResource): DecodedObject {
  const { bytes } = request;
  if (bytes === undefined) {
    return decode(request.body ?? null, {}, resource, new Uint8Array());
  }
  checkBodyForm(request, resource);
  const form = bodyFormOf(request);
  if (form === "protobuf") return decode(readProtobuf(bytes, resource), {}, resource, bytes);
  let parsed: ParsedBody;
  try {
    parsed =
      form === "yaml"
        ? parseYamlBody(bytes)
        : parseJsonBody(bytes, { allowsHuge: !resource.isCustom });
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    const isTyped = error.message.startsWith("json: cannot unmarshal");
    if (isTyped) throw refuse.badRequest(`${handledAs(resource)}: ${error.message}`);
    const prefix = form === "yaml" ? "" : "couldn't get version/kind; json parse error: ";
    throw unrecognized(resource, `${prefix}${error.message}`, bytes);
  }
  const isLenient = request.query.get("fieldValidation") === "Ignore";
  return decode(parsed.value, { ...parsed, isLenient }, resource, bytes);
}

/** A body as a plain value, for those who know what they expect. @throws ApiError BadRequest */
export function readValue(request: ApiRequest): JsonValue | undefined {
  const { bytes } = request;
  if (bytes === undefined) return request.body;
  if (bytes.length === 0) return undefined;
  const type = parseMediaType(request.contentType) ?? JSON_TYPE;
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
  source: DecodeSource,
  resource: ServedResource,
  bytes: Uint8Array,
): DecodedObject {
  try {
    // A value from the process itself belongs to whoever sent it.
    return decodeBody(resource.isCustom ? copyJson(value) : value, resource, source);
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
