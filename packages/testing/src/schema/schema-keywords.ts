import { forbidden, invalid, notSupported, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import type { OpenApiSchema } from "./open-api-schema.js";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"] as const;

const UNSUPPORTED = [
  "id",
  "additionalItems",
  "patternProperties",
  "definitions",
  "dependencies",
  "$ref",
] as const;

/** What is special of a place. */
interface Place {
  /** Why a default may not stand here. */
  readonly forbidsDefaults?: string;
  /** In what says what `metadata`, `kind` or `apiVersion` of a resource look like. */
  readonly isInMetadata?: boolean;
}

const META_FIELDS: readonly string[] = ["metadata", "kind", "apiVersion"];

/** What a CustomResourceDefinition may not have in its schema although OpenAPI v3 has it, keyword by keyword. */
export function checkKeywords(schema: OpenApiSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.nullable === true) {
    errors.push(forbidden(`${path}.nullable`, "nullable cannot be true at the root"));
  }
  checkNode(schema, path, true, {}, errors);
  return errors;
}

function checkNode(
  schema: OpenApiSchema,
  path: string,
  isRoot: boolean,
  place: Place,
  errors: FieldError[],
): void {
  checkOwnKeywords(schema, path, place, errors);
  const { additionalProperties, items, not } = schema;
  const names = Object.keys(schema.properties ?? {});
  if (additionalProperties !== undefined && additionalProperties !== null) {
    if (names.length > 0 && additionalProperties !== true) {
      errors.push(
        forbidden(
          `${path}.additionalProperties`,
          "additionalProperties and properties are mutual exclusive",
        ),
      );
    }
    if (typeof additionalProperties === "object") {
      const inside = place.isInMetadata
        ? { ...place, forbidsDefaults: "inside additionalProperties applying to object metadata" }
        : place;
      checkNode(additionalProperties, `${path}.additionalProperties`, false, inside, errors);
    }
  }
  for (const name of names) {
    checkNode(
      (schema.properties ?? {})[name] as OpenApiSchema,
      `${path}.properties[${name}]`,
      false,
      placeOf(name, schema, isRoot, place),
      errors,
    );
  }
  if (isSet(not)) checkNode(not, `${path}.not`, false, place, errors);
  for (const keyword of ["allOf", "oneOf", "anyOf"] as const) {
    for (const [index, member] of (schema[keyword] ?? []).entries()) {
      checkNode(member, `${path}.${keyword}[${index}]`, false, place, errors);
    }
  }
  if (typeof items === "object" && items !== null && !Array.isArray(items)) {
    checkNode(items, `${path}.items`, false, place, errors);
  }
  for (const [index, item] of (Array.isArray(items) ? (items as OpenApiSchema[]) : []).entries()) {
    checkNode(item, `${path}.items[${index}]`, false, place, errors);
  }
  checkExtensions(schema, path, errors);
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function checkOwnKeywords(
  schema: OpenApiSchema,
  path: string,
  place: Place,
  errors: FieldError[],
): void {
  const type = schema.type ?? "";
  if (type !== "" && !(TYPES as readonly string[]).includes(type)) {
    errors.push(notSupported(`${path}.type`, type, TYPES));
  }
  if (isSet(schema.default) && place.forbidsDefaults !== undefined) {
    errors.push(forbidden(`${path}.default`, `must not be set ${place.forbidsDefaults}`));
  }
  for (const keyword of UNSUPPORTED) {
    const value = (schema as Readonly<Record<string, unknown>>)[keyword];
    if (value !== undefined && value !== null && value !== "" && value !== false) {
      errors.push(forbidden(`${path}.${keyword}`, `${keyword} is not supported`));
    }
  }
  if (type === "null") {
    errors.push(
      forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative"),
    );
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${path}.items`, "items must be a schema object and not an array"));
  }
  if (place.isInMetadata === true && schema["x-kubernetes-embedded-resource"] === true) {
    errors.push(
      forbidden(
        `${path}.x-kubernetes-embedded-resource`,
        "must not be used inside of resource meta",
      ),
    );
  }
  if (schema.uniqueItems === true) {
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  }
}

function placeOf(name: string, parent: OpenApiSchema, isRoot: boolean, place: Place): Place {
  const isOfResource = isRoot || parent["x-kubernetes-embedded-resource"] === true;
  if (!isOfResource || !META_FIELDS.includes(name)) return place;
  const inside = { ...place, isInMetadata: true };
  return isRoot ? { ...inside, forbidsDefaults: `in top-level ${name}` } : inside;
}

function checkExtensions(schema: OpenApiSchema, path: string, errors: FieldError[]): void {
  const type = schema.type ?? "";
  const preserves = schema["x-kubernetes-preserve-unknown-fields"];
  if (preserves === false) {
    errors.push(
      invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"),
    );
  }
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined) {
    if (type !== "object") {
      errors.push(wrongType(path, type, "must be object if x-kubernetes-map-type is specified"));
    }
    if (mapType !== "atomic" && mapType !== "granular") {
      errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
    }
  }
  checkListExtensions(schema, path, type, errors);
}

function wrongType(path: string, type: string, detail: string): FieldError {
  return type === "" ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail);
}

function checkListExtensions(
  schema: OpenApiSchema,
  path: string,
  type: string,
  errors: FieldError[],
): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType !== undefined) {
    if (type !== "array") {
      errors.push(wrongType(path, type, "must be array if x-kubernetes-list-type is specified"));
    }
    if (!["atomic", "set", "map"].includes(listType)) {
      errors.push(
        notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]),
      );
    }
  }
  const keysField = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length > 0 && listType !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    const field = `${path}.x-kubernetes-list-type`;
    errors.push(
      listType === undefined ? required(field, detail) : invalid(field, listType, detail),
    );
  }
  if (keys.length === 0 && listType === "map") {
    errors.push(required(keysField, "must not be empty if x-kubernetes-list-type is map"));
  }
  if (listType === "map") checkMapItems(schema, path, keys, errors);
  checkItems(schema, path, errors);
}

function checkMapItems(
  schema: OpenApiSchema,
  path: string,
  keys: readonly string[],
  errors: FieldError[],
): void {
  const { items } = schema;
  const keysField = `${path}.x-kubernetes-list-map-keys`;
  if (typeof items !== "object" || items === null) {
    errors.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
    return;
  }
  if (Array.isArray(items)) {
    const detail = "must only have a single schema if x-kubernetes-list-type is map";
    errors.push(invalid(`${path}.items`, null, detail));
    return;
  }
  if (items.type !== "object") {
    errors.push(
      invalid(
        `${path}.items.type`,
        items.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (property === undefined) {
      errors.push(invalid(keysField, keys, "entries must all be names of item properties"));
    } else if (property.type === "array" || property.type === "object") {
      errors.push(
        invalid(
          `${path}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
    if (seen.has(key)) errors.push(invalid(keysField, keys, "must not contain duplicate entries"));
    seen.add(key);
  }
}

function propertyOf(schema: OpenApiSchema, name: string): OpenApiSchema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Items of sets and maps need an identity: not null, and keys that are always there. */
function checkItems(schema: OpenApiSchema, path: string, errors: FieldError[]): void {
  const { items } = schema;
  const listType = schema["x-kubernetes-list-type"];
  if (typeof items !== "object" || (listType !== "set" && listType !== "map")) return;
  if (items.nullable === true) {
    errors.push(
      forbidden(
        `${path}.items.nullable`,
        `cannot be nullable when x-kubernetes-list-type is ${listType}`,
      ),
    );
  }
  if (listType === "set") {
    if (schema.type === "array") checkSetItem(items, `${path}.items`, errors);
    return;
  }
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = propertyOf(items, key);
    if (property === undefined) continue;
    const field = `${path}.items.properties[${key}]`;
    if (!isSet(property.default) && items.required?.includes(key) !== true) {
      errors.push(
        required(
          `${field}.default`,
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
      );
    }
    if (property.nullable === true) {
      errors.push(
        forbidden(
          `${field}.nullable`,
          "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
        ),
      );
    }
  }
}

function checkSetItem(items: OpenApiSchema, path: string, errors: FieldError[]): void {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const mapType = items["x-kubernetes-map-type"];
  const listType = items["x-kubernetes-list-type"];
  if (items.type === "object" && mapType !== "atomic") {
    errors.push(invalid(`${path}.x-kubernetes-map-type`, listType ?? null, detail));
  } else if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    errors.push(invalid(`${path}.x-kubernetes-list-type`, listType, detail));
  }
}
