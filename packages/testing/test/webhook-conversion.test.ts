import { ApiError, defineResource, type KubernetesObject } from "@kvop/core";
import { expect, test } from "vitest";
import { createTestCluster, type TestCluster } from "../src/index.js";

const Definition = defineResource<KubernetesObject & { readonly spec: object }>({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
});
const gadget = (version: string) =>
  defineResource({
    group: "example.com",
    version,
    kind: "Gadget",
    plural: "gadgets",
    namespaced: true,
  });
const key = { namespace: "default", name: "a" };

async function define({ client }: TestCluster): Promise<void> {
  const schema = { openAPIV3Schema: { type: "object" } };
  await client.create(Definition, {
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [
        { name: "v1", served: true, storage: true, schema },
        { name: "v2", served: true, storage: false, schema },
      ],
      conversion: {
        strategy: "Webhook",
        webhook: {
          clientConfig: { url: "https://127.0.0.1:9443/convert" },
          conversionReviewVersions: ["v1"],
        },
      },
    },
  });
}

const notImplemented = (error: unknown): boolean =>
  ApiError.isInstance(error) && error.httpStatus === 501;

test("what a webhook would have to convert is refused in the other version, and served in its own", async () => {
  await using cluster = createTestCluster({ crds: [] });
  const { client } = cluster;
  await define(cluster);
  await client.create(gadget("v1"), { metadata: key });
  expect(await client.get(gadget("v1"), key)).toMatchObject({ apiVersion: "example.com/v1" });
  const v2 = gadget("v2");
  expect(await client.list(v2, { namespace: "elsewhere" })).toMatchObject({ items: [] });
  const patch = { type: "merge", patch: {} } as const;
  for (const call of [
    () => client.get(v2, key),
    () => client.list(v2),
    () => client.patch(v2, key, patch),
    () => client.update(v2, { metadata: key }),
  ])
    expect(await call().catch(notImplemented)).toBe(true);
});

test("a watch ends with the refusal where it comes to such an object", async () => {
  await using cluster = createTestCluster({ crds: [] });
  const { client } = cluster;
  await define(cluster);
  const { metadata } = await client.list(gadget("v2"));
  const { resourceVersion } = metadata;
  const watch = client.watch(gadget("v2"), { resourceVersion })[Symbol.asyncIterator]();
  const first = watch.next();
  await client.create(gadget("v1"), { metadata: key });
  await expect(first).rejects.toSatisfy(notImplemented);
});
