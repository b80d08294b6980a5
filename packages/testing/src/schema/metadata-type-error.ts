import { parseTime } from "@kvop/core";
import type { CompiledSchema } from "./compiled-schema.js";
import { goJson, goNumber, goTimeQuote } from "./go-format.js";
import { isJsonObject, ownValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import { hasTrait } from "./schema-traits.js";

/** A type of Go that a field of ObjectMeta has. */
type GoType =
  | { readonly kind: "string" | "int64" | "bool" | "time" | "raw"; readonly name: string }
  | { readonly kind: "list" | "map"; readonly name: string; readonly values: GoType }
  | {
      readonly kind: "struct";
      readonly name: string;
      readonly structName: string;
      readonly fields: Readonly<Record<string, GoType>>;
    };

const TEXT: GoType = { kind: "string", name: "string" };
const INT64: GoType = { kind: "int64", name: "int64" };
const BOOL: GoType = { kind: "bool", name: "bool" };
const TIME: GoType = { kind: "time", name: "string" };
const UID: GoType = { kind: "string", name: "types.UID" };
const RAW: GoType = { kind: "raw", name: "v1.FieldsV1" };
const TEXT_MAP: GoType = { kind: "map", name: "map[string]string", values: TEXT };

const OWNER_REFERENCE: GoType = {
  kind: "struct",
  name: "v1.OwnerReference",
  structName: "OwnerReference",
  fields: {
    apiVersion: TEXT,
    kind: TEXT,
    name: TEXT,
    uid: UID,
    controller: BOOL,
    blockOwnerDeletion: BOOL,
  },
};

const MANAGED_FIELDS: GoType = {
  kind: "struct",
  name: "v1.ManagedFieldsEntry",
  structName: "ManagedFieldsEntry",
  fields: {
    manager: TEXT,
    operation: { kind: "string", name: "v1.ManagedFieldsOperationType" },
    apiVersion: TEXT,
    time: TIME,
    fieldsType: TEXT,
    fieldsV1: RAW,
    subresource: TEXT,
  },
};

const OBJECT_META: GoType = {
  kind: "struct",
  name: "v1.ObjectMeta",
  structName: "ObjectMeta",
  fields: {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    selfLink: TEXT,
    uid: UID,
    resourceVersion: TEXT,
    generation: INT64,
    creationTimestamp: TIME,
    deletionTimestamp: TIME,
    deletionGracePeriodSeconds: INT64,
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    ownerReferences: { kind: "list", name: "[]v1.OwnerReference", values: OWNER_REFERENCE },
    finalizers: { kind: "list", name: "[]string", values: TEXT },
    managedFields: { kind: "list", name: "[]v1.ManagedFieldsEntry", values: MANAGED_FIELDS },
  },
};

/**
 * Why the real server cannot decode `metadata`, `apiVersion` or `kind` of an object or of the resources embedded in it: what
 * follows `cannot be handled as a Kind: ` in its 400 Status. Undefined when it can.
 */
export function findMetadataTypeError(
  schema: CompiledSchema,
  object: JsonObject,
): string | undefined {
  const metadata = ownValue(object, "metadata") ?? null;
  return decodeError(OBJECT_META, metadata, "", "") ?? embeddedError(schema, object, "");
}

function embeddedError(schema: CompiledSchema, value: JsonValue, path: string): string | undefined {
  if (typeof value !== "object" || value === null || !hasTrait(schema, "embedded")) {
    return undefined;
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return undefined;
    for (const [index, item] of value.entries()) {
      const error = embeddedError(items, item, `${path}[${index}]`);
      if (error !== undefined) return error;
    }
    return undefined;
  }
  const own = schema.isEmbeddedResource ? resourceError(value, path) : undefined;
  if (own !== undefined) return own;
  for (const key of Object.keys(value)) {
    const declared = schema.property(key);
    const next = declared ?? schema.additionalProperties;
    if (next === undefined) continue;
    const field = declared === undefined ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const error = embeddedError(next, value[key] as JsonValue, field);
    if (error !== undefined) return error;
  }
  return undefined;
}

function resourceError(resource: JsonObject, path: string): string | undefined {
  for (const key of ["apiVersion", "kind"]) {
    const value = ownValue(resource, key);
    if (value === undefined || typeof value === "string") continue;
    return `${path}.${key}: Invalid value: ${goJson(value)}: must be a string`;
  }
  const metadata = ownValue(resource, "metadata");
  if (metadata === undefined) return undefined;
  const error = decodeError(OBJECT_META, metadata, "", "");
  return error === undefined
    ? undefined
    : `${path}.metadata: Invalid value: ${goJson(metadata)}: ${error}`;
}

/** What encoding/json says when a value does not fit a type; the first misfit counts. */
function decodeError(
  type: GoType,
  value: JsonValue,
  structName: string,
  path: string,
): string | undefined {
  if (value === null || type.kind === "raw") return undefined;
  const misfit = () => {
    const place = path === "" ? "Go value" : `Go struct field ${structName}.${path}`;
    return `json: cannot unmarshal ${jsonName(type, value)} into ${place} of type ${type.name}`;
  };
  switch (type.kind) {
    case "string":
      return typeof value === "string" ? undefined : misfit();
    case "bool":
      return typeof value === "boolean" ? undefined : misfit();
    case "int64":
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 63 ? undefined : misfit();
    case "time":
      return typeof value === "string" ? timeError(value) : misfit();
    case "list":
      return Array.isArray(value)
        ? firstOf(value, (item) => decodeError(type.values, item, structName, path))
        : misfit();
    case "map":
      return isJsonObject(value)
        ? firstOf(Object.values(value), (item) => decodeError(type.values, item, structName, path))
        : misfit();
    case "struct": {
      if (!isJsonObject(value)) return misfit();
      return firstOf(Object.keys(value), (key) => {
        const field = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
        if (field === undefined) return undefined;
        const inner = path === "" ? key : `${path}.${key}`;
        return decodeError(field, value[key] as JsonValue, type.structName, inner);
      });
    }
  }
}

function firstOf<T>(
  items: readonly T[],
  check: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const error = check(item);
    if (error !== undefined) return error;
  }
  return undefined;
}

function jsonName(type: GoType, value: Exclude<JsonValue, null>): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  // A number that has the wrong form for its field is named; one in place of another type is not.
  if (typeof value === "number" && type.kind === "int64") return `number ${goNumber(value)}`;
  return typeof value;
}

const GO_LAYOUT = '"2006-01-02T15:04:05Z07:00"';

function timeError(text: string): string | undefined {
  if (text === "" || parseTime(text) !== undefined) return undefined;
  return `parsing time ${goTimeQuote(text)} as ${GO_LAYOUT}: cannot parse ${goTimeQuote(text)} as "2006"`;
}
