import type { CompiledSchema } from "./compiled-schema.js";
import { NO_FIELD, invalid } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { goNumber } from "./go-format.js";

const INTEGER_RANGES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["int32", [-(2 ** 31), 2 ** 31 - 1]],
  ["uint32", [0, 2 ** 32 - 1]],
  ["uint64", [0, 2 ** 64]],
]);
const INT64_LIMIT = 2 ** 63;
const MAX_FLOAT32 = 3.4028234663852886e38;

/** Appends what is wrong with a number: its range by format, multipleOf, minimum and maximum, in that order. */
export function checkNumber(
  schema: CompiledSchema,
  value: number,
  path: string,
  errors: FieldError[],
): void {
  const { source, types } = schema;
  if (types.length === 1) checkFormatRange(types[0] as string, source.format, value, path, errors);
  // The real server compares whole numbers with bounds cut to whole numbers.
  const isWhole = Number.isInteger(value);
  const bound = (limit: number) => (isWhole ? Math.trunc(limit) : limit);
  if (source.multipleOf !== undefined) {
    const factor = bound(source.multipleOf);
    // Of a factor below one nothing is left for a whole number.
    if (factor === 0)
      errors.push(invalid(path, 0, `factor MultipleOf declared for ${path} must be positive: 0`));
    else if (!isMultiple(value, factor)) {
      errors.push(
        invalid(path, value, `${path} in body should be a multiple of ${goNumber(factor)}`),
      );
    }
  }
  if (source.minimum !== undefined) {
    const limit = bound(source.minimum);
    const isExclusive = source.exclusiveMinimum === true;
    if (value < limit || (isExclusive && value === limit)) {
      const comparison = isExclusive ? "greater than" : "greater than or equal to";
      errors.push(
        invalid(path, value, `${path} in body should be ${comparison} ${goNumber(limit)}`),
      );
    }
  }
  if (source.maximum !== undefined) {
    const limit = bound(source.maximum);
    const isExclusive = source.exclusiveMaximum === true;
    if (value > limit || (isExclusive && value === limit)) {
      const comparison = isExclusive ? "less than" : "less than or equal to";
      errors.push(
        invalid(path, value, `${path} in body should be ${comparison} ${goNumber(limit)}`),
      );
    }
  }
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  return Number.isInteger(quotient);
}

function checkFormatRange(
  type: string,
  format: string | undefined,
  value: number,
  path: string,
  errors: FieldError[],
): void {
  if (type === "integer") {
    const range = format === undefined ? undefined : INTEGER_RANGES.get(format);
    const isInRange =
      range === undefined ? Math.abs(value) < INT64_LIMIT : value >= range[0] && value <= range[1];
    if (Number.isInteger(value) && isInRange) return;
    errors.push(outOfRange(type, format, path));
  } else if (type === "number" && format === "float" && Math.abs(value) > MAX_FLOAT32) {
    errors.push(outOfRange(type, format, path));
  }
}

function outOfRange(type: string, format: string | undefined, path: string): FieldError {
  const kind = format === undefined ? `${type} (default format)` : `${type} with format ${format}`;
  return invalid(NO_FIELD, "", `Checked value must be of type ${kind} in ${path}`);
}
