import type { CompiledSchema } from "./compiled-schema.js";
import { typeInvalid } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import type { JsonValue } from "./json.js";

/** int64 is what the real server decodes whole numbers to; beyond it they are floats. */
const INT64_LIMIT = 2 ** 63;

/** Appends an error when a value has none of the types of its schema. */
export function checkType(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  errors: FieldError[],
): void {
  const { types } = schema;
  if (types.length === 1 && value !== null && isOfType(types[0] as string, value)) return;
  const format = schema.source.format ?? "";
  if (value === null) {
    if (!schema.isNullable && types.length > 0) {
      errors.push(wrongType(path, types.join(","), "null"));
    }
    return;
  }
  if (types.length === 0 && format === "") return;
  const actual = typeName(value);
  if (types.includes(actual)) return;
  if (actual === "integer" && types.includes("number")) return;
  const isText = actual === "string" || actual === "array";
  if (format !== "") {
    const isNumeric = types.includes("number") || types.includes("integer");
    if (isText && !isNumeric) return;
    if (!isText) {
      errors.push(wrongType(path, format, formatName(actual)));
      return;
    }
  }
  if (types.length > 0) errors.push(wrongType(path, types.join(","), actual));
}

function isOfType(type: string, value: Exclude<JsonValue, null>): boolean {
  switch (type) {
    case "string":
    case "boolean":
      return typeof value === type;
    case "object":
      return typeof value === "object" && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    default:
      return false;
  }
}

function wrongType(path: string, expected: string, actual: string): FieldError {
  return typeInvalid(path, actual, `${path} in body must be of type ${expected}: "${actual}"`);
}

function typeName(value: Exclude<JsonValue, null>): string {
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) < INT64_LIMIT ? "integer" : "number";
  }
  return Array.isArray(value) ? "array" : typeof value;
}

/** The format that the real server derives from a value's type. */
function formatName(type: string): string {
  if (type === "integer") return "int64";
  return type === "number" ? "float64" : "";
}
