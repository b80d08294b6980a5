import { request } from "node:https";
import { ConfigMap, DeadlineExceededError, seededRandom } from "@kvop/core";
import { expect, test, vi } from "vitest";
import { createApiServer, startApiServer } from "../src/api-server/api-server.js";
import { VirtualClock } from "../src/clock/virtual-clock.js";
import { waitUntilReceived } from "../src/records/wait-until-received.js";

const configMap = (name: string) => ({ metadata: { namespace: "default", name } });

test("waiting for requests: those that came, those that come, and those that never do", async () => {
  const server = createApiServer();
  const client = server.client();
  const waiting = waitUntilReceived(server, { verb: "create", times: 2 });
  await client.create(ConfigMap, configMap("a"));
  await client.create(ConfigMap, configMap("b"));
  await waiting;
  await waitUntilReceived(server, { verb: "create" });
  const clock = new VirtualClock();
  const never = waitUntilReceived(server, { verb: "delete" }, { clock, timeoutMs: 1000 }).catch(
    (error: unknown) => error,
  );
  await clock.advance(1000);
  expect(await never).toBeInstanceOf(DeadlineExceededError);
  expect(await never).toMatchObject({
    cause: { message: expect.stringContaining("0 requests: delete") },
  });
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(waitUntilReceived(server, { verb: "delete" }, { signal })).rejects.toThrow("enough");
});

test("records are bounded, and no field of theirs holds a credential", async () => {
  await using listening = await startApiServer();
  const { server, adminToken } = listening;
  const client = server.client();
  for (let round = 0; round < 11_500; round += 1)
    await client.find(ConfigMap, { namespace: "default", name: "none" });
  expect(server.requests.length).toBeGreaterThanOrEqual(10_000);
  expect(server.requests.length).toBeLessThanOrEqual(11_000);
  expect(server.requests.at(-1)?.id).toBe(11_500);
  await new Promise((resolve, reject) => {
    request(`${listening.url}/api/v1/secrets`, {
      ca: listening.caPem,
      agent: false,
      headers: { authorization: `Bearer ${adminToken}` },
    })
      .on("response", (response) => response.resume().on("end", resolve))
      .on("error", reject)
      .end();
  });
  expect(server.requests.at(-1)).toMatchObject({ user: "kubernetes-admin", door: "https" });
  expect(JSON.stringify(server.requests)).not.toContain(adminToken);
});

test("a watch's bytes grow while it is open", async () => {
  await using listening = await startApiServer();
  const { server, adminToken } = listening;
  const path = "/api/v1/configmaps?watch=true";
  const watching = request(`${listening.url}${path}`, {
    ca: listening.caPem,
    agent: false,
    headers: { authorization: `Bearer ${adminToken}`, "user-agent": "probe/1" },
  }).end();
  watching.on("error", () => undefined);
  const record = () => server.requests.find(({ verb }) => verb === "watch");
  await vi.waitFor(() => expect(record()).toMatchObject({ status: 200, userAgent: "probe/1" }));
  const before = record()?.bytes ?? 0;
  await server.client().create(ConfigMap, configMap("a"));
  await vi.waitFor(() => expect(record()?.bytes).toBeGreaterThan(before));
  watching.destroy();
  await vi.waitFor(() => expect(record()?.ended).toBe(true));
});

test("in process, bytes are counted when the server is told to", async () => {
  const [plain, measured] = [createApiServer(), createApiServer({ measuresBodies: true })];
  for (const server of [plain, measured]) {
    const client = server.client();
    await client.create(ConfigMap, { ...configMap("a"), data: { k: "ä" } });
    await client.get(ConfigMap, configMap("a").metadata);
  }
  expect(plain.requests.map(({ bytes }) => bytes)).toEqual([undefined, undefined]);
  const transport = measured.transport();
  const path = "/api/v1/namespaces/default/configmaps/a";
  const request = { method: "GET", path, verb: "get", resource: "configmaps", timeoutMs: 0 };
  const { body } = await transport.request(request as never);
  const bytes = Buffer.byteLength(JSON.stringify(body));
  expect(measured.requests.map((record) => record.bytes)).toEqual([bytes, bytes, bytes]);
});

test("the same seed on virtual time gives the same records", async () => {
  const run = async () => {
    const clock = new VirtualClock();
    const server = createApiServer({ clock, random: seededRandom(7) });
    using _slow = server.faults.on({ verb: "create" }).withProbability(0.5).delay(300);
    const client = server.client();
    const creating = Array.from({ length: 20 }, () =>
      client.create(ConfigMap, { metadata: { namespace: "default", generateName: "c-" } }),
    );
    await clock.advance(1000);
    await Promise.all(creating);
    for (const { metadata } of (await client.list(ConfigMap, { namespace: "default" })).items)
      await client.delete(ConfigMap, { namespace: "default", name: metadata?.name ?? "" });
    return server.requests;
  };
  const first = await run();
  expect(first).toHaveLength(41);
  expect(await run()).toEqual(first);
});
