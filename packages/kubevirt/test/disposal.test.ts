import { getEventListeners } from "node:events";

import { ConfigMap, DisposedError, Namespace } from "@kvop/core";
import { type Fleet, startFleet } from "@kvop/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

// Virtual minutes take real seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe("on virtual time", () => {
  it("leaves no timer, no open client, no watch at the supervisor and no listener on a caller's signal", async () => {
    const fleet = new VirtualFleet();
    const manager = new KubevirtClientManager(fleet.supervisorClient, {
      ...fleet.options,
      strategy: "least-machines",
    });
    for (const name of ["east", "west", "dead", "slow"]) await fleet.add(name);
    const { signal } = new AbortController();
    await manager.getClientForConfig("east", { signal });
    const west = await manager.getClientForConfig("west", { signal });
    const dead = fleet.clusters.get("dead");
    if (dead !== undefined) dead.behaviour = "down";
    await manager.getClientForConfig("dead", { signal }).catch(() => undefined);
    const watch = manager.watchResource("east", ConfigMap);
    const ends: Promise<unknown>[] = [];
    const states = (async () => {
      for await (const state of manager.watchClusterStates({ signal })) void state;
    })();
    ends.push(
      states,
      watch.waitForSync({ signal }).catch(() => undefined),
    );
    ends.push(manager.healthCheck({ signal }).catch(() => undefined));
    ends.push(
      manager
        .getOrCreateClientFromMachine({ metadata: { namespace: "default", name: "m" } }, { signal })
        .catch(() => undefined),
    );
    await fleet.clock.advance(30_000);
    // In the middle of things: a build, a rotation, a request, a watch.
    const slow = fleet.clusters.get("slow");
    if (slow !== undefined) slow.behaviour = "silent";
    manager.invalidateClient("slow");
    const building = manager.getClientForConfig("slow").catch((error: unknown) => error);
    await fleet.setKubeconfig("west", `# new\n${fleet.clusters.get("west")?.kubeconfig()}`);
    const westCluster = fleet.clusters.get("west");
    if (westCluster !== undefined) westCluster.behaviour = "silent";
    const hanging = west.get(Namespace, { name: "default" }).catch((error: unknown) => error);
    await fleet.clock.advance(100);

    await manager[Symbol.asyncDispose]();
    await Promise.all([building, hanging, ...ends]);
    expect(fleet.clock.pendingTimers).toBe(0);
    for (const { open } of fleet.clusters.values()) expect(open).toBe(0);
    expect(fleet.openSupervisorWatches).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(DisposedError.isInstance(await building)).toBe(true);
    await manager[Symbol.asyncDispose]();
  });

  it("leaves nothing, at whatever moment of a call it comes", async () => {
    const placed = { "kvop.dev/placement": "east/uid-of-a-cluster" };
    const machine = { namespace: "default", name: "m" };
    for (let turns = 0; turns < 60; turns += 1) {
      const fleet = new VirtualFleet();
      for (const name of ["east", "west"]) await fleet.add(name);
      const manager = new KubevirtClientManager(fleet.supervisorClient, {
        ...fleet.options,
        strategy: turns % 2 === 0 ? "least-machines" : undefined,
      });
      await manager.getClientForConfig("east");
      const calls = [
        manager.getRESTConfigForConfig("east"),
        manager.getOrCreateClientFromMachine({ metadata: { ...machine, annotations: placed } }),
        manager.getOrCreateClientFromMachine({ metadata: machine }),
        manager.healthCheck(),
        manager.validateConnection("west"),
        manager.getClientForConfig("nowhere"),
      ];
      const ends = Promise.allSettled(calls);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await manager[Symbol.asyncDispose]();
      await ends;
      await fleet.clock.advance(30_000);
      const open = [...fleet.clusters.values()].map((cluster) => cluster.open);
      const left = [...open, fleet.clock.pendingTimers, fleet.openSupervisorWatches];
      expect({ turns, left }).toEqual({ turns, left: [0, 0, 0, 0] });
    }
  });

  it("leaves no count of Machines that was about to begin", async () => {
    const fleet = new VirtualFleet();
    for (const name of ["east", "west"]) await fleet.add(name);
    const manager = new KubevirtClientManager(fleet.supervisorClient, {
      ...fleet.options,
      strategy: "least-machines",
    });
    let release = (): void => undefined;
    fleet.beforeSupervisor = ({ verb }) =>
      verb === "list" ? new Promise((resolve) => (release = resolve)) : undefined;
    const machine = { metadata: { namespace: "default", name: "m" } };
    const placing = manager.getOrCreateClientFromMachine(machine).catch((error: unknown) => error);
    await fleet.clock.advance(10);
    await manager[Symbol.asyncDispose]();
    release();
    expect(DisposedError.isInstance(await placing)).toBe(true);
    await fleet.clock.advance(1000);
    expect([fleet.clock.pendingTimers, fleet.openSupervisorWatches]).toEqual([0, 0]);
  });

  it("every use after it fails with DisposedError, and starts nothing", async () => {
    const fleet = new VirtualFleet();
    await fleet.add("east");
    const manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
    const client = await manager.getClientForConfig("east");
    await manager[Symbol.asyncDispose]();
    const requests = fleet.supervisorRequests.length;
    manager.start();
    manager.invalidateAll();
    for (const call of [
      () => manager.getClientForConfig("east"),
      () => manager.listKubevirtConfigs(),
      () => manager.validateConnection("east"),
      () => manager.healthCheck(),
      () => manager.getRESTConfigForConfig("east"),
      () => manager.getOrCreateClientFromMachine({ metadata: { name: "m", namespace: "n" } }),
      () => client.get(Namespace, { name: "default" }),
    ])
      expect(DisposedError.isInstance(await call().catch((error: unknown) => error))).toBe(true);
    for await (const state of manager.watchClusterStates()) void state;
    await fleet.clock.advance(60_000);
    expect([fleet.supervisorRequests.length, fleet.clock.pendingTimers]).toEqual([requests, 0]);
  });

  it("a manager that is never used does nothing at all", async () => {
    const fleet = new VirtualFleet();
    await fleet.add("east");
    const manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
    await fleet.clock.advance(600_000);
    expect([fleet.supervisorRequests, fleet.clock.pendingTimers]).toEqual([[], 0]);
    await manager[Symbol.asyncDispose]();
  });
});

describe("over HTTPS", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ clusters: 3 });
  }, 60_000);
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("leaves no socket and no timer", async () => {
    const resources = () => {
      const all = process.getActiveResourcesInfo();
      const count = (type: string) => all.filter((each) => each === type).length;
      return { sockets: count("TCPSocketWrap"), connects: count("TCPConnectWrap") };
    };
    const before = resources();
    const manager = new KubevirtClientManager(fleet.supervisor.client);
    const names = fleet.clusters.map(({ name }) => name);
    await Promise.all(names.map((name) => manager.getClientForConfig(name)));
    const watch = manager.watchResource("cluster-1", Namespace);
    await watch.waitForSync();
    expect(watch.get({ name: "default" })).toBeDefined();
    expect(await manager.healthCheck()).toEqual(new Map());
    expect(resources().sockets).toBeGreaterThan(before.sockets);
    await manager[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(resources()).toEqual(before), 10_000);
  });
});
