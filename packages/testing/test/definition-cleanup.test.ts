import { defineResource, type KubernetesObject } from "@kvop/core";
import { expect, test } from "vitest";
import { createTestCluster, type TestCluster } from "../src/index.js";

interface Definition extends KubernetesObject {
  readonly spec: object;
  readonly status?: {
    readonly conditions: readonly { readonly type: string; readonly reason: string }[];
  };
}
const Definition = defineResource<Definition>({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
});
const Gadget = defineResource({
  group: "example.com",
  version: "v1",
  kind: "Gadget",
  plural: "gadgets",
  namespaced: true,
});
const name = "gadgets.example.com";
const key = { namespace: "default", name: "a" };

async function define({ client }: TestCluster, finalizers: string[] = []): Promise<void> {
  const schema = { openAPIV3Schema: { type: "object" } };
  await client.create(Definition, {
    metadata: { name },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  await client.create(Gadget, { metadata: { ...key, finalizers } });
}

const reasonOf = ({ status }: Definition): string | undefined =>
  status?.conditions.find(({ type }) => type === "Terminating")?.reason;

test("a definition tells each step of its end", async () => {
  await using cluster = createTestCluster({ crds: [] });
  const { client, clock } = cluster;
  await define(cluster, ["x.io/f"]);
  const seen: (string | undefined)[] = [];
  const ending = new AbortController();
  const watching = (async () => {
    for await (const event of client.watch(Definition, { signal: ending.signal })) {
      if (event.type === "bookmark") continue;
      seen.push(`${event.type} ${reasonOf(event.object) ?? "-"}`);
    }
  })().catch(() => undefined);
  await clock.advance(0);
  const marked = await client.delete(Definition, { name });
  expect(marked).toMatchObject({ metadata: { generation: 1 } });
  await client.patch(Gadget, key, { type: "merge", patch: { metadata: { finalizers: null } } });
  await clock.advance(0);
  ending.abort();
  await watching;
  expect(seen).toEqual([
    "added -",
    "modified InstanceDeletionPending",
    "modified InstanceDeletionInProgress",
    "deleted InstanceDeletionInProgress",
  ]);
});

test("a definition that others hold says that its objects are gone", async () => {
  await using cluster = createTestCluster({ crds: [] });
  const { client } = cluster;
  await define(cluster);
  const finalizers = ["x.io/f"];
  await client.patch(Definition, { name }, { type: "merge", patch: { metadata: { finalizers } } });
  await client.delete(Definition, { name });
  const held = await client.get(Definition, { name });
  expect(held.metadata?.finalizers).toEqual(["x.io/f"]);
  expect(reasonOf(held)).toBe("InstanceDeletionCompleted");
});

test("at a realistic pace a definition is looked at again after five seconds", async () => {
  await using cluster = createTestCluster({ crds: [], controllers: { pace: "realistic" } });
  const { client, clock } = cluster;
  await define(cluster, ["x.io/f"]);
  await client.delete(Definition, { name });
  await client.patch(Gadget, key, { type: "merge", patch: { metadata: { finalizers: null } } });
  await clock.advance(4900);
  expect(reasonOf(await client.get(Definition, { name }))).toBe("InstanceDeletionInProgress");
  await clock.advance(200);
  expect(await client.find(Definition, { name })).toBeUndefined();
});

test("nothing is cleaned up where that is switched off", async () => {
  await using cluster = createTestCluster({ crds: [], controllers: { definitionCleanup: false } });
  const { client } = cluster;
  await define(cluster);
  await client.delete(Definition, { name });
  expect(await client.find(Gadget, key)).toBeDefined();
  expect(reasonOf(await client.get(Definition, { name }))).toBe("InstanceDeletionPending");
});
