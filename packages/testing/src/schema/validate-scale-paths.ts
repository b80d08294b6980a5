import { goTypeOf, goValue } from "../patch/go-value.js";
import { type FieldError, invalid } from "./field-error.js";
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "./json.js";

/** Where an object has what its Scale shows: paths of field names. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** A label selector as text; undefined where the object has a structured one, or none. */
  readonly selector: readonly string[] | undefined;
}

const MAX_REPLICAS = 2 ** 31 - 1;

/** Judges the fields of a custom resource that its subresource `scale` shows. @param part all of them, or those of `status`. */
export function validateScalePaths(
  paths: ScalePaths,
  object: JsonObject,
  part: "all" | "status",
): FieldError[] {
  return [
    ...(part === "all" ? replicasErrors(object, paths.specReplicas) : []),
    ...replicasErrors(object, paths.statusReplicas),
    ...(paths.selector === undefined ? [] : selectorErrors(object, paths.selector)),
  ];
}

function replicasErrors(object: JsonObject, path: readonly string[]): FieldError[] {
  const field = `.${path.join(".")}`;
  const found = read(object, path);
  if ("error" in found) return [invalid(field, 0, found.error)];
  const { value = 0 } = found;
  if (typeof value !== "number" || !Number.isInteger(value))
    return [invalid(field, 0, accessorError(path, value, "int64"))];
  if (value < 0) return [invalid(field, value, "should be a non-negative integer")];
  return value > MAX_REPLICAS
    ? [invalid(field, value, `should be less than or equal to ${MAX_REPLICAS}`)]
    : [];
}

function selectorErrors(object: JsonObject, path: readonly string[]): FieldError[] {
  if (path.length === 0) return [];
  const field = `.${path.join(".")}`;
  const found = read(object, path);
  if ("error" in found) return [invalid(field, "", found.error)];
  const { value = "" } = found;
  return typeof value === "string"
    ? []
    : [invalid(field, "", accessorError(path, value, "string"))];
}

function read(
  object: JsonObject,
  path: readonly string[],
): { readonly value: JsonValue | undefined } | { readonly error: string } {
  let value: JsonValue | undefined = object;
  for (const [index, key] of path.entries()) {
    if (value === null || value === undefined) return { value: undefined };
    if (!isJsonObject(value))
      return { error: accessorError(path.slice(0, index + 1), value, "map[string]interface{}") };
    value = ownValue(value, key);
  }
  return { value };
}

function accessorError(path: readonly string[], value: JsonValue, wanted: string): string {
  const type = value === null ? "<nil>" : goTypeOf(value);
  return `.${path.join(".")} accessor error: ${goValue(value)} is of the type ${type}, expected ${wanted}`;
}
