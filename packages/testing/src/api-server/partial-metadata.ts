import type { JsonObject, JsonValue } from "../schema/json.js";

/** The metadata of an object alone (`meta.k8s.io/v1`). */
export function partialMetadata(object: JsonObject): JsonObject {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: object["metadata"] as JsonValue,
  };
}
