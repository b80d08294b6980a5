import { once } from "node:events";
import { request } from "node:https";
import { ApiError, ConfigMap, createClusterClient, isGone, systemClock } from "@kvop/core";
import { afterEach, expect, test, vi } from "vitest";
import { createApiServer, startApiServer } from "../src/api-server/api-server.js";
import { httpsTransport } from "../src/envtest/https-transport.js";

const parts: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of parts.splice(0).toReversed()) await part[Symbol.asyncDispose]();
});

async function overHttps() {
  const listening = await startApiServer();
  const { url, caPem, adminToken: token, server } = listening;
  const transport = httpsTransport({ name: "test", url, caPem, token, clock: systemClock });
  const client = createClusterClient(transport, { role: "cluster", name: "test" });
  parts.push(listening, client);
  return { listening, server, client };
}

async function inProcess() {
  const server = createApiServer();
  return { server, client: server.client() };
}

const configMap = (name: string) => ({ metadata: { namespace: "default", name } });

test.each([
  ["https", overHttps],
  ["in-process", inProcess],
])("every request of the door %s passes the interceptors, in their order", async (door, start) => {
  const { server, client } = await start();
  const seen: string[] = [];
  const note = (name: string) =>
    server.intercept(async (asked, next) => {
      seen.push(`${name} ${asked.method}`);
      const answer = await next(asked);
      seen.push(`${name} ${answer.type}`);
      return answer;
    });
  const outer = note("outer");
  note("inner");
  await client.create(ConfigMap, configMap("a"));
  expect(seen).toEqual(["outer POST", "inner POST", "inner json", "outer json"]);
  outer[Symbol.dispose]();
  await client.get(ConfigMap, configMap("a").metadata);
  expect(seen.slice(4)).toEqual(["inner GET", "inner json"]);
  expect(server.requests).toMatchObject([
    { id: 1, verb: "create", resource: "configmaps", namespace: "default", status: 201, door },
    { id: 2, verb: "get", resource: "configmaps", name: "a", status: 200, door },
  ]);
});

test("an interceptor may answer from another state", async () => {
  const { server, client } = await inProcess();
  await client.create(ConfigMap, configMap("a"));
  const { ObjectStore } = await import("../src/store/object-store.js");
  const store = new ObjectStore();
  store.restore(server.snapshot().state);
  await client.create(ConfigMap, configMap("b"));
  server.intercept((asked, next) => next(asked, { store }));
  const { items } = await client.list(ConfigMap, { namespace: "default" });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(["a"]);
});

test("requests that are refused at the door are recorded, with what was sent", async () => {
  const { listening, server } = await overHttps();
  const asked = request(`${listening.url}/api/v1/namespaces/default/pods`, {
    ca: listening.caPem,
    headers: { authorization: "Bearer wrong" },
    agent: false,
  }).end();
  const [response] = await once(asked, "response");
  const chunks = await response.toArray();
  expect(server.requests).toMatchObject([
    { user: "", verb: "list", resource: "pods", status: 401, door: "https" },
  ]);
  expect(server.requests[0]?.bytes).toBe(Buffer.concat(chunks).length);
  await vi.waitFor(() => expect(server.requests[0]?.ended).toBe(true));
});

test("a watch is open until it ends, and a restore ends it with 410", async () => {
  for (const start of [overHttps, inProcess]) {
    const { server, client } = await start();
    const { metadata } = await client.create(ConfigMap, configMap("a"));
    const watch = async () => {
      const from = metadata?.resourceVersion;
      for await (const event of client.watch(ConfigMap, { resourceVersion: from })) {
        expect(event.type).toBe("added");
      }
    };
    const watching = watch().catch((error: unknown) => error);
    const record = () => server.requests.find(({ verb }) => verb === "watch");
    await vi.waitFor(() => expect(record()).toMatchObject({ status: 200, ended: false }));
    const saved = server.snapshot();
    await client.create(ConfigMap, configMap("b"));
    server.restore(saved);
    expect(isGone(await watching)).toBe(true);
    await vi.waitFor(() => expect(record()?.ended).toBe(true));
    expect(await client.find(ConfigMap, configMap("b").metadata)).toBeUndefined();
  }
});

test("resources come and go with the definitions of a restored state", async () => {
  const { vitistackCustomResourceDefinitions } = await import("../src/index.js");
  const [full, empty] = [
    createApiServer({ crds: vitistackCustomResourceDefinitions() }),
    createApiServer(),
  ];
  const lists = async () => {
    const { Machine } = await import("@kvop/core");
    return full
      .client()
      .list(Machine)
      .then(
        () => 200,
        (error: unknown) => (ApiError.isInstance(error) ? error.httpStatus : error),
      );
  };
  const saved = full.snapshot();
  full.restore(empty.snapshot());
  expect(await lists()).toBe(404);
  full.restore(saved);
  expect(await lists()).toBe(200);
});
