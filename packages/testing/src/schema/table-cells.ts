import { parseTime } from "@kvop/core";
import { goJson, goNumber } from "./go-format.js";
import { humanDuration } from "./human-duration.js";
import { findByJsonPath, parseJsonPath } from "./json-path.js";
import type { JsonPath } from "./json-path.js";
import type { JsonObject, JsonValue } from "./json.js";

/** One of a CustomResourceDefinition's `additionalPrinterColumns`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

/** Printer columns with their paths parsed. */
export interface PrinterColumns {
  readonly columns: readonly { readonly type: string; readonly path: JsonPath | undefined }[];
}

/** Parses the paths of printer columns, for repeated use with {@link printerColumnCells}. */
export function compilePrinterColumns(columns: readonly PrinterColumn[]): PrinterColumns {
  return {
    columns: columns.map(({ type, jsonPath }) => ({ type, path: parseJsonPath(jsonPath) })),
  };
}

/**
 * The cells that an object has under printer columns, without the name that comes first in each row. Null where a path
 * leads nowhere or to a value of another type; dates are told as ages, as `kubectl get` shows them.
 *
 * @param columns compiled, where many objects are shown.
 * @param nowMs milliseconds since 1970 that ages count to.
 */
export function printerColumnCells(
  columns: PrinterColumns | readonly PrinterColumn[],
  object: JsonObject,
  nowMs: number,
): JsonValue[] {
  const compiled = "columns" in columns ? columns : compilePrinterColumns(columns);
  return compiled.columns.map(({ type, path }) => {
    const values = path === undefined ? [] : findByJsonPath(path, object);
    const value = values[0];
    if (value === null && type === "string") return "<no value>";
    return value === undefined || value === null ? null : cellOf(type, value, nowMs);
  });
}

function cellOf(type: string, value: Exclude<JsonValue, null>, nowMs: number): JsonValue {
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "string":
      return textOf(value);
    case "date":
      return typeof value === "string" ? ageOf(value, nowMs) : null;
    default:
      return null;
  }
}

function textOf(value: Exclude<JsonValue, null>): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return goNumber(value);
  return typeof value === "boolean" ? String(value) : goJson(value);
}

function ageOf(text: string, nowMs: number): string {
  if (text === "") return "<unknown>";
  const time = parseTime(text);
  return time === undefined ? "<invalid>" : humanDuration(nowMs - time);
}
