import {
  ClusterUnavailableError,
  ConfigNotFoundError,
  ConnectionFailedError,
  DeadlineExceededError,
  KubevirtConfig,
  Namespace,
  Secret,
  SecretNotFoundError,
  sleep,
} from "@kvop/core";
import { kubevirtConfig } from "@kvop/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

// Virtual minutes take real seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let fleet: VirtualFleet;
let manager: KubevirtClientManager;

beforeEach(() => {
  fleet = new VirtualFleet();
  manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  for (const { open } of fleet.clusters.values()) expect(open).toBe(0);
});

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error("it should have failed")),
    (error: unknown) => error as Error,
  );
const connect = () => manager.getClientForConfig("east");

describe("a failure", () => {
  it("costs a storm of callers one dial, and is the same typed error for all", async () => {
    const east = await fleet.add("east");
    east.behaviour = "down";
    const errors = await Promise.all(Array.from({ length: 1000 }, () => failureOf(connect())));
    const [first] = errors;
    expect(first).toBeInstanceOf(ConnectionFailedError);
    expect(errors.every((error) => error === first)).toBe(true);
    expect([east.dials, fleet.reads]).toEqual([1, 2]);
    for (let call = 0; call < 100; call += 1) expect(await failureOf(connect())).toBe(first);
    expect([east.dials, fleet.reads]).toEqual([1, 2]);
  });

  it("is remembered longer each time, up to a bound, whatever the number of callers", async () => {
    const east = await fleet.add("east");
    east.behaviour = "down";
    await failureOf(connect());
    const dialsAtMs: number[] = [];
    for (let step = 0; step < 3000; step += 1) {
      const before = east.dials;
      await fleet.clock.advance(100);
      await failureOf(connect());
      if (east.dials > before) dialsAtMs.push(step * 100);
    }
    const gaps = dialsAtMs.map((at, index) => at - (dialsAtMs[index - 1] ?? 0));
    expect(dialsAtMs.length).toBeLessThan(18);
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(46_000);
  });

  it("is forgotten at an invalidation", async () => {
    const east = await fleet.add("east");
    east.behaviour = "down";
    await failureOf(connect());
    east.behaviour = "well";
    expect(await failureOf(connect())).toBeInstanceOf(ConnectionFailedError);
    manager.invalidateClient("east");
    expect((await connect()).name).toBe("east");
  });

  it("is forgotten when the Secret changes, which is then in use within a second", async () => {
    const east = await fleet.add("east");
    east.token = "token-2-of-the-fixture";
    await failureOf(connect());
    await fleet.clock.advance(60_000);
    await fleet.setKubeconfig("east", east.kubeconfig());
    await fleet.clock.advance(1000);
    expect(manager.getClusterState("east").type).toBe("ready");
    expect((await connect()).name).toBe("east");
  });

  it("is forgotten when the Secret appears", async () => {
    const east = await fleet.add("east");
    await fleet.supervisor.client().delete(Secret, {
      namespace: "kubevirt-configs",
      name: "east",
    });
    expect(await failureOf(connect())).toBeInstanceOf(SecretNotFoundError);
    await fleet.clock.advance(100);
    expect(await failureOf(connect())).toBeInstanceOf(SecretNotFoundError);
    fleet.supervisor.load({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "kubevirt-configs", name: "east" },
      data: { kubeconfig: Buffer.from(east.kubeconfig()).toString("base64") },
    });
    await fleet.clock.advance(1000);
    expect((await connect()).name).toBe("east");
  });

  it("is forgotten when the config appears", async () => {
    fleet.addServer("other");
    const errors = await Promise.all(Array.from({ length: 100 }, () => failureOf(connect())));
    expect(ConfigNotFoundError.isInstance(errors[0])).toBe(true);
    const reads = fleet.reads;
    expect(await failureOf(connect())).toBe(errors[0]);
    expect(fleet.reads).toBe(reads);
    await fleet.add("east");
    await fleet.clock.advance(0);
    expect((await connect()).name).toBe("east");
  });
});

it("an invalidation while the supervisor fails leaves no connection of nobody", async () => {
  const east = await fleet.add("east");
  let failures = 1;
  fleet.beforeSupervisor = () => {
    failures -= 1;
    if (failures < 0) return;
    manager.invalidateClient("east");
    throw new ConnectionFailedError({ cluster: "supervisor", address: "10.1.0.1:6443" });
  };
  await connect();
  await fleet.clock.advance(60_000);
  await connect();
  expect([east.dials, east.open]).toEqual([1, 1]);
});

it("a call's deadline holds for the connection, too", async () => {
  const east = await fleet.add("east");
  const client = await connect();
  manager.invalidateAll();
  fleet.supervisorBehaviour = "silent";
  const cold = failureOf(client.get(Namespace, { name: "default" }, { timeoutMs: 300 }));
  await fleet.clock.advance(300);
  expect(await cold).toMatchObject({ code: "DeadlineExceeded", timeoutMs: 300 });
  fleet.supervisorBehaviour = "well";
  manager.invalidateAll();
  const timeouts: number[] = [];
  east.before = async ({ timeoutMs, path }) => {
    timeouts.push(timeoutMs);
    if (path.endsWith("kube-system")) await sleep(fleet.clock, 200);
  };
  const call = client.get(Namespace, { name: "default" }, { timeoutMs: 500 });
  await fleet.clock.advance(200);
  await call;
  expect(timeouts.at(-1)).toBe(300);
});

it("a way to connect that hangs has a deadline, and what it gives later is closed", async () => {
  await manager[Symbol.asyncDispose]();
  const east = await fleet.add("east");
  const late: Array<() => void> = [];
  manager = new KubevirtClientManager(fleet.supervisorClient, {
    ...fleet.options,
    connect: (connection) =>
      new Promise((resolve) => {
        late.push(() => resolve(east.connect(connection)));
      }),
  });
  const failing = failureOf(connect());
  await fleet.clock.advance(5000);
  expect(await failing).toMatchObject({ code: "DeadlineExceeded", phase: "connect" });
  const abandoned = failureOf(connect());
  await manager[Symbol.asyncDispose]();
  await abandoned;
  for (const resolve of late) resolve();
  await fleet.clock.advance(0);
  expect(east.open).toBe(0);
});

it("keeps nothing for a stream of wrong names", async () => {
  for (let index = 0; index < 3000; index += 1)
    await failureOf(manager.getClientForConfig(`wrong-${index}`));
  await fleet.clock.advance(60_000);
  const states: string[] = [];
  const abort = new AbortController();
  const watching = (async () => {
    for await (const { configName } of manager.watchClusterStates({ signal: abort.signal }))
      states.push(configName);
  })();
  await fleet.clock.advance(0);
  abort.abort();
  await watching;
  expect(states).toEqual([]);
  // What follows the configs, and nothing for each name.
  expect(fleet.clock.pendingTimers).toBeLessThan(10);
});

describe("a cluster that stops to answer", () => {
  it("is given up within 15 seconds; calls then fail at once, and one probe decides when it is back", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(10_000);
    east.behaviour = "silent";
    await fleet.clock.advance(15_000);
    expect(manager.getClusterState("east").type).toBe("unreachable");
    const requests = east.requests.length;
    const errors = await Promise.all(
      Array.from({ length: 500 }, () => failureOf(client.get(Namespace, { name: "default" }))),
    );
    expect(errors.every((error) => ClusterUnavailableError.isInstance(error))).toBe(true);
    expect(errors[0]?.cause).toBeInstanceOf(DeadlineExceededError);
    expect(ClusterUnavailableError.isInstance(await failureOf(connect()))).toBe(true);
    expect(east.requests).toHaveLength(requests);

    east.behaviour = "well";
    await fleet.clock.runUntil(() => manager.getClusterState("east").type === "connecting");
    expect((await client.get(Namespace, { name: "default" })).metadata?.name).toBe("default");
    expect(await connect()).toBe(client);
    await fleet.clock.advance(1000);
    expect(manager.getClusterState("east").type).toBe("ready");
    expect(east.dials).toBe(1);
  });

  it("is asked a fixed number of times, however many callers there are", async () => {
    const east = await fleet.add("east");
    await connect();
    east.behaviour = "silent";
    await fleet.clock.advance(20_000);
    const before = east.requests.length;
    for (let second = 0; second < 60; second += 1) {
      await Promise.all(Array.from({ length: 50 }, () => failureOf(connect())));
      await fleet.clock.advance(1000);
    }
    expect(east.requests.length - before).toBeLessThanOrEqual(60 / 9 + 1);
  });

  it("is not given up for one failure", async () => {
    const east = await fleet.add("east");
    await connect();
    let failures = 1;
    east.before = () => {
      if (failures > 0) {
        failures -= 1;
        throw new ConnectionFailedError({ cluster: "east", address: "10.0.0.1:6443" });
      }
    };
    const states: string[] = [];
    const abort = new AbortController();
    const watching = (async () => {
      for await (const { type } of manager.watchClusterStates({ signal: abort.signal }))
        states.push(type);
    })();
    await fleet.clock.advance(30_000);
    abort.abort();
    await watching;
    expect(failures).toBe(0);
    expect(states).toEqual(["ready"]);
  });
});

it("tells a config that was created anew from the old one of its name", async () => {
  const east = await fleet.add("east");
  const client = await connect();
  await fleet.clock.advance(0);
  await fleet.deleteConfig("east");
  await fleet.clock.advance(0);
  expect(east.open).toBe(0);
  expect(await failureOf(client.get(Namespace, { name: "default" }))).toBeInstanceOf(
    ConfigNotFoundError,
  );
  const west = fleet.addServer("west");
  await fleet.setKubeconfig("east", west.kubeconfig());
  await fleet.supervisor
    .client()
    .create(KubevirtConfig, kubevirtConfig({ metadata: { name: "east" } }));
  await fleet.clock.advance(0);
  // Another cluster is no change of identity: it is another config.
  const renewed = await connect();
  expect(renewed).not.toBe(client);
  expect(west.open).toBe(1);
});
