import { FORMAT_CHECKS } from "../schema/formats.js";
import type { JsonObject } from "../schema/json.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";
import { childSchemas, isSchema } from "../schema/structural-junctors.js";
import { objectAt, objectsAt } from "./json-access.js";

/** A format is looked up as it is spelled without hyphens. */
const TEXT_FORMATS = new Set([...FORMAT_CHECKS.keys()].map((name) => name.replaceAll("-", "")));
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

/** What the schemas of a CustomResourceDefinition say without effect. */
export function warningsOfDefinition(spec: JsonObject): string[] {
  const schemas = objectsAt(spec, "versions")
    .map((version): OpenApiSchema => objectAt(objectAt(version, "schema"), "openAPIV3Schema"))
    .flatMap(withInner);
  const formats = schemas
    .filter(({ type = "", format = "" }) => format !== "" && !hasFormat(type, format))
    .map(({ format }) => `unrecognized format ${JSON.stringify(format)}`);
  const sets = schemas
    .filter((schema) => schema["x-kubernetes-list-type"] === "set")
    .flatMap(({ items }) => (isSchema(items) ? [items.type ?? ""] : []))
    .filter((type) => type === "object" || type === "array")
    .toSorted()
    .map(
      (type) =>
        `x-kubernetes-list-type: set for items of type "${type}" is not supported by server-side apply or CEL validation rules`,
    );
  return [...new Set([...formats, ...sets])];
}

function hasFormat(type: string, format: string): boolean {
  if (type === "" || type === "string") return TEXT_FORMATS.has(format.replaceAll("-", ""));
  return FORMATS[type]?.includes(format) === true;
}

function withInner(schema: OpenApiSchema): OpenApiSchema[] {
  return [schema, ...childSchemas(schema).flatMap(withInner)];
}
