import { shapeBuiltIn } from "../admission/shape-built-in.js";
import { BuiltInTypeError } from "../admission/built-in-type-error.js";
import { decodeKubernetesProtobuf } from "../protobuf/kubernetes-protobuf.js";
import { ProtobufError } from "../protobuf/protobuf-error.js";
import { goQuote } from "../schema/go-format.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import { checkTypeMeta, DecodeError, foldedTypeMeta } from "./decode-object.js";
import { findTypeError } from "./find-type-error.js";
import { BodySyntaxError, type ParsedBody, parseJsonBody, parseYamlBody } from "./parse-body.js";
import { refuse } from "./refusal.js";
import { bodyFormOf } from "./request-body.js";

const KIND = "DeleteOptions";
const META = "meta.k8s.io/v1";
/** Kinds that the reader of these options knows beside them. */
const OTHER_KINDS = new Map([
  ["v1", ["Status", "CreateOptions"]],
  [META, ["CreateOptions"]],
]);

/** The options in the body of a delete; undefined without one. @throws ApiError when they cannot be read. */
export function readDeleteOptions(request: ApiRequest): JsonObject | undefined {
  const { bytes, body } = request;
  if (bytes === undefined ? body === undefined : bytes.length === 0) return undefined;
  try {
    const { value, text } = readBody(request);
    return decodeOptions(value, text);
  } catch (error) {
    if (ProtobufError.isInstance(error) || BuiltInTypeError.isInstance(error))
      throw refuse.badRequest(error.problem);
    if (error instanceof DecodeError) throw refuse.badRequest(error.message);
    throw error;
  }
}

function readBody(request: ApiRequest): Pick<ParsedBody, "value" | "text"> {
  const { bytes, body } = request;
  if (bytes === undefined) return plain(body ?? null);
  const form = bodyFormOf(request);
  if (form === "protobuf") {
    const expected = { apiVersion: META, kind: KIND };
    return plain(decodeKubernetesProtobuf(bytes, { expected }).object as JsonObject);
  }
  try {
    return form === "yaml" ? parseYamlBody(bytes) : parseJsonBody(bytes, { allowsHuge: true });
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    const prefix = form === "yaml" ? "" : "couldn't get version/kind; json parse error: ";
    throw new DecodeError(`${prefix}${error.message}`);
  }
}

function plain(value: JsonValue): Pick<ParsedBody, "value" | "text"> {
  return { value, text: () => JSON.stringify(value) };
}

function decodeOptions(value: JsonValue, text: () => string): JsonObject {
  const options = checkTypeMeta(value, text);
  const given = foldedTypeMeta(options);
  const apiVersion = given.apiVersion || META;
  const kind = given.kind || KIND;
  if (apiVersion.endsWith("/") && apiVersion !== "/")
    throw new DecodeError(`Object 'apiVersion' is missing in '${text()}'`);
  if (kind === KIND) {
    const problem = findTypeError(META, KIND, text());
    if (problem !== undefined) throw new DecodeError(problem);
    return shapeBuiltIn({ ...options, kind, apiVersion: META }).object;
  }
  throw new DecodeError(
    OTHER_KINDS.get(apiVersion)?.includes(kind) === true
      ? `converting (v1.${kind}) to (v1.${KIND}): unknown conversion`
      : `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
  );
}
