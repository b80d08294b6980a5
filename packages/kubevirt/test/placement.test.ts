import { KUBEVIRT_CONFIG_ANNOTATION, Machine, VirtualMachine } from "@kvop/core";
import { machine, virtualMachine } from "@kvop/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { KubevirtClientManager, type KubevirtClientManagerOptions } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

// Virtual minutes take real seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let fleet: VirtualFleet;
let manager: KubevirtClientManager;

function start(options: KubevirtClientManagerOptions): void {
  manager = new KubevirtClientManager(fleet.supervisorClient, { ...fleet.options, ...options });
}
beforeEach(() => {
  fleet = new VirtualFleet();
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  expect(fleet.clock.pendingTimers).toBe(0);
});

const key = (name: string) => ({ namespace: "default", name });

describe("least-machines", () => {
  it("spreads a thousand Machines that come at once evenly, and counts those that were there", async () => {
    start({ strategy: "least-machines" });
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    for (const name of names) await fleet.add(name);
    const supervisor = fleet.supervisor.client({ role: "supervisor" });
    const annotations = { [KUBEVIRT_CONFIG_ANNOTATION]: "a" };
    for (let index = 0; index < 50; index += 1)
      await supervisor.create(
        Machine,
        machine({ metadata: { ...key(`old-${index}`), annotations } }),
      );
    const counts = new Map<string, number>([["a", 50]]);
    const place = async (index: number): Promise<void> => {
      const created = await supervisor.create(Machine, machine({ metadata: key(`new-${index}`) }));
      const first = await manager.getOrCreateClientFromMachine(created);
      const { configName, needsUpdate } = await manager.getOrCreateClientFromMachine(created);
      expect([configName, needsUpdate]).toEqual([first.configName, true]);
      await supervisor.patch(Machine, key(`new-${index}`), {
        type: "merge",
        patch: { metadata: { annotations: { [KUBEVIRT_CONFIG_ANNOTATION]: configName } } },
      });
      counts.set(configName, (counts.get(configName) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: 1000 }, (_, index) => place(index)));
    const sizes = names.map((name) => counts.get(name) ?? 0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1050);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }, 60_000);

  it("leaves out a cluster that is known to be unusable, and takes it back", async () => {
    start({ strategy: "least-machines" });
    const a = await fleet.add("a");
    await fleet.add("b");
    await manager.getClientForConfig("a");
    a.behaviour = "silent";
    await fleet.clock.advance(20_000);
    const placed: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      const { configName } = await manager.getOrCreateClientFromMachine(
        machine({ metadata: { ...key(`m-${index}`), uid: `u-${index}` } }),
      );
      placed.push(configName);
    }
    expect(placed).toEqual(["b", "b", "b", "b"]);
    a.behaviour = "well";
    await fleet.clock.advance(10_000);
    const back = machine({ metadata: { ...key("back"), uid: "u-back" } });
    expect(await manager.getOrCreateClientFromMachine(back)).toMatchObject({ configName: "a" });
  });
});

describe("search", () => {
  const searched = () => machine({ metadata: { ...key("web"), finalizers: ["kvop.dev/machine"] } });

  it("asks all clusters at once, for metadata alone, and gives the one that has it", async () => {
    start({});
    for (let index = 0; index < 20; index += 1)
      await fleet.add(`cluster-${index}`, { isBare: index !== 13 });
    const there = fleet.clusters.get("cluster-13");
    await there?.server.client().create(VirtualMachine, virtualMachine({ metadata: key("web") }));
    const { configName, client } = await manager.getOrCreateClientFromMachine(
      machine({ metadata: key("web") }),
    );
    expect([configName, client.name]).toEqual(["cluster-13", "cluster-13"]);
    const asked = there?.requests.filter((request) => request.includes("virtualmachines")) ?? [];
    expect(asked).toHaveLength(1);
    // Connected already: one request each, no more.
    const before = [...fleet.clusters.values()].map(({ requests }) => requests.length);
    await manager.getOrCreateClientFromMachine(machine({ metadata: key("web") }));
    const after = [...fleet.clusters.values()].map(({ requests }) => requests.length);
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual(
      Array.from({ length: 20 }, () => 1),
    );
  });

  it("is over at its deadline, however many clusters are dead, and says that it does not know", async () => {
    start({ searchTimeoutMs: 3000, concurrency: 4 });
    for (let index = 0; index < 12; index += 1) await fleet.add(`cluster-${index}`);
    for (const [index, cluster] of [...fleet.clusters.values()].entries())
      if (index % 2 === 0) cluster.behaviour = "silent";
    const started = fleet.clock.monotonic();
    let endedMs = Infinity;
    const searching = manager
      .getOrCreateClientFromMachine(machine({ metadata: key("web") }))
      .catch((error: unknown) => error)
      .finally(() => (endedMs = fleet.clock.monotonic() - started));
    await fleet.clock.advance(3000);
    expect(endedMs).toBeLessThanOrEqual(3000);
    expect(await searching).toMatchObject({ code: "PlacementUnknown" });
  });

  it("costs known dead clusters nothing: they are not waited for", async () => {
    start({});
    for (let index = 0; index < 6; index += 1) await fleet.add(`cluster-${index}`);
    for (const name of fleet.clusters.keys()) await manager.getClientForConfig(name);
    const dead = fleet.clusters.get("cluster-0");
    if (dead !== undefined) dead.behaviour = "silent";
    await fleet.clock.advance(20_000);
    const error = await manager
      .getOrCreateClientFromMachine(searched())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "PlacementUnknown", unreachable: ["cluster-0"] });
  });
});
