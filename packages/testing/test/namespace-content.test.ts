import { ConfigMap, isForbidden, Lease, Namespace } from "@kvop/core";
import { expect, test } from "vitest";
import { createApiServer } from "../src/api-server.js";
import { createTestCluster } from "../src/index.js";

test("a namespace goes with content that owns other content", async () => {
  const server = createApiServer();
  const client = server.client();
  await client.create(Namespace, { metadata: { name: "team" } });
  const owner = await client.create(ConfigMap, { metadata: { namespace: "team", name: "a" } });
  const { uid = "" } = owner.metadata ?? {};
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid }];
  for (const name of ["b", "c"])
    await client.create(ConfigMap, { metadata: { namespace: "team", name, ownerReferences } });
  await client.delete(Namespace, { name: "team" });
  expect(await client.find(Namespace, { name: "team" })).toBeUndefined();
  expect((await client.list(ConfigMap, { namespace: "team" })).items).toEqual([]);
});

test("a namespace waits for what is held in it", async () => {
  const server = createApiServer();
  const client = server.client();
  await client.create(Namespace, { metadata: { name: "team" } });
  const key = { namespace: "team", name: "a" };
  await client.create(ConfigMap, { metadata: { ...key, finalizers: ["x.io/f"] } });
  await client.create(ConfigMap, { metadata: { namespace: "team", name: "b" } });
  await client.delete(Namespace, { name: "team" });
  expect((await client.get(Namespace, { name: "team" })).status?.phase).toBe("Terminating");
  expect(await client.find(ConfigMap, { namespace: "team", name: "b" })).toBeUndefined();
  await client.patch(ConfigMap, key, { type: "merge", patch: { metadata: { finalizers: null } } });
  expect(await client.find(Namespace, { name: "team" })).toBeUndefined();
});

test("a namespace tells what holds it", async () => {
  const server = createApiServer();
  const client = server.client();
  await client.create(Namespace, { metadata: { name: "team" } });
  const finalizers = ["x.io/f", "x.io/a"];
  for (const name of ["a", "b"])
    await client.create(ConfigMap, { metadata: { namespace: "team", name, finalizers } });
  await client.create(Lease, {
    metadata: { namespace: "team", name: "a", finalizers: ["x.io/a"] },
  });
  await client.delete(Namespace, { name: "team" });
  const { status } = await client.get(Namespace, { name: "team" });
  const { conditions } = status as { conditions: readonly { type: string; message: string }[] };
  const messages = Object.fromEntries(conditions.map(({ type, message }) => [type, message]));
  expect(messages).toMatchObject({
    NamespaceContentRemaining:
      "Some resources are remaining: configmaps. has 2 resource instances, leases.coordination.k8s.io has 1 resource instances",
    NamespaceFinalizersRemaining:
      "Some content in the namespace has finalizers remaining: x.io/a in 3 resource instances, x.io/f in 2 resource instances",
  });
});

test("at a realistic pace a namespace keeps its content for five seconds, and refuses more", async () => {
  await using cluster = createTestCluster({ controllers: { pace: "realistic" } });
  const { client, clock } = cluster;
  await client.create(Namespace, { metadata: { name: "team" } });
  const metadata = { namespace: "team", name: "a" };
  await client.create(ConfigMap, { metadata });
  await client.delete(Namespace, { name: "team" });
  await clock.advance(4900);
  expect(await client.find(ConfigMap, metadata)).toBeDefined();
  await expect(
    client.create(ConfigMap, { metadata: { ...metadata, name: "b" } }),
  ).rejects.toSatisfy(isForbidden);
  await clock.advance(200);
  expect(await client.find(Namespace, { name: "team" })).toBeUndefined();
});

test("at a realistic pace a namespace that waits is looked at again", async () => {
  await using cluster = createTestCluster({ controllers: { pace: "realistic" } });
  const { client, clock } = cluster;
  await client.create(Namespace, { metadata: { name: "team" } });
  const key = { namespace: "team", name: "a" };
  await client.create(ConfigMap, { metadata: { ...key, finalizers: ["x.io/f"] } });
  await client.delete(Namespace, { name: "team" });
  await clock.advance(6000);
  await client.patch(ConfigMap, key, { type: "merge", patch: { metadata: { finalizers: null } } });
  expect(await client.find(Namespace, { name: "team" })).toBeDefined();
  await clock.advance(5000);
  expect(await client.find(Namespace, { name: "team" })).toBeUndefined();
});
