import { ConfigMap, Namespace } from "@kvop/core";
import { expect, test } from "vitest";
import { createApiServer } from "../src/api-server.js";

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
