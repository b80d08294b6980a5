import { fieldErrorMessage, forbidden, invalid, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { checkDeclared, checkJunctors, childSchemas, isSchema } from "./structural-junctors.js";

type Level = "root" | "item" | "field";

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

/**
 * What keeps a schema from being structural: each field has one type, told outside of `allOf`, `anyOf`, `oneOf` and `not`
 * (KEP-1979). Sorted by text, as the real server does.
 */
export function checkStructural(schema: OpenApiSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkNode(schema, "root", path, errors);
  checkDeclared(schema, schema, path, path, errors);
  const textOf = (error: FieldError) => `${error.field}: ${fieldErrorMessage(error)}`;
  return errors.toSorted((left, right) => (textOf(left) < textOf(right) ? -1 : 1));
}

function checkNode(schema: OpenApiSchema, level: Level, path: string, errors: FieldError[]): void {
  checkTypeAndExtensions(schema, level, path, errors);
  checkImpliedFields(schema, level, path, errors);
  const { properties, additionalProperties, items } = schema;
  for (const name of Object.keys(properties ?? {})) {
    checkNode(
      (properties ?? {})[name] as OpenApiSchema,
      "field",
      `${path}.properties[${name}]`,
      errors,
    );
  }
  if (level === "root" && additionalProperties !== undefined && additionalProperties !== null) {
    errors.push(forbidden(`${path}.additionalProperties`, "must not be used at the root"));
  }
  if (isSchema(additionalProperties)) {
    checkNode(additionalProperties, "field", `${path}.additionalProperties`, errors);
  }
  if (isSchema(items)) checkNode(items, "item", `${path}.items`, errors);
  else if (schema.type === "array" && items === undefined) {
    errors.push(required(`${path}.items`, "must be specified"));
  }
  checkJunctors(schema, path, errors);
}

function checkTypeAndExtensions(
  schema: OpenApiSchema,
  level: Level,
  path: string,
  errors: FieldError[],
): void {
  const type = schema.type ?? "";
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isEmbedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(
      type === "" ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail),
    );
  } else if (type === "" && !isIntOrString && !preserves) {
    errors.push(required(`${path}.type`, EMPTY_TYPE[level]));
  }
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalid(`${path}.type`, type, "must be object at the root"));
  }
  if (isEmbedded && schema.additionalProperties !== undefined) {
    errors.push(
      forbidden(
        `${path}.additionalProperties`,
        "must not be used if x-kubernetes-embedded-resource is set",
      ),
    );
  }
  if (isEmbedded && !preserves && Object.keys(schema.properties ?? {}).length === 0) {
    errors.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  }
  if (!isIntOrString) return;
  for (const [isSet, keyword] of [
    [preserves, "x-kubernetes-preserve-unknown-fields"],
    [isEmbedded, "x-kubernetes-embedded-resource"],
  ] as const) {
    if (isSet) {
      errors.push(
        invalid(`${path}.${keyword}`, true, "must be false if x-kubernetes-int-or-string is true"),
      );
    }
  }
}

/** `apiVersion`, `kind` and `metadata` are given for resources: a schema may hardly say more of them. */
function checkImpliedFields(
  schema: OpenApiSchema,
  level: Level,
  path: string,
  errors: FieldError[],
): void {
  const isResource = level === "root" || schema["x-kubernetes-embedded-resource"] === true;
  if (!isResource) return;
  for (const [name, type] of [
    ["kind", "string"],
    ["apiVersion", "string"],
    ["metadata", "object"],
  ] as const) {
    const declared = ownSchema(schema, name);
    if (declared === undefined || declared.type === type) continue;
    errors.push(
      invalid(`${path}.properties[${name}].type`, declared.type ?? "", `must be ${type}`),
    );
  }
  const metadata = ownSchema(schema, "metadata");
  if (level !== "root" || metadata === undefined) return;
  const names = Object.keys(metadata.properties ?? {});
  const saysMore =
    Object.entries(metadata).some(([keyword, value]) => saysOfMetadata(keyword, value)) ||
    names.some((name) => name !== "name" && name !== "generateName");
  if (saysMore) {
    errors.push(
      forbidden(
        `${path}.properties[metadata]`,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      ),
    );
  }
}

/** Keywords without a value say nothing; a default of metadata is told as one. */
function saysOfMetadata(keyword: string, value: unknown): boolean {
  if (["type", "properties", "default"].includes(keyword)) return false;
  const isEmptyList = Array.isArray(value) && value.length === 0 && keyword !== "required";
  const saysNothing = [undefined, null, false, ""].includes(value as undefined) || isEmptyList;
  return !saysNothing || (keyword === "additionalProperties" && value === false);
}

function ownSchema(schema: OpenApiSchema, name: string): OpenApiSchema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Keywords that a structural schema has no place for: where one stands, the schema is judged by its keywords alone. */
const WITHOUT_FORM = [
  "id",
  "$schema",
  "$ref",
  "patternProperties",
  "dependencies",
  "definitions",
] as const;

/** Whether a schema can be read as a structural one at all. */
export function hasStructuralForm(schema: OpenApiSchema): boolean {
  const keywords = schema as Readonly<Record<string, unknown>>;
  const isSaid = (value: unknown): boolean =>
    typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  return (
    !WITHOUT_FORM.some((keyword) => isSaid(keywords[keyword])) &&
    keywords["additionalItems"] === undefined &&
    !(Array.isArray(schema.items) && schema.items.length > 0) &&
    schema["x-kubernetes-preserve-unknown-fields"] !== false &&
    childSchemas(schema).every(hasStructuralForm)
  );
}
