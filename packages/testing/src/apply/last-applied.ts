import {
  copyJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownValue,
  setOwnValue,
} from "../schema/json.js";
import { checkTypedValue } from "./check-typed-value.js";
import { compareValues } from "./compare-values.js";
import type { FieldSet } from "./field-set.js";
import type { SchemaNode } from "./schema-node.js";
import { fieldSetOf } from "./typed-value.js";
import { TypedValueError } from "./typed-value-error.js";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Most bytes of annotations (keys and values) that an object may have. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

function annotationsOf(object: JsonObject): JsonObject {
  const metadata = ownValue(object, "metadata");
  const annotations = isJsonObject(metadata) ? ownValue(metadata, "annotations") : undefined;
  return isJsonObject(annotations) ? annotations : {};
}

/**
 * Fields that client-side apply set and that still are as it left them: kubectl may take them over without a conflict
 * when it goes from client-side to server-side apply. Undefined when the object was not applied that way.
 */
export function allowedByLastApplied(
  live: JsonObject,
  schema: SchemaNode,
  apiVersion: string,
): FieldSet | undefined {
  const text = ownValue(annotationsOf(live), LAST_APPLIED);
  if (typeof text !== "string" || text === "") return undefined;
  const applied = parseJson(text);
  if (!isJsonObject(applied) || applied["apiVersion"] !== apiVersion) return undefined;
  try {
    checkTypedValue(applied, schema);
    const { added, modified, removed } = compareValues(applied, live, schema);
    return fieldSetOf(applied, schema).difference(modified).difference(added).difference(removed);
  } catch (error) {
    if (TypedValueError.isInstance(error)) return undefined;
    throw error;
  }
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** An object that has client-side apply's annotation, with that annotation brought up to date. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  const before = ownValue(annotations, LAST_APPLIED);
  if (typeof before !== "string" || before === "") return object;
  const next: JsonObject = { ...annotations };
  const text = `${JSON.stringify(sortedKeys(withoutLastApplied(applied)))}\n`;
  next[LAST_APPLIED] = text;
  if (annotationBytes(next) > MAX_ANNOTATION_BYTES) delete next[LAST_APPLIED];
  if (next[LAST_APPLIED] === before) return object;
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), annotations: next } };
}

function withoutLastApplied(applied: JsonObject): JsonObject {
  const copy = copyJson(applied);
  delete annotationsOf(copy)[LAST_APPLIED];
  return copy;
}

function annotationBytes(annotations: JsonObject): number {
  let bytes = 0;
  for (const key of Object.keys(annotations))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(annotations[key]));
  return bytes;
}

function sortedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isJsonObject(value)) return value;
  const sorted: JsonObject = {};
  for (const key of Object.keys(value).sort())
    setOwnValue(sorted, key, sortedKeys(value[key] as JsonValue));
  return sorted;
}
