import { ConfigMap, KubevirtConfig, Namespace } from "@kvop/core";
import { type Fleet, startFleet } from "@kvop/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { KubevirtClientManager } from "../src/index.js";

vi.setConfig({ testTimeout: 60_000 });

let fleet: Fleet;
let manager: KubevirtClientManager;

beforeAll(async () => {
  fleet = await startFleet({ clusters: 3 });
}, 60_000);
afterAll(() => fleet[Symbol.asyncDispose]());
beforeEach(() => {
  manager = new KubevirtClientManager(fleet.supervisor.client, {
    probeIntervalMs: 500,
    probeTimeoutMs: 2000,
  });
});
afterEach(() => manager[Symbol.asyncDispose]());

const clusterOf = (index: number) => {
  const cluster = fleet.clusters[index];
  if (cluster === undefined) throw new Error("no such cluster");
  return cluster;
};
const map = (name: string) => ({ metadata: { namespace: "default", name } });

it("takes a rotated Secret over without an error, and its watches lose nothing", async () => {
  const cluster = clusterOf(0);
  const client = await manager.getClientForConfig(cluster.name);
  const watch = manager.watchResource(cluster.name, ConfigMap, { namespace: "default" });
  await watch.waitForSync();
  const seen: string[] = [];
  watch.subscribe(({ type, object }) => void seen.push(`${type} ${object.metadata?.name}`));
  const before = seen.length;
  const refused = () =>
    cluster.server?.requests.filter(({ verb, status }) => verb === "get" && status === 200)
      .length ?? 0;
  for (let round = 0; round < 3; round += 1) {
    await cluster.client.create(ConfigMap, map(`rotation-${round}-before`));
    await cluster.rotateCredential();
    await cluster.client.create(ConfigMap, map(`rotation-${round}-after`));
    await vi.waitFor(
      () => expect(manager.getClusterState(cluster.name).type).toBe("ready"),
      10_000,
    );
    const answered = refused();
    await client.get(Namespace, { name: "default" });
    expect(refused()).toBeGreaterThan(answered);
  }
  await vi.waitFor(
    () =>
      expect(seen.slice(before).toSorted()).toEqual(
        [0, 1, 2].flatMap((round) => [
          `added rotation-${round}-after`,
          `added rotation-${round}-before`,
        ]),
      ),
    10_000,
  );
  expect(await manager.getClientForConfig(cluster.name)).toBe(client);
});

it("tells of a cluster that dies and comes back, and others do not notice", async () => {
  const [dying, other] = [clusterOf(1), clusterOf(2)];
  await manager.getClientForConfig(dying.name);
  const client = await manager.getClientForConfig(other.name);
  const states: string[] = [];
  const abort = new AbortController();
  const reading = (async () => {
    for await (const { configName, type } of manager.watchClusterStates({ signal: abort.signal }))
      if (configName === dying.name) states.push(type);
  })();
  const watch = manager.watchResource(dying.name, ConfigMap, { namespace: "default" });
  await watch.waitForSync();
  await dying.stop();
  await vi.waitFor(() => expect(states.at(-1)).toBe("unreachable"), 20_000);
  await client.get(Namespace, { name: "default" });
  expect([...(await manager.healthCheck()).keys()]).toEqual([dying.name]);
  await dying.client.create(ConfigMap, map("while-away"));
  await dying.start();
  await vi.waitFor(() => expect(states.at(-1)).toBe("ready"), 20_000);
  await vi.waitFor(
    () => expect(watch.get({ namespace: "default", name: "while-away" })).toBeDefined(),
    20_000,
  );
  abort.abort();
  await reading;
  expect(states.filter((type) => type === "unreachable")).toHaveLength(1);
  expect(await manager.healthCheck()).toEqual(new Map());
});

it("shows states in the status of the configs", async () => {
  const cluster = clusterOf(2);
  await manager.getClientForConfig(cluster.name);
  await vi.waitFor(async () => {
    const { status } = await fleet.supervisor.client.get(KubevirtConfig, { name: cluster.name });
    expect(status).toMatchObject({ phase: "Ready", status: "Ready" });
  }, 10_000);
});

it("closes what belongs to a config that is deleted", async () => {
  const cluster = clusterOf(2);
  const client = await manager.getClientForConfig(cluster.name);
  const config = await fleet.supervisor.client.get(KubevirtConfig, { name: cluster.name });
  const watch = manager.watchResource(cluster.name, ConfigMap);
  await watch.waitForSync();
  await fleet.supervisor.client.delete(KubevirtConfig, { name: cluster.name });
  await vi.waitFor(() => expect(watch.isEnded).toBe(true), 10_000);
  await expect(client.get(Namespace, { name: "default" })).rejects.toMatchObject({
    code: "ConfigNotFound",
  });
  const { name, labels } = config.metadata ?? {};
  await fleet.supervisor.client.create(KubevirtConfig, {
    metadata: { name, labels },
    spec: config.spec,
  });
  await vi.waitFor(async () => {
    expect((await manager.getClientForConfig(cluster.name)).name).toBe(cluster.name);
  }, 10_000);
});
