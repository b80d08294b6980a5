import { expect, it } from "vitest";

import { createApiServer } from "./api-server.js";

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              template: {
                type: "object",
                required: ["spec"],
                properties: { spec: { type: "object" } },
                "x-kubernetes-embedded-resource": true,
              },
            },
          },
        },
      },
    ],
  },
};

it("an embedded resource has in OpenAPI v3 what every object has", async () => {
  const client = createApiServer({ crds: [definition] }).client();
  const { body } = await client.request({
    method: "GET",
    path: "/openapi/v3/apis/example.com/v1",
  });
  const document = JSON.parse(String(body)) as {
    components: { schemas: Record<string, { properties: Record<string, object> }> };
  };
  const { template } = document.components.schemas["com.example.v1.Widget"]?.properties ?? {};
  expect(template).toMatchObject({
    required: ["spec", "kind", "apiVersion"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: {
        allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }],
      },
      spec: { type: "object" },
    },
  });
});
