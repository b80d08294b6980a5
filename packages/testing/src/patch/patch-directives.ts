import { isJsonObject, type JsonObject, type JsonValue, setOwnValue } from "../schema/json.js";
import { goTypeOf } from "./go-value.js";
import { PatchError } from "./patch-error.js";

/** `replace`, `delete` or `merge`, for the object it stands in. */
export const DIRECTIVE = "$patch";
/** The only keys that an object keeps. */
export const RETAIN_KEYS = "$retainKeys";
/** In front of a list's name: the order of its items. */
export const ORDER_PREFIX = "$setElementOrder/";
/** In front of a list's name: scalars to take out of it. */
export const DELETE_PREFIX = "$deleteFromPrimitiveList/";

/** @throws PatchError `internal` when a list is expected and there is none */
export function listOrError(value: JsonValue | undefined): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  throw new PatchError("internal", `expected a []interface {}, but received a ${goTypeOf(value)}`);
}

function isDirective(key: string): boolean {
  return key === RETAIN_KEYS || key.startsWith(ORDER_PREFIX) || key.startsWith(DELETE_PREFIX);
}

/**
 * What a patch says of something that is not there yet: itself, without nulls and directives. Undefined for an object
 * that is itself a directive.
 */
export function withoutDirectives(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item): item is JsonValue => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const field = value[key] as JsonValue;
    if (field === null || isDirective(key)) continue;
    const kept = withoutDirectives(field);
    if (kept !== undefined) setOwnValue(result, key, kept);
  }
  return result;
}

/**
 * A value that a patch puts in place as it is. Directives in it mean nothing: the server drops them as it drops any
 * unknown field.
 */
export function withoutDirectiveKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutDirectiveKeys);
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const field = value[key] as JsonValue;
    if (field !== null && key !== DIRECTIVE && !isDirective(key))
      setOwnValue(result, key, withoutDirectiveKeys(field));
  }
  return result;
}
