import { ConfigMap, Namespace } from "@kvop/core";
import { describe, expect, it } from "vitest";

import { createApiServer } from "../src/api-server.js";

const UID = "00000000-0000-0000-0000-000000000000";
const key = (name: string) => ({ namespace: "team", name });
const ownedBy = (name: string, uid = UID) => ({ apiVersion: "v1", kind: "ConfigMap", name, uid });

async function newClient() {
  const client = createApiServer().client();
  await client.create(Namespace, { metadata: { name: "team" } });
  return client;
}

describe("garbage collection", () => {
  it("deletes an object whose owner never existed", async () => {
    const client = await newClient();
    const metadata = { ...key("lost"), ownerReferences: [ownedBy("nosuch")] };
    const created = await client.create(ConfigMap, { metadata });
    expect(created.metadata?.uid).not.toBe("");
    expect(await client.find(ConfigMap, key("lost"))).toBeUndefined();
  });

  it("tells an owner from a later one of its name", async () => {
    const client = await newClient();
    await client.create(ConfigMap, { metadata: key("owner") });
    const metadata = { ...key("lost"), ownerReferences: [ownedBy("owner")] };
    await client.create(ConfigMap, { metadata });
    expect(await client.find(ConfigMap, key("lost"))).toBeUndefined();
  });

  it("takes absent owners from the list of an object that has another one", async () => {
    const client = await newClient();
    const [first, second] = [
      await client.create(ConfigMap, { metadata: key("first") }),
      await client.create(ConfigMap, { metadata: key("second") }),
    ].map(({ metadata }) => ownedBy(metadata?.name ?? "", metadata?.uid ?? ""));
    const ownerReferences = [first, ownedBy("nosuch"), second].filter((each) => each !== undefined);
    await client.create(ConfigMap, { metadata: { ...key("child"), ownerReferences } });
    const owners = async () =>
      (await client.get(ConfigMap, key("child"))).metadata?.ownerReferences?.map(
        ({ name }) => name,
      );
    expect(await owners()).toEqual(["first", "second"]);
    await client.delete(ConfigMap, key("first"));
    expect(await owners()).toEqual(["second"]);
    await client.delete(ConfigMap, key("second"));
    expect(await client.find(ConfigMap, key("child"))).toBeUndefined();
  });

  it("leaves alone what names an owner of a kind that is not served", async () => {
    const client = await newClient();
    const ownerReferences = [
      { apiVersion: "none.example.com/v1", kind: "None", name: "a", uid: UID },
    ];
    await client.create(ConfigMap, { metadata: { ...key("child"), ownerReferences } });
    expect(await client.find(ConfigMap, key("child"))).toBeDefined();
  });

  it("leaves alone what is in no namespace and names an owner in one", async () => {
    const client = await newClient();
    const metadata = { name: "other", ownerReferences: [ownedBy("a")] };
    await client.create(Namespace, { metadata });
    expect(await client.find(Namespace, { name: "other" })).toBeDefined();
  });

  it("is off where it is switched off", async () => {
    const client = createApiServer({ controllers: { garbageCollection: false } }).client();
    await client.create(Namespace, { metadata: { name: "team" } });
    const metadata = { ...key("lost"), ownerReferences: [ownedBy("nosuch")] };
    await client.create(ConfigMap, { metadata });
    expect(await client.find(ConfigMap, key("lost"))).toBeDefined();
  });
});
