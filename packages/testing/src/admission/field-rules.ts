import { type FieldError, invalid, notSupported } from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import type { NameRule } from "../schema/name-rules.js";
import { numberAt, textAt } from "./json-access.js";

const MAX_PORT = 65_535;

/** `Unsupported value` unless the text under the key, if any, is one of a few. */
export function supported(
  object: JsonObject,
  key: string,
  path: string,
  values: readonly string[],
): FieldError[] {
  const value = textAt(object, key);
  return value === "" || values.includes(value)
    ? []
    : [notSupported(path === "" ? key : `${path}.${key}`, value, values)];
}

export function between(value: number, low: number, high: number, field: string): FieldError[] {
  return value >= low && value <= high
    ? []
    : [invalid(field, value, `must be between ${low} and ${high}, inclusive`)];
}

export function validatePort(value: number, field: string): FieldError[] {
  return between(value, 1, MAX_PORT, field);
}

export function notNegative(object: JsonObject, key: string, path: string): FieldError[] {
  const value = numberAt(object, key);
  return value === undefined || value >= 0
    ? []
    : [invalid(`${path}.${key}`, value, "must be greater than or equal to 0")];
}

/** `field is immutable` where a value is not what it was. */
export function immutable(
  object: JsonObject,
  old: JsonObject,
  key: string,
  path: string,
): FieldError[] {
  if (jsonEqual(object[key], old[key])) return [];
  return [invalid(path === "" ? key : `${path}.${key}`, object[key] ?? null, "field is immutable")];
}

/** What is wrong with the name under a key, where there is one. */
export function named(object: JsonObject, key: string, path: string, rule: NameRule): FieldError[] {
  const value = textAt(object, key);
  return value === "" ? [] : rule(value).map((detail) => invalid(`${path}.${key}`, value, detail));
}
