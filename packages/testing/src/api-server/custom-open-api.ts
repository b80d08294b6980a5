import { builtInOpenApiDocument } from "../built-in/built-in-resources.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ServedResource } from "./resource-registry.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const META_TYPES = [
  "DeleteOptions",
  "FieldsV1",
  "ListMeta",
  "ManagedFieldsEntry",
  "ObjectMeta",
  "OwnerReference",
  "Patch",
  "Preconditions",
  "ShardInfo",
  "Status",
  "StatusCause",
  "StatusDetails",
  "Time",
];
/** Some document that holds all types of `meta/v1`. */
const META_DOCUMENT = "apis/coordination.k8s.io/v1";

const TYPE_FIELDS: JsonObject = {
  apiVersion: { type: "string", description: "The API group and version of this object." },
  kind: { type: "string", description: "The kind of this object." },
};
const OBJECT_METADATA: JsonObject = {
  allOf: [{ $ref: `#/components/schemas/${META}.ObjectMeta` }],
  description: "Standard object metadata.",
};

const VERSION_2_METADATA: JsonObject = { $ref: `#/definitions/${META}.ObjectMeta` };

/** The OpenAPI v3 document of custom resources of one group version, as kubectl explain and apply read it. */
export function customOpenApiDocument(resources: readonly ServedResource[]): JsonObject {
  const paths: JsonObject = {};
  const schemas: JsonObject = {};
  for (const resource of resources) {
    const name = schemaName(resource);
    schemas[name] = objectSchema(resource);
    schemas[`${name}List`] = listSchema(resource, {
      allOf: [{ $ref: `#/components/schemas/${META}.ListMeta` }],
    });
    Object.assign(paths, pathsOf(resource));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes CRD Swagger", version: "v0.1.0" },
    paths,
    components: { schemas: { ...schemas, ...metaSchemas() } },
  };
}

/** The definitions of custom resources in OpenAPI v2, which knows less: what it cannot say is left out. */
export function customDefinitions(resources: readonly ServedResource[]): JsonObject {
  const definitions: JsonObject = {};
  for (const resource of resources) {
    const name = schemaName(resource);
    definitions[name] = definitionOf(resource);
    definitions[`${name}List`] = listSchema(resource, { $ref: `#/definitions/${META}.ListMeta` });
  }
  return definitions;
}

function definitionOf(resource: ServedResource): JsonObject {
  const source = (resource.schema?.source ?? {}) as JsonObject;
  // With any property at all, kubectl would refuse all others.
  if (source["x-kubernetes-preserve-unknown-fields"] === true)
    return { type: "object", ...marksOf(resource, resource.kind) };
  return withTypeFields({ ...simplified(source), type: "object" }, resource, VERSION_2_METADATA);
}

function schemaName({ group, version, kind }: ServedResource): string {
  return `${group.split(".").toReversed().join(".")}.${version}.${kind}`;
}

function objectSchema(resource: ServedResource): JsonObject {
  const source = (resource.schema?.source ?? {}) as JsonObject;
  return withTypeFields(withAlternatives(source), resource, OBJECT_METADATA);
}

function withTypeFields(
  schema: JsonObject,
  resource: ServedResource,
  metadata: JsonObject,
): JsonObject {
  return {
    ...schema,
    properties: {
      ...(schema["properties"] as JsonObject | undefined),
      ...TYPE_FIELDS,
      metadata,
    },
    ...marksOf(resource, resource.kind),
  };
}

/** What tools go by: the kind, and what it can be selected by. */
function marksOf({ group, version, selectableFields }: ServedResource, kind: string): JsonObject {
  const fields = selectableFields.map((fieldPath) => ({ fieldPath }));
  return {
    "x-kubernetes-group-version-kind": [{ group, version, kind }],
    ...(fields.length === 0 ? {} : { "x-kubernetes-selectable-fields": fields }),
  };
}

function listSchema(resource: ServedResource, metadata: JsonObject): JsonObject {
  const { kind } = resource;
  const prefix = "allOf" in metadata ? "#/components/schemas/" : "#/definitions/";
  return {
    type: "object",
    required: ["items"],
    description: `A list of ${kind}.`,
    properties: {
      apiVersion: { type: "string", description: "The API group and version of this list." },
      items: { type: "array", items: { $ref: `${prefix}${schemaName(resource)}` } },
      kind: { type: "string", description: "The kind of this list." },
      metadata,
    },
    ...marksOf(resource, `${kind}List`),
  };
}

/** Version 3 says of an int-or-string what it may be, and of an embedded resource what each object has. */
function withAlternatives(schema: JsonObject): JsonObject {
  const mapped = mapSchemas(schema, withAlternatives);
  if (schema["x-kubernetes-embedded-resource"] === true)
    return withEmbeddedFields(mapped, OBJECT_METADATA);
  return schema["x-kubernetes-int-or-string"] === true && schema["anyOf"] === undefined
    ? { ...mapped, anyOf: [{ type: "integer" }, { type: "string" }] }
    : mapped;
}

function withEmbeddedFields(schema: JsonObject, metadata: JsonObject): JsonObject {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = ["kind", "apiVersion"].filter((field) => !required.includes(field));
  return {
    ...schema,
    required: [...required, ...missing],
    properties: {
      ...(schema["properties"] as JsonObject | undefined),
      ...TYPE_FIELDS,
      metadata,
    },
  };
}

/** What version 2, and kubectl's reading of it, can take. */
function simplified(schema: JsonObject): JsonObject {
  const {
    default: _default,
    allOf: _allOf,
    anyOf: _anyOf,
    oneOf: _oneOf,
    not: _not,
    nullable,
    ...rest
  } = mapSchemas(withoutNullable(schema), simplified);
  const isOpen = nullable === true || rest["x-kubernetes-preserve-unknown-fields"] === true;
  if (!isOpen) {
    return rest["x-kubernetes-embedded-resource"] === true
      ? withEmbeddedFields(rest, VERSION_2_METADATA)
      : rest;
  }
  const { type: _type, items: _items, properties: _properties, ...open } = rest;
  return open;
}

/** What may be null is not required, as far as version 2 can tell. */
function withoutNullable(schema: JsonObject): JsonObject {
  const { required, properties, additionalProperties } = schema;
  if (!Array.isArray(required)) return schema;
  const isNullable = (value: JsonValue | undefined): boolean =>
    isJsonObject(value) && value["nullable"] === true;
  const known = isJsonObject(properties) ? properties : {};
  const left = isNullable(additionalProperties)
    ? []
    : required.filter((field) => !isNullable(known[String(field)]));
  const { required: _required, ...rest } = schema;
  return left.length === 0 ? rest : { ...rest, required: left };
}

function mapSchemas(schema: JsonObject, map: (schema: JsonObject) => JsonObject): JsonObject {
  const result: JsonObject = { ...schema };
  const { properties, items, additionalProperties } = schema;
  if (isJsonObject(properties)) {
    result["properties"] = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [
        key,
        isJsonObject(value) ? map(value) : value,
      ]),
    );
  }
  if (isJsonObject(items)) result["items"] = map(items);
  if (isJsonObject(additionalProperties))
    result["additionalProperties"] = map(additionalProperties);
  return result;
}

function metaSchemas(): JsonObject {
  const text = builtInOpenApiDocument(META_DOCUMENT) ?? "{}";
  const document = JSON.parse(text) as { components?: { schemas?: Record<string, JsonValue> } };
  const known = document.components?.schemas ?? {};
  return Object.fromEntries(
    META_TYPES.flatMap((type) => {
      const schema = known[`${META}.${type}`];
      return schema === undefined ? [] : [[`${META}.${type}`, schema]];
    }),
  );
}

function pathsOf(resource: ServedResource): JsonObject {
  const { group, version, plural, namespaced, subresources } = resource;
  const root = `/apis/${group}/${version}`;
  const collection = `${root}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const inPath = (name: string): JsonObject => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", uniqueItems: true },
  });
  const place = namespaced ? [inPath("namespace")] : [];
  const operation = operationsOf(resource);
  const paths: JsonObject = {
    [collection]: {
      parameters: place,
      get: operation("list"),
      post: operation("post"),
      delete: operation("deletecollection"),
    },
    [`${collection}/{name}`]: {
      parameters: [...place, inPath("name")],
      get: operation("get"),
      put: operation("put"),
      patch: operation("patch"),
      delete: operation("delete"),
    },
  };
  for (const { name } of subresources) {
    paths[`${collection}/{name}/${name}`] = {
      parameters: [...place, inPath("name")],
      get: operation("get"),
      put: operation("put"),
      patch: operation("patch"),
    };
  }
  if (namespaced) paths[`${root}/${plural}`] = { parameters: [], get: operation("list") };
  return paths;
}

function operationsOf(resource: ServedResource): (action: string) => JsonObject {
  const { group, version, kind } = resource;
  const reference = { $ref: `#/components/schemas/${schemaName(resource)}` };
  const content: JsonValue = { "application/json": { schema: reference } };
  const parameter = (name: string): JsonObject => ({
    name,
    in: "query",
    schema: { type: "string", uniqueItems: true },
  });
  return (action) => ({
    responses: { "200": { description: "OK", content } },
    ...(["post", "put", "patch"].includes(action)
      ? { parameters: [parameter("dryRun"), parameter("fieldValidation")] }
      : {}),
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  });
}
