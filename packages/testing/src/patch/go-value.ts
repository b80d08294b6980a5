import { goNumber } from "../schema/go-format.js";
import { isJsonObject, type JsonValue } from "../schema/json.js";

/** A value as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys sorted. */
export function goValue(value: JsonValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (!isJsonObject(value)) return typeof value === "number" ? goNumber(value) : String(value);
  const fields = Object.keys(value).toSorted();
  return `map[${fields.map((key) => `${key}:${goValue(value[key] as JsonValue)}`).join(" ")}]`;
}

/** A value as Go's `%s` prints it: what is no text comes with its type. */
export function goTextValue(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "%!s(<nil>)";
  const within = (inner: JsonValue): string => (inner === null ? "<nil>" : goTextValue(inner));
  if (Array.isArray(value)) return `[${value.map(within).join(" ")}]`;
  if (!isJsonObject(value)) return `%!s(${goTypeOf(value)}=${goValue(value)})`;
  const fields = Object.keys(value).toSorted();
  return `map[${fields.map((key) => `${key}:${within(value[key] as JsonValue)}`).join(" ")}]`;
}

/** The Go type to which a value is decoded, as `%T` prints it. */
export function goTypeOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
