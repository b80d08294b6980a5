import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";

/** The fields of `metadata` in the order of the Go structure ObjectMeta. */
const METADATA_FIELDS = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

/**
 * An object with its fields as the real server prints them: those of a built-in kind as its Go structure has them, those of a
 * custom kind, which has none, by their names. Of a built-in kind what lies below `metadata` and the first level is in order already.
 */
export function inPrintedOrder(
  object: JsonObject,
  { isCustom }: { readonly isCustom: boolean },
): JsonObject {
  if (isCustom) return byName(object) as JsonObject;
  const [first, second, third] = Object.keys(object);
  // As most are: to take one apart costs as much as all the rest.
  if (first === "kind" && second === "apiVersion" && third === "metadata")
    return { ...object, metadata: orderMetadata(object["metadata"] as JsonObject) };
  const { kind, apiVersion, metadata, ...rest } = object;
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    metadata: isJsonObject(metadata) ? orderMetadata(metadata) : (metadata ?? {}),
    ...rest,
  };
}

/** The same for an object that has yet to get its first version: a place is kept for it. */
export function inPrintedOrderUnversioned(
  object: JsonObject,
  resource: { readonly isCustom: boolean },
): JsonObject {
  // It is the caller's own by now.
  (object["metadata"] as JsonObject)["resourceVersion"] ??= "";
  return inPrintedOrder(object, resource);
}

function orderMetadata(metadata: JsonObject): JsonObject {
  const ordered: JsonObject = {};
  let count = 0;
  for (const field of METADATA_FIELDS) {
    const value = metadata[field];
    if (value === undefined) continue;
    ordered[field] = value;
    count += 1;
  }
  return count === Object.keys(metadata).length ? ordered : { ...ordered, ...metadata };
}

function byName(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(byName);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, byName(value[name] as JsonValue)]));
}
