import {
  copyJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownValue,
  setOwnValue,
} from "../schema/json.js";
import { goJsonKind } from "./go-json-kind.js";
import { PatchError } from "./patch-error.js";

/**
 * The document after a JSON merge patch (RFC 7386). Neither input is changed; what the patch does not touch is shared
 * with the document.
 *
 * Unlike the RFC, and like a kube-apiserver, a patch that is not an object is refused: the result would not be a
 * Kubernetes object.
 *
 * @throws PatchError kind `malformed`
 */
export function applyMergePatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (patch === null) throw new PatchError("malformed", "Invalid JSON Patch");
  if (!isJsonObject(patch)) {
    throw new PatchError(
      "malformed",
      `error decoding patch: json: cannot unmarshal ${goJsonKind(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return merge(document, patch);
}

function merge(document: JsonValue | undefined, patch: JsonObject): JsonObject {
  const target: JsonObject = isJsonObject(document) ? { ...document } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key] as JsonValue;
    if (value === null) delete target[key];
    else
      setOwnValue(
        target,
        key,
        isJsonObject(value) ? merge(ownValue(target, key), value) : withoutNulls(value),
      );
  }
  return target;
}

/** Objects inside a list of the patch lose their null fields, as RFC 7386 leaves open and the Go library does. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isJsonObject(value) ? merge(undefined, value) : copyJson(value);
}
