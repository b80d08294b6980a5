import { expect, test } from "vitest";
import { createApiServer } from "./api-server.js";

const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { replicas: { type: "integer" }, max: { type: "integer" } },
                "x-kubernetes-validations": [
                  { rule: "self.replicas <= self.max", message: "too many" },
                ],
              },
            },
          },
        },
      },
    ],
  },
};

test("scaling a custom resource keeps to the rules of its schema", async () => {
  const client = createApiServer({ crds: [crd] }).client();
  const path = "/apis/example.com/v1/namespaces/default/widgets";
  const body = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w" },
    spec: { replicas: 1, max: 5 },
  };
  await client.request({ method: "POST", path, body });
  const scale = (replicas: number) =>
    client.request({
      method: "PATCH",
      path: `${path}/w/scale`,
      contentType: "application/merge-patch+json",
      body: { spec: { replicas } },
    });
  await expect(scale(30)).rejects.toThrow("spec: Invalid value: too many");
  expect((await scale(3)).body).toMatchObject({ kind: "Scale", spec: { replicas: 3 } });
});
