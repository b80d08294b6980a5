import type { CompiledSchema } from "./compiled-schema.js";
import { compileSchema } from "./compiled-schema.js";
import { JsonTooDeepError } from "./json-too-deep-error.js";
import { MAX_JSON_DEPTH, isDeeperThan, isJsonObject } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import { OBJECT_META_SCHEMA } from "./object-meta-schema.js";

/** What {@link pruneObject} did. */
export interface Pruned {
  /** The object that was handed in. */
  readonly object: JsonObject;
  /** Dotted paths of what was removed, e.g. `spec.disks[0].foo`, in the order in which the real server warns of them. */
  readonly unknownFields: string[];
}

/**
 * Removes the fields that a schema does not know, as the real server does on each read and write of a custom resource.
 * Changes the object in place: hand in a copy that is yours. Of `metadata`, at the top and in embedded resources, the
 * fields of ObjectMeta stay, those that are null or empty go.
 *
 * @throws JsonTooDeepError
 */
export function pruneObject(schema: CompiledSchema, object: JsonObject): Pruned {
  if (isDeeperThan(object, MAX_JSON_DEPTH)) throw new JsonTooDeepError(MAX_JSON_DEPTH);
  const walk: PruneWalk = { unknown: [], embedded: [] };
  const meta: string[] = [];
  if (schema.isRoot && !schema.isBuiltIn) pruneMetadata(schema, object, "", meta);
  if (schema.preservesUnknownFields) keepUnknown(schema, object, "", walk);
  else pruneValue(schema, object, "", walk);
  if (schema.isBuiltIn) return { object, unknownFields: walk.unknown };
  return { object, unknownFields: [...meta, ...walk.unknown.toSorted(), ...walk.embedded] };
}

interface PruneWalk {
  readonly unknown: string[];
  readonly embedded: string[];
}

function pruneValue(
  schema: CompiledSchema | undefined,
  value: JsonValue,
  path: string,
  walk: PruneWalk,
): void {
  if (typeof value !== "object" || value === null) return;
  if (schema?.preservesUnknownFields === true) {
    keepUnknown(schema, value, path, walk);
    return;
  }
  if (Array.isArray(value)) {
    const items = schema?.items;
    for (let index = 0; index < value.length; index++) {
      const item = value[index] as JsonValue;
      if (typeof item === "object" && item !== null) {
        pruneValue(items, item, `${path}[${index}]`, walk);
      }
    }
    return;
  }
  const isResource = schema !== undefined && impliesTypeMeta(schema);
  const additional = schema?.additionalProperties;
  // What they forbid is refused by validation, not dropped.
  const keepsOthers = typeof schema?.source.additionalProperties === "boolean";
  for (const key of Object.keys(value)) {
    if (isResource && isTypeMeta(key)) {
      pruneEmbeddedMetadata(schema, value, key, path, walk);
      continue;
    }
    const next = schema?.property(key) ?? additional;
    if (next === undefined && !keepsOthers) {
      walk.unknown.push(childPath(path, key));
      delete value[key];
      continue;
    }
    const child = value[key] as JsonValue;
    if (typeof child === "object" && child !== null) {
      pruneValue(next, child, childPath(path, key), walk);
    }
  }
}

function keepUnknown(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  walk: PruneWalk,
): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (let index = 0; index < value.length; index++) {
      keepUnknown(items, value[index] as JsonValue, `${path}[${index}]`, walk);
    }
    return;
  }
  const isResource = impliesTypeMeta(schema);
  for (const key of Object.keys(value)) {
    if (isResource && isTypeMeta(key)) {
      pruneEmbeddedMetadata(schema, value, key, path, walk);
      continue;
    }
    const next = schema.property(key) ?? schema.additionalProperties;
    if (next !== undefined) pruneValue(next, value[key] as JsonValue, childPath(path, key), walk);
  }
}

function impliesTypeMeta(schema: CompiledSchema): boolean {
  return schema.isEmbeddedResource || (schema.isRoot && !schema.isBuiltIn);
}

function isTypeMeta(key: string): boolean {
  return key === "apiVersion" || key === "kind" || key === "metadata";
}

function pruneEmbeddedMetadata(
  schema: CompiledSchema,
  resource: JsonObject,
  key: string,
  path: string,
  walk: PruneWalk,
): void {
  if (key === "metadata" && path !== "") pruneMetadata(schema, resource, path, walk.embedded);
}

const META_KEY = Symbol("the compiled schema of ObjectMeta");

function pruneMetadata(
  schema: CompiledSchema,
  resource: JsonObject,
  path: string,
  unknown: string[],
): void {
  const metadata = Object.hasOwn(resource, "metadata") ? resource["metadata"] : undefined;
  if (!isJsonObject(metadata)) return;
  const metaSchema = schema.derive(META_KEY, () =>
    compileSchema(OBJECT_META_SCHEMA, { root: false }),
  );
  for (const key of Object.keys(metadata)) {
    if (isEmpty(metadata[key] as JsonValue)) delete metadata[key];
  }
  const walk: PruneWalk = { unknown: [], embedded: [] };
  pruneValue(metaSchema, metadata, childPath(path, "metadata"), walk);
  unknown.push(...walk.unknown);
}

function childPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
