import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ServedResource } from "./resource-registry.js";

/** The OpenAPI v3 document of custom resources of one group version, as kubectl explain and apply read it. */
export function customOpenApiDocument(resources: readonly ServedResource[]): JsonObject {
  const paths: JsonObject = {};
  const schemas: JsonObject = {};
  for (const resource of resources) {
    const { group, version, kind, plural, namespaced } = resource;
    const id = `${group.split(".").toReversed().join(".")}.${version}.${kind}`;
    const gvk = { group, version, kind };
    const source = (resource.schema?.source ?? {}) as JsonObject;
    schemas[id] = {
      ...source,
      properties: {
        ...(source["properties"] as JsonObject | undefined),
        apiVersion: { type: "string", description: "The API group and version of this object." },
        kind: { type: "string", description: "The kind of this object." },
        metadata: { type: "object", description: "Standard object metadata." },
      },
      "x-kubernetes-group-version-kind": [gvk],
    };
    const reference = { $ref: `#/components/schemas/${id}` };
    const content: JsonValue = { "application/json": { schema: reference } };
    const operation = (action: string): JsonObject => ({
      responses: { "200": { description: "OK", content } },
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": gvk,
    });
    const parameter = (name: string): JsonObject => ({
      name,
      in: "query",
      schema: { type: "string", uniqueItems: true },
    });
    const collection = `/apis/${group}/${version}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
    paths[collection] = {
      get: operation("list"),
      post: {
        ...operation("post"),
        parameters: [parameter("dryRun"), parameter("fieldValidation")],
      },
    };
    paths[`${collection}/{name}`] = {
      get: operation("get"),
      put: { ...operation("put"), parameters: [parameter("dryRun"), parameter("fieldValidation")] },
      patch: {
        ...operation("patch"),
        parameters: [parameter("dryRun"), parameter("fieldValidation")],
      },
      delete: operation("delete"),
    };
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes CRD Swagger", version: "v0.1.0" },
    paths,
    components: { schemas },
  };
}
