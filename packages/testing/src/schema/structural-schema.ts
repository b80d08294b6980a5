import { fieldErrorMessage, forbidden, invalid, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import type { OpenApiSchema } from "./open-api-schema.js";

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
  const textOf = (error: FieldError) => `${error.field}: ${fieldErrorMessage(error)}`;
  return errors.toSorted((left, right) => (textOf(left) < textOf(right) ? -1 : 1));
}

function checkNode(schema: OpenApiSchema, level: Level, path: string, errors: FieldError[]): void {
  checkTypeAndExtensions(schema, level, path, errors);
  checkImpliedFields(schema, level, path, errors);
  const { properties, additionalProperties, items } = schema;
  for (const name of Object.keys(properties ?? {})) {
    const isMetadata = name === "metadata" && level === "root";
    if (isMetadata) continue;
    checkNode(
      (properties ?? {})[name] as OpenApiSchema,
      "field",
      `${path}.properties[${name}]`,
      errors,
    );
  }
  if (isSchema(additionalProperties)) {
    if (level === "root") {
      errors.push(forbidden(`${path}.additionalProperties`, "must not be used at the root"));
    }
    checkNode(additionalProperties, "field", `${path}.additionalProperties`, errors);
  }
  if (isSchema(items)) checkNode(items, "item", `${path}.items`, errors);
  else if (schema.type === "array" && items === undefined) {
    errors.push(required(`${path}.items`, "must be specified"));
  }
  checkComposition(schema, path, errors);
}

function isSchema(value: unknown): value is OpenApiSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
  } else if (level === "root" && type !== "object") {
    errors.push(
      type === ""
        ? required(`${path}.type`, EMPTY_TYPE.root)
        : invalid(`${path}.type`, type, "must be object at the root"),
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
  if (level !== "root" || metadata === undefined || metadata.type !== "object") return;
  const allowed = new Set(["type", "properties", "x-kubernetes-validations"]);
  const names = Object.keys(metadata.properties ?? {});
  const saysMore =
    Object.keys(metadata).some((keyword) => !allowed.has(keyword)) ||
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

function ownSchema(schema: OpenApiSchema, name: string): OpenApiSchema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function checkComposition(schema: OpenApiSchema, path: string, errors: FieldError[]): void {
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  const skipsAnyOf = isIntOrString && isIntOrStringPair(schema.anyOf);
  const skipsAllOf = isIntOrString && !skipsAnyOf && isIntOrStringPair(schema.allOf?.[0]?.anyOf);
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, member] of (schema[keyword] ?? []).entries()) {
      const mayHaveType = keyword === "anyOf" && skipsAnyOf;
      const mayHaveTypeBelow = keyword === "allOf" && index === 0 && skipsAllOf;
      checkNested(member, `${path}.${keyword}[${index}]`, errors, mayHaveType, mayHaveTypeBelow);
    }
  }
  if (schema.not !== undefined) checkNested(schema.not, `${path}.not`, errors, false, false);
}

function isIntOrStringPair(members: readonly OpenApiSchema[] | undefined): boolean {
  return members?.length === 2 && members[0]?.type === "integer" && members[1]?.type === "string";
}

const MUST_BE_ABSENT: readonly (readonly [keyof OpenApiSchema, string])[] = [
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["default", "must be undefined to be structural"],
  ["nullable", "must be false to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function checkNested(
  schema: OpenApiSchema,
  path: string,
  errors: FieldError[],
  mayHaveType: boolean,
  mayHaveTypeBelow: boolean,
): void {
  if (schema.type !== undefined && schema.type !== "" && !mayHaveType) {
    errors.push(forbidden(`${path}.type`, "must be empty to be structural"));
  }
  for (const [keyword, detail] of MUST_BE_ABSENT) {
    const value = schema[keyword];
    const isAbsent =
      value === undefined ||
      value === null ||
      value === false ||
      value === "" ||
      (Array.isArray(value) && value.length === 0);
    if (!isAbsent) errors.push(forbidden(`${path}.${keyword}`, detail));
  }
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = (schema.properties ?? {})[name] as OpenApiSchema;
    checkNested(property, `${path}.properties[${name}]`, errors, false, false);
  }
  if (isSchema(schema.items)) checkNested(schema.items, `${path}.items`, errors, false, false);
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, member] of (schema[keyword] ?? []).entries()) {
      const isPair = keyword === "anyOf" && mayHaveTypeBelow;
      checkNested(member, `${path}.${keyword}[${index}]`, errors, isPair, false);
    }
  }
  if (schema.not !== undefined) checkNested(schema.not, `${path}.not`, errors, false, false);
}
