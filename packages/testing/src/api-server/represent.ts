import type { JsonObject } from "../schema/json.js";
import { partialMetadata } from "./partial-metadata.js";
import type { ServedResource } from "./resource-registry.js";
import { tableOf } from "./tables.js";

/** How a client wants to see objects, from its `Accept` header. */
export type Representation = "object" | "table" | "metadata";

/** What an object looks like in a representation; a Table with one row for `table`. */
export function representObject(
  object: JsonObject,
  resource: ServedResource,
  representation: Representation,
  options: {
    readonly nowMs: number;
    readonly includeObject: string;
    readonly withColumns?: boolean;
  },
): JsonObject {
  if (representation === "metadata") return partialMetadata(object);
  if (representation === "table") return tableOf([object], resource, listMetaOf(object), options);
  return object;
}

/** What a list looks like in a representation. */
export function representList(
  objects: readonly JsonObject[],
  meta: JsonObject,
  resource: ServedResource,
  representation: Representation,
  options: { readonly nowMs: number; readonly includeObject: string },
): JsonObject {
  if (representation === "table") return tableOf(objects, resource, meta, options);
  if (representation === "metadata") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata: meta,
      items: objects.map((object) => partialMetadata(object)),
    };
  }
  const apiVersion =
    resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  let items: JsonObject[] | undefined;
  return {
    apiVersion,
    // Made for those who look: over HTTPS a list is put together from the bytes of its objects.
    get items() {
      return (items ??= resource.isCustom ? [...objects] : objects.map(withoutType));
    },
    kind: `${resource.kind}List`,
    // Of custom resources the list is untyped: it says what it does not have, too.
    metadata: resource.isCustom ? { continue: "", ...meta } : meta,
  };
}

/** Items of built-in lists come without type, those of custom resources with it. */
function withoutType({ apiVersion: _apiVersion, kind: _kind, ...rest }: JsonObject): JsonObject {
  return rest;
}

export function listMetaOf(object: JsonObject): JsonObject {
  const version = (object["metadata"] as JsonObject)["resourceVersion"] ?? "";
  return version === "" ? {} : { resourceVersion: version };
}
