import { shapeBuiltIn } from "../admission/shape-built-in.js";
import { applyJsonPatch, jsonPatchStrictErrors } from "../patch/json-patch.js";
import { applyMergePatch } from "../patch/merge-patch.js";
import { PatchError } from "../patch/patch-error.js";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.js";
import { invalid } from "../schema/field-error.js";
import { goJsonKind } from "../patch/go-json-kind.js";
import { goJson, goQuote } from "../schema/go-format.js";
import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { goValue } from "../patch/go-value.js";
import type { ApiRequest } from "./api-request.js";
import { applyObject } from "./apply-object.js";
import { strictMessage } from "./check-object.js";
import { checkPlace } from "./create-object.js";
import {
  decodeBody,
  DecodeError,
  type DecodedObject,
  decodeObject,
  INTERNAL,
  KindError,
} from "./decode-object.js";
import { hasOtherVersion, inVersion } from "./in-version.js";
import { BodySyntaxError, parseJsonBody, parseYamlBody, type ParsedBody } from "./parse-body.js";
import { refuse } from "./refusal.js";
import { isOlderVersion, withOlderDefaults } from "./older-versions.js";
import { restoreProblem } from "./restore-problem.js";
import { APPLY, JSON_PATCH, MERGE_PATCH, patchTypeOf, STRATEGIC_PATCH } from "./patch-type.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";
import { checkPatched, checkVersioned, replaceObject, storedObject } from "./update-object.js";
import { apiVersionOf, metadataOf, type WriteTarget, type Written } from "./write-target.js";

/** A patch of a known type, as it was sent. */
export interface ReadPatch {
  readonly type: string;
  readonly value: JsonValue;
  readonly strictErrors: readonly string[];
}

/** @throws ApiError for a type that the resource does not take, or a body that is no patch. */
export function readPatch(request: ApiRequest, resource: ServedResource): ReadPatch {
  const type = patchTypeOf(request, resource);
  const { bytes } = request;
  const parsed = ((): Pick<ParsedBody, "value" | "duplicates"> => {
    if (bytes === undefined) return { value: request.body ?? null, duplicates: [] };
    try {
      return type === APPLY ? parseYamlBody(bytes) : parseJsonBody(bytes);
    } catch (error) {
      if (!(error instanceof BodySyntaxError)) throw error;
      const isHuge = type === MERGE_PATCH && error.message.startsWith("json: cannot unmarshal");
      if (isHuge) throw refuse.badRequest(`error decoding patch: ${error.message}`);
      throw refuse.badRequest(
        type === APPLY ? unreadableApply(bytes, error.message) : "invalid JSON patch",
      );
    }
  })();
  return { type, value: parsed.value, strictErrors: parsed.duplicates };
}

/** What looks like JSON is taken for it at first. */
function unreadableApply(bytes: Uint8Array, problem: string): string {
  const isLikeJson = /^\s*\{/.test(Buffer.from(bytes).toString("latin1"));
  return isLikeJson
    ? `error decoding patch: error converting YAML to JSON: ${problem}`
    : `error encoding patch: ${problem}`;
}

/** A patch that was read, with what strict validation says of what comes of it. */
export interface PreparedPatch {
  readonly decoded: Pick<DecodedObject, "strictErrors">;
  readonly write: () => Written;
}

/** Prepares to change an object by a patch, or to apply a configuration. */
export function preparePatch(
  request: ApiRequest,
  target: WriteTarget,
  context: ServerContext,
): PreparedPatch {
  const { resource, name = "" } = target;
  const patch = readPatch(request, resource);
  const stored = storedObject(target, context);
  if (patch.type === APPLY) {
    const write = (): Written => applyObject(patch, stored, target, context);
    return { decoded: { strictErrors: [] }, write };
  }
  if (stored === undefined) throw refuse.notFound(resource, name);
  const object = patched(copyJson(stored), patch, resource);
  const decoded = decodePatched(object, { patch, stored }, target);
  const write = (): Written => {
    checkPlace(decoded.object, target);
    checkVersioned(decoded.object, target);
    checkPatched(decoded.object, stored, target);
    return replaceObject(decoded, stored, target, context);
  };
  return { decoded, write };
}

/** @throws ApiError when the patch does not fit the document. */
export function patched(
  document: JsonObject,
  { type, value }: ReadPatch,
  resource: Pick<ServedResource, "mergeSchema">,
): JsonValue {
  try {
    switch (type) {
      case JSON_PATCH:
        return applyJsonPatch(document, value);
      case MERGE_PATCH:
        return applyMergePatch(document, value);
      default:
        return applyStrategicMergePatch(document, value, resource.mergeSchema);
    }
  } catch (error) {
    throw PatchError.isInstance(error) ? refuse.patch(error.statusCode, error.message) : error;
  }
}

function decodePatched(
  object: JsonValue,
  source: { readonly patch: ReadPatch; readonly stored: JsonObject },
  target: WriteTarget,
): DecodedObject {
  const { patch } = source;
  const { resource, fieldValidation } = target;
  const decoded = ((): DecodedObject => {
    try {
      return decodeVersioned(object, patch.type, resource);
    } catch (error) {
      if (error instanceof DecodeError)
        throw refuse.invalidPatch(shownPatch(source, resource), error.message);
      if (!(error instanceof KindError)) throw error;
      const isStrategic = patch.type === STRATEGIC_PATCH;
      throw refuse.invalidPatch(
        shownPatch(source, resource),
        isStrategic ? restoreProblem(error.problem) : error.problem,
      );
    }
  })();
  const strictErrors = [
    ...(patch.type === JSON_PATCH ? jsonPatchStrictErrors(patch.value) : []),
    ...patch.strictErrors,
    // The document that a merge makes has its keys in order.
    ...(patch.type !== JSON_PATCH && !resource.isCustom
      ? decoded.strictErrors.toSorted()
      : decoded.strictErrors),
  ];
  if (strictErrors.length > 0 && fieldValidation === "Strict") {
    throw refuse.invalidPatch(shownPatch(source, resource), strictMessage(strictErrors));
  }
  return { object: decoded.object, strictErrors };
}

/** What came of a patch, read as the version and kind that it has then. @throws DecodeError, KindError, ApiError */
function decodeVersioned(
  object: JsonValue,
  patchType: string,
  resource: ServedResource,
): DecodedObject {
  const source = { text: (): string => goJson(object) };
  if (!isJsonObject(object)) return decodeObject(object, resource, source);
  const { isCustom, kind } = resource;
  const apiVersion = apiVersionOf(resource);
  if (patchType === STRATEGIC_PATCH) {
    // The Go object that is patched knows its type, whatever the patch says of it.
    for (const key of ["apiVersion", "kind"])
      if (!["string", "null"].includes(goJsonKind(object[key]))) {
        const isWhole = Number.isInteger(object[key]);
        const problem = isWhole ? "cannot convert int64 to string" : "unrecognized type: string";
        throw new KindError(problem, "");
      }
    const converted = { ...source, isConverted: true };
    return decodeObject({ ...object, apiVersion, kind }, resource, converted);
  }
  const isUnversioned = (object["apiVersion"] ?? "") === "";
  const internal = resource.group === "" ? INTERNAL : `${resource.group}/${INTERNAL}`;
  const isInternal = object["apiVersion"] === internal && object["kind"] === kind;
  if (!isCustom && (isUnversioned || isInternal)) {
    // It is read as the type that objects have within the real server: none of the fields has a name there.
    const unknown = Object.keys(object)
      .filter((key) => !["apiVersion", "kind"].includes(key))
      .toSorted();
    return { object: {}, strictErrors: unknown.map((key) => `unknown field ${goQuote(key)}`) };
  }
  if (isCustom && isUnversioned)
    throw refuse.internalError(
      "Object 'apiVersion' is missing in 'object has no apiVersion field'",
    );
  const given = String(object["apiVersion"]);
  if (!isCustom && object["kind"] === kind) {
    if (isOlderVersion(given, kind))
      return decodeObject({ ...withOlderDefaults(object, given), apiVersion }, resource, source);
    if (hasOtherVersion(resource, given)) {
      const [group = "", version = ""] = given.includes("/") ? given.split("/") : ["", given];
      const other = decodeObject(object, { ...resource, group, version }, source);
      return { ...other, object: inVersion(other.object, resource) };
    }
  }
  const decoded = decodeBody(object, resource, source);
  if (decoded.misfit === undefined) return decoded;
  if (object["kind"] !== kind) throw decoded.misfit;
  const group = given.includes("/") ? (given.split("/")[0] ?? "") : "";
  throw refuse.invalid({ ...resource, group }, String(metadataOf(object)["name"] ?? ""), [
    invalid("apiVersion", given, `must be ${apiVersion}`),
  ]);
}

/** A refusal shows the patched document as Go would write it, of a strategic merge patch the patch itself. */
function shownPatch(
  { patch, stored }: { readonly patch: ReadPatch; readonly stored: JsonObject },
  resource: ServedResource,
): string {
  if (patch.type === STRATEGIC_PATCH) return goValue(patch.value);
  if (resource.isCustom) return goJson(patched(copyJson(stored), patch, resource));
  const object = patched(shapeBuiltIn(stored).object, patch, resource);
  if (!isJsonObject(object)) return goJson(object);
  const fields = Object.keys(object)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(object[key])}`);
  return `{${fields.join(",")}}`;
}
