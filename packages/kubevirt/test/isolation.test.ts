import { Namespace, type RemoteClient, yieldToEventLoop } from "@kvop/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

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
  expect(fleet.clock.pendingTimers).toBe(0);
});

const nameOf = (index: number) => `cluster-${index}`;
/** Every fifth cluster is dead. */
const isDead = (index: number) => index % 5 === 0;

/** Waits without moving time on: whatever needs time would hang here. */
async function withoutTime<Result>(promise: Promise<Result>): Promise<Result> {
  let outcome: { readonly result: Result } | { readonly error: unknown } | undefined;
  promise.then(
    (result) => (outcome = { result }),
    (error: unknown) => (outcome = { error }),
  );
  for (let turn = 0; turn < 5000 && outcome === undefined; turn += 1) await yieldToEventLoop();
  if (outcome === undefined) throw new Error("it waits for something");
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}

it("cold: no caller of a healthy cluster waits for a silent one", async () => {
  const names = Array.from({ length: 100 }, (_, index) => nameOf(index));
  for (const [index, name] of names.entries())
    (await fleet.add(name)).behaviour = isDead(index) ? "silent" : "well";
  const calls = names.map((name) => manager.getClientForConfig(name));
  const failures = calls.map((call) =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  const healthy = calls.filter((_, index) => !isDead(index));
  expect(await withoutTime(Promise.all(healthy))).toHaveLength(80);
  await fleet.clock.advance(5000);
  const codes = (await Promise.all(failures)).map(
    (error) => (error as { code?: string } | undefined)?.code,
  );
  expect(codes).toEqual(names.map((_, index) => (isDead(index) ? "DeadlineExceeded" : undefined)));
});

it("a hundred consumers of a hundred clusters, a fifth of which die: no error and no wait on the others", async () => {
  for (let index = 0; index < 100; index += 1) await fleet.add(nameOf(index));
  const clients = new Map<number, RemoteClient>();
  for (let index = 0; index < 100; index += 1)
    clients.set(index, await manager.getClientForConfig(nameOf(index)));
  for (let index = 0; index < 100; index += 1) {
    const cluster = fleet.clusters.get(nameOf(index));
    if (cluster !== undefined && isDead(index)) cluster.behaviour = "silent";
  }
  let stuck = 0;
  for (let second = 0; second < 30; second += 1) {
    // Callers of dead clusters hang, or are told at once that it is known.
    for (let index = 0; index < 100; index += 5) {
      stuck += 1;
      void clients
        .get(index)
        ?.get(Namespace, { name: "default" })
        .catch(() => (stuck -= 1));
    }
    const consumers = Array.from({ length: 100 }, async (_, consumer) => {
      for (let index = consumer; index < 100; index += 20) {
        if (isDead(index)) continue;
        const client = await manager.getClientForConfig(nameOf(index));
        await client.get(Namespace, { name: "default" });
      }
    });
    await withoutTime(Promise.all(consumers));
    await fleet.clock.advance(1000);
  }
  for (let index = 0; index < 100; index += 1)
    expect(manager.getClusterState(nameOf(index)).type).toBe(
      isDead(index) ? "unreachable" : "ready",
    );
  await fleet.clock.advance(60_000);
  expect(stuck).toBe(0);
});

it("probes of healthy clusters come at their interval while others are silent", async () => {
  for (let index = 0; index < 50; index += 1)
    (await fleet.add(nameOf(index))).behaviour = isDead(index) ? "silent" : "well";
  await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      isDead(index) ? Promise.resolve() : manager.getClientForConfig(nameOf(index)),
    ),
  );
  for (let index = 0; index < 50; index += 5)
    void manager.getClientForConfig(nameOf(index)).catch(() => undefined);
  await fleet.clock.advance(120_000);
  for (const [index, cluster] of [...fleet.clusters.values()].entries()) {
    const probes = cluster.requests.filter((request) => request.includes("/readyz")).length;
    // Within 120% of the interval of 4 seconds.
    if (!isDead(index)) expect(probes).toBeGreaterThanOrEqual(25);
    if (!isDead(index)) expect(probes).toBeLessThanOrEqual(31);
  }
});

it("an invalidation of one cluster, and its removal, are no matter of another's", async () => {
  await fleet.add("east");
  await fleet.add("west");
  const west = await manager.getClientForConfig("west");
  await manager.getClientForConfig("east");
  manager.invalidateClient("east");
  await fleet.deleteConfig("east");
  await fleet.clock.advance(1000);
  expect(await manager.getClientForConfig("west")).toBe(west);
  expect(fleet.clusters.get("west")?.dials).toBe(1);
});

it("10,000 invalidations a second grow nothing, and callers are served all the same", async () => {
  const east = await fleet.add("east");
  let served = 0;
  let failed = 0;
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      try {
        const client = await manager.getClientForConfig("east");
        await client.get(Namespace, { name: "default" });
        served += 1;
      } catch {
        failed += 1;
      }
      await yieldToEventLoop();
    }
  };
  const callers = Array.from({ length: 10 }, caller);
  let mostOpen = 0;
  let mostTimers = 0;
  for (let tick = 0; tick < 300; tick += 1) {
    for (let index = 0; index < 100; index += 1) manager.invalidateClient("east");
    await fleet.clock.advance(10);
    mostOpen = Math.max(mostOpen, east.open);
    mostTimers = Math.max(mostTimers, fleet.clock.pendingTimers);
  }
  isOver = true;
  await fleet.clock.advance(10_000);
  await Promise.all(callers);
  expect(served).toBeGreaterThan(10);
  expect(failed).toBe(0);
  expect(mostOpen).toBeLessThanOrEqual(10);
  expect(mostTimers).toBeLessThan(60);
  expect(east.open).toBeLessThanOrEqual(1);
  // Once it is quiet it is as ever.
  await manager.getClientForConfig("east");
  await fleet.clock.advance(60_000);
  expect([east.open, manager.getClusterState("east").type]).toEqual([1, "ready"]);
});
