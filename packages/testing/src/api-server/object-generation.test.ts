import { defineResource, type KubernetesObject } from "@kvop/core";
import { expect, it } from "vitest";

import { createApiServer } from "./api-server.js";

interface Workload extends KubernetesObject {
  spec: object;
}
const workload = (kind: string, plural: string) =>
  defineResource<Workload>({ group: "apps", version: "v1", kind, plural, namespaced: true });

it.each([
  ["Deployment", "deployments", 2],
  ["ReplicaSet", "replicasets", 1],
] as const)("an annotation of a %s counts as it does there", async (kind, plural, expected) => {
  const client = createApiServer().client();
  const resource = workload(kind, plural);
  const key = { namespace: "default", name: "web" };
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "b" }] } };
  await client.create(resource, {
    metadata: key,
    spec: { selector: { matchLabels: labels }, template },
  });
  const labelled = { metadata: { labels: { a: "b" } } };
  await client.patch(resource, key, { type: "merge", patch: labelled });
  expect((await client.get(resource, key)).metadata?.generation).toBe(1);
  const annotated = { metadata: { annotations: { a: "b" } } };
  await client.patch(resource, key, { type: "merge", patch: annotated });
  expect((await client.get(resource, key)).metadata?.generation).toBe(expected);
});
