import type { CompiledSchema } from "./compiled-schema.js";
import {
  NO_FIELD,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { FORMAT_CHECKS } from "./formats.js";
import { goJson } from "./go-format.js";
import { isJsonObject, jsonEqual, ownValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import { correlateItems } from "./correlate-items.js";
import { checkType } from "./check-type.js";
import { checkNumber } from "./check-number.js";

/**
 * Appends what is wrong with a value by the keywords of its schema, in the order of the real server's validators: type,
 * composition, string, format, number, list, enum, object.
 *
 * @param old what the stored object has here, when it can be correlated: what did not change is not judged.
 */
export function validateValue(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  old: JsonValue | undefined,
  errors: FieldError[],
): void {
  const before = errors.length;
  checkType(schema, value, path, errors);
  if (value !== null) {
    if (schema.isComposed) checkComposition(schema, value, path, old, errors);
    if (typeof value === "string") {
      if (schema.hasTextLimits) checkString(schema, value, path, errors);
    } else if (typeof value === "number") {
      if (schema.hasNumberLimits) checkNumber(schema, value, path, errors);
    } else if (Array.isArray(value)) checkList(schema, value, path, old, errors);
  }
  if (schema.enum !== undefined) checkEnum(schema, schema.enum, value, path, errors);
  if (isJsonObject(value)) checkObject(schema, value, path, old, errors);
  if (errors.length > before && old !== undefined && jsonEqual(value, old)) errors.length = before;
}

function checkComposition(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  old: JsonValue | undefined,
  errors: FieldError[],
): void {
  const { source } = schema;
  if (source.anyOf !== undefined) {
    const { valid, best } = tryAll(schema.composed("anyOf"), value, path, old);
    if (valid === 0) {
      errors.push(unnamed(`"${path}" must validate at least one schema (anyOf)`), ...best);
    }
  }
  if (source.oneOf !== undefined) {
    const { valid, best } = tryAll(schema.composed("oneOf"), value, path, old);
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      errors.push(unnamed(`"${path}" must validate one and only one schema (oneOf). ${found}`));
      if (valid === 0) errors.push(...best);
    }
  }
  if (source.allOf !== undefined) {
    const members = schema.composed("allOf");
    let failed = 0;
    for (const member of members) {
      const before = errors.length;
      validateValue(member, value, path, old, errors);
      if (errors.length > before) failed++;
    }
    if (failed > 0) {
      const none = failed === members.length ? ". None validated" : "";
      errors.push(unnamed(`"${path}" must validate all the schemas (allOf)${none}`));
    }
  }
  const { not } = schema;
  if (not !== undefined) {
    const wrong: FieldError[] = [];
    validateValue(not, value, path, undefined, wrong);
    if (wrong.length === 0) {
      errors.push(unnamed(`"${path}" must not validate the schema (not)`));
    }
  }
}

function tryAll(
  members: readonly CompiledSchema[],
  value: JsonValue,
  path: string,
  old: JsonValue | undefined,
): { valid: number; best: readonly FieldError[] } {
  let valid = 0;
  let best: readonly FieldError[] | undefined;
  let bestProgress = 0;
  for (const member of members) {
    const wrong: FieldError[] = [];
    validateValue(member, value, path, old, wrong);
    if (wrong.length === 0) valid++;
    else {
      // The real server tells of the member that got furthest; of those alike it takes the first.
      const progress = progressOf(member, value);
      if (best === undefined || progress > bestProgress) {
        best = wrong;
        bestProgress = progress;
      }
    }
  }
  return { valid, best: best ?? [] };
}

function progressOf(member: CompiledSchema, value: JsonValue): number {
  if (!isJsonObject(value)) return 0;
  return Object.keys(value).filter((key) => member.property(key) !== undefined).length;
}

function unnamed(detail: string): FieldError {
  return invalid(NO_FIELD, "", detail);
}

function checkString(
  schema: CompiledSchema,
  value: string,
  path: string,
  errors: FieldError[],
): void {
  const { source } = schema;
  const limit = checkStringLimits(schema, value, path);
  if (limit !== undefined) errors.push(limit);
  const { format } = source;
  if (format !== undefined && schema.types[0] !== "integer" && schema.types[0] !== "number") {
    const check = FORMAT_CHECKS.get(format);
    if (check !== undefined && !check(value)) {
      errors.push(
        typeInvalid(path, value, `${path} in body must be of type ${format}: "${value}"`),
      );
    }
  }
}

function checkStringLimits(
  schema: CompiledSchema,
  value: string,
  path: string,
): FieldError | undefined {
  const { maxLength, minLength, pattern } = schema.source;
  if (maxLength !== undefined && value.length > maxLength && runeCount(value) > maxLength) {
    return tooLong(path, value, maxLength);
  }
  if (minLength !== undefined && runeCount(value) < minLength) {
    return invalid(path, value, `${path} in body should be at least ${minLength} chars long`);
  }
  if (pattern !== undefined && pattern !== "") {
    if (schema.pattern?.test(value) === false) {
      return invalid(path, value, `${path} in body should match '${pattern}'`);
    }
  }
  return undefined;
}

function runeCount(text: string): number {
  let count = 0;
  for (const _rune of text) count++;
  return count;
}

function checkList(
  schema: CompiledSchema,
  list: JsonValue[],
  path: string,
  old: JsonValue | undefined,
  errors: FieldError[],
): void {
  const { items, source } = schema;
  if (items !== undefined) {
    const oldOf = correlateItems(schema, old);
    for (let index = 0; index < list.length; index++) {
      const item = list[index] as JsonValue;
      validateValue(items, item, `${path}[${index}]`, oldOf?.(item), errors);
    }
  }
  if (source.minItems !== undefined && list.length < source.minItems) {
    errors.push(
      invalid(path, list.length, `${path} in body should have at least ${source.minItems} items`),
    );
  }
  if (source.maxItems !== undefined && list.length > source.maxItems) {
    errors.push(tooMany(path, list.length, source.maxItems));
  }
  // Only the default of a schema that is refused for this very keyword comes by here.
  const hasTwins = (): boolean =>
    list.some((item, index) => list.slice(0, index).some((other) => jsonEqual(item, other)));
  if (source.uniqueItems === true && hasTwins())
    errors.push(invalid(path, "", `${path} in body shouldn't contain duplicates`));
}

function checkEnum(
  schema: CompiledSchema,
  allowed: readonly JsonValue[],
  value: JsonValue,
  path: string,
  errors: FieldError[],
): void {
  for (const member of allowed) if (jsonEqual(member, value)) return;
  if (value === null && schema.isNullable) return;
  const texts = allowed.map((member) => (typeof member === "string" ? member : goJson(member)));
  errors.push(notSupported(path, value, texts));
}

function checkObject(
  schema: CompiledSchema,
  object: JsonObject,
  path: string,
  old: JsonValue | undefined,
  errors: FieldError[],
): void {
  const keys = Object.keys(object);
  if (schema.hasSizeLimits) checkSize(schema, keys.length, path, errors);
  const oldObject = isJsonObject(old) ? old : undefined;
  for (const key of keys) {
    const next = schema.property(key) ?? schema.additionalProperties;
    if (next === undefined) {
      if (schema.source.additionalProperties === false) {
        errors.push(invalid(path, key, `${path}.${key} in body is a forbidden property`));
      }
      continue;
    }
    const oldChild = oldObject === undefined ? undefined : ownValue(oldObject, key);
    const child = object[key] as JsonValue;
    validateValue(next, child, path === "" ? key : `${path}.${key}`, oldChild, errors);
  }
  for (const key of schema.required) {
    if (!Object.hasOwn(object, key)) errors.push(required(path === "" ? key : `${path}.${key}`));
  }
}

function checkSize(schema: CompiledSchema, size: number, path: string, errors: FieldError[]): void {
  const { minProperties, maxProperties } = schema.source;
  if (minProperties !== undefined && size < minProperties) {
    errors.push(
      invalid(path, size, `${path} in body should have at least ${minProperties} properties`),
    );
  }
  if (maxProperties !== undefined && size > maxProperties) {
    errors.push(tooMany(path, size, maxProperties));
  }
}
