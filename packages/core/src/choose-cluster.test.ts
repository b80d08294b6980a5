import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseCluster, type ClusterFacts, needsClusterSearch } from "./choose-cluster.js";

const facts = (over: Partial<ClusterFacts> = {}): ClusterFacts => ({
  hasFinalizer: false,
  configNames: ["east", "west"],
  ...over,
});

describe("chooseCluster", () => {
  test("follows the annotation and asks for no update", () => {
    expect(chooseCluster(facts({ annotation: "west", defaultConfig: "east" }))).toEqual({
      type: "chosen",
      configName: "west",
      source: "annotation",
      needsUpdate: false,
    });
  });

  test("follows the recorded placement and puts a lost annotation back", () => {
    expect(chooseCluster(facts({ placement: "west/uid-1" }))).toEqual({
      type: "chosen",
      configName: "west",
      source: "placement",
      needsUpdate: true,
    });
    expect(chooseCluster(facts({ placement: "west/uid-1", annotation: "west" }))).toMatchObject({
      needsUpdate: false,
    });
  });

  test.each([
    ["another annotation", { placement: "west/uid-1", annotation: "east" }],
    [
      "another cluster behind the name",
      { placement: "west/u", clusterUids: new Map([["west", "v"]]) },
    ],
    ["a record that names no cluster", { placement: "west" }],
    ["a record that names no config", { placement: "/uid" }],
  ])("calls it a conflict: %s", (_, over) => {
    expect(chooseCluster(facts(over))).toMatchObject({ type: "conflict" });
  });

  test("takes the default, then the only config", () => {
    expect(chooseCluster(facts({ defaultConfig: "east" }))).toMatchObject({
      configName: "east",
      source: "default",
    });
    expect(chooseCluster(facts({ configNames: ["solo"] }))).toMatchObject({
      configName: "solo",
      source: "only",
    });
    expect(chooseCluster(facts({ configNames: [] }))).toEqual({ type: "none" });
  });

  test("looks for a Machine with our finalizer before the default takes it elsewhere", () => {
    const lost = facts({ hasFinalizer: true, defaultConfig: "east" });
    expect(needsClusterSearch(lost)).toBe(true);
    const search = { found: [{ configName: "west", virtualMachineUid: "vm" }], unreachable: [] };
    expect(chooseCluster({ ...lost, search })).toMatchObject({
      configName: "west",
      source: "search",
    });
    expect(chooseCluster({ ...lost, search: { found: [], unreachable: [] } })).toMatchObject({
      source: "default",
    });
  });

  test("unreachable is never absent", () => {
    expect(chooseCluster(facts({ search: { found: [], unreachable: ["west"] } }))).toEqual({
      type: "unknown",
      unreachable: ["west"],
    });
    expect(chooseCluster(facts())).toMatchObject({ type: "unknown" });
  });

  test("tells two VirtualMachines from one cluster under two names", () => {
    const found = (
      configName: string,
      clusterUid: string | undefined,
      virtualMachineUid: string,
    ) => ({
      configName,
      clusterUid,
      virtualMachineUid,
    });
    const choose = (...all: ReturnType<typeof found>[]) =>
      chooseCluster(facts({ search: { found: all, unreachable: [] } }));
    expect(choose(found("west", "c", "vm"), found("east", "c", "vm"))).toMatchObject({
      configName: "east",
    });
    expect(choose(found("west", "c", "vm"), found("east", undefined, "vm"))).toMatchObject({
      type: "chosen",
    });
    expect(choose(found("west", "c", "vm"), found("east", "d", "vm"))).toMatchObject({
      type: "duplicate",
    });
    expect(choose(found("west", "c", "vm"), found("east", "c", "other"))).toMatchObject({
      type: "duplicate",
    });
  });

  test("tells the strategy which Machine it is asked about", () => {
    const machine = { namespace: "default", name: "web", uid: "u1" };
    const asked: unknown[] = [];
    const strategy = (...given: unknown[]) => {
      asked.push(given);
      return "east";
    };
    chooseCluster(facts({ strategy, machine }));
    expect(asked).toEqual([[["east", "west"], machine]]);
  });

  test("places a new Machine by the strategy without asking any cluster", () => {
    const placed = facts({ strategy: (names) => names.at(-1) });
    expect(needsClusterSearch(placed)).toBe(false);
    expect(chooseCluster(placed)).toMatchObject({ configName: "west", source: "strategy" });
    expect(chooseCluster(facts({ strategy: () => undefined }))).toMatchObject({
      type: "ambiguous",
    });
  });

  test("is ambiguous when all were asked and nothing decides", () => {
    expect(chooseCluster(facts({ search: { found: [], unreachable: [] } }))).toEqual({
      type: "ambiguous",
      configNames: ["east", "west"],
    });
  });

  const name = fc.constantFrom("a", "b", "c");
  const anyFacts: fc.Arbitrary<ClusterFacts> = fc.record({
    annotation: fc.option(name, { nil: undefined }),
    placement: fc.option(fc.constantFrom("a/1", "b/2", "bad"), { nil: undefined }),
    hasFinalizer: fc.boolean(),
    defaultConfig: fc.option(name, { nil: undefined }),
    configNames: fc.uniqueArray(name),
    search: fc.option(
      fc.record({
        found: fc.array(
          fc.record({
            configName: name,
            clusterUid: fc.option(name, { nil: undefined }),
            virtualMachineUid: name,
          }),
          { maxLength: 3 },
        ),
        unreachable: fc.uniqueArray(name),
      }),
      { nil: undefined },
    ),
  });

  test("never changes a recorded choice, and never chooses where a search is open", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const choice = chooseCluster(given);
        expect(chooseCluster(given)).toEqual(choice);
        if (choice.type !== "chosen") return;
        if (given.annotation !== undefined) expect(choice.configName).toBe(given.annotation);
        if (choice.source === "search") {
          expect(given.search?.found.map(({ configName }) => configName)).toContain(
            choice.configName,
          );
        }
        if (needsClusterSearch(given) && choice.source !== "search") {
          expect(given.search).toEqual({ found: [], unreachable: [] });
        }
      }),
    );
  });
});
