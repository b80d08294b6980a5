import {
  ApiError,
  ConfigMap,
  ConnectionFailedError,
  DisposedError,
  type KubernetesObject,
  type ReflectorEvent,
  seededRandom,
  type TransportRequest,
  VirtualMachine,
} from "@kvop/core";
import { virtualMachine } from "@kvop/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { KubevirtClientManager, type ResourceWatch } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

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

const key = (name: string) => ({ namespace: "default", name });
const map = (
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
) => ({ metadata: { ...key(name), labels }, data }) satisfies ConfigMap;
const summary = (event: ReflectorEvent<KubernetesObject>) =>
  `${event.type} ${event.object.metadata?.name}`;
const watchesOf = (requests: readonly string[]) =>
  requests.filter((request) => request.startsWith("watch ")).length;
const inDefault = { namespace: "default" };

describe("watchResource", () => {
  it("gives what is there, then what changes; two handles share one watch", async () => {
    const east = await fleet.add("east");
    const direct = east.server.client();
    await direct.create(ConfigMap, map("a"));
    const first = manager.watchResource("east", ConfigMap, inDefault);
    const second = manager.watchResource("east", ConfigMap, inDefault);
    await fleet.clock.advance(0);
    await first.waitForSync();
    expect(watchesOf(east.requests)).toBe(1);
    const events: string[] = [];
    first.subscribe((event) => void events.push(summary(event)));
    await direct.create(ConfigMap, map("b"));
    await direct.delete(ConfigMap, key("a"));
    await fleet.clock.advance(0);
    expect(events).toEqual(["added a", "added b", "deleted a"]);
    expect(second.get(key("b"))?.metadata?.name).toBe("b");

    await first[Symbol.asyncDispose]();
    await direct.create(ConfigMap, map("c"));
    await fleet.clock.advance(0);
    expect(events).toHaveLength(3);
    expect(second.size).toBe(2);
    await second[Symbol.asyncDispose]();
    const open = manager.watchResource("east", ConfigMap, inDefault);
    await fleet.clock.advance(0);
    expect(open.size).toBe(2);
    expect(watchesOf(east.requests)).toBe(2);
  });

  it("keeps the fields asked for alone, and asks for metadata where that is all", async () => {
    const east = await fleet.add("east", { isBare: false });
    const accepts: Array<string | undefined> = [];
    east.before = ({ verb, accept }) => {
      if (verb === "watch") accepts.push(accept);
    };
    await east.server
      .client()
      .create(VirtualMachine, virtualMachine({ metadata: { ...key("web"), labels: { a: "b" } } }));
    const trimmed = manager.watchResource("east", VirtualMachine, {
      fields: ["metadata.labels", "spec.runStrategy"],
    });
    const metadata = manager.watchResource("east", VirtualMachine, { fields: ["metadata.labels"] });
    await fleet.clock.advance(0);
    const whole = trimmed.get(key("web"));
    expect(Object.keys(whole ?? {}).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
    expect(Object.keys(whole?.spec ?? {})).toEqual(["runStrategy"]);
    expect(metadata.get(key("web"))?.metadata).toMatchObject({ labels: { a: "b" } });
    expect(metadata.get(key("web"))?.metadata).not.toHaveProperty("managedFields");
    expect(accepts.filter((accept) => accept?.includes("PartialObjectMetadata"))).toHaveLength(1);
  });

  it("indexes are each handle's own", async () => {
    const east = await fleet.add("east");
    await east.server.client().create(ConfigMap, map("a", {}, { owner: "x" }));
    const indexed = (label: string) =>
      manager.watchResource("east", ConfigMap, {
        ...inDefault,
        indexers: { by: ({ metadata }) => [metadata?.labels?.[label] ?? "none"] },
      });
    const byOwner = indexed("owner");
    const byOther = indexed("other");
    await fleet.clock.advance(0);
    const names = (watch: ResourceWatch<ConfigMap>, value: string) =>
      watch.byIndex("by", value).map(({ metadata }) => metadata?.name);
    expect([names(byOwner, "x"), names(byOther, "x"), names(byOther, "none")]).toEqual([
      ["a"],
      [],
      ["a"],
    ]);
    expect(watchesOf(east.requests)).toBe(1);
  });

  it("goes on over a rotation without a gap, a second list or an event twice", async () => {
    const east = await fleet.add("east");
    const direct = east.server.client();
    await direct.create(ConfigMap, map("a"));
    const watch = manager.watchResource("east", ConfigMap, inDefault);
    await fleet.clock.advance(5000);
    const events: string[] = [];
    watch.subscribe((event) => void events.push(summary(event)));
    for (let round = 1; round <= 5; round += 1) {
      east.token = `token-${round}-of-the-rotation`;
      await direct.create(ConfigMap, map(`before-${round}`));
      await fleet.setKubeconfig("east", east.kubeconfig());
      await direct.create(ConfigMap, map(`during-${round}`));
      await fleet.clock.advance(2000);
      await direct.create(ConfigMap, map(`after-${round}`));
      await fleet.clock.advance(0);
    }
    expect(events.toSorted()).toEqual(
      [
        "added a",
        ...[1, 2, 3, 4, 5].flatMap((round) =>
          ["after", "before", "during"].map((when) => `added ${when}-${round}`),
        ),
      ].sort(),
    );
    expect(east.requests.filter((request) => request.startsWith("list "))).toEqual([]);
    expect(watchesOf(east.requests)).toBe(6);
  });

  it("goes on over an outage, at once when the cluster is back", async () => {
    const east = await fleet.add("east");
    const watch = manager.watchResource("east", ConfigMap, inDefault);
    await fleet.clock.advance(5000);
    expect(watch.isSynced).toBe(true);
    east.behaviour = "silent";
    await fleet.clock.advance(10 * 60_000);
    await east.server.client().create(ConfigMap, map("late"));
    const requests = east.requests.length;
    await fleet.clock.advance(60_000);
    // Probes alone: the watch does not knock at a door that is known to be shut.
    expect(watchesOf(east.requests.slice(requests))).toBe(0);
    east.behaviour = "well";
    await fleet.clock.runUntil(() => manager.getClusterState("east").type === "connecting");
    await fleet.clock.advance(1);
    expect(watch.get(key("late"))).toBeDefined();
  });

  it("begins before there is a config, and ends when it is deleted", async () => {
    const watch = manager.watchResource("east", ConfigMap, inDefault);
    await fleet.clock.advance(60_000);
    const east = await fleet.add("east");
    await fleet.clock.runUntil(() => watch.isSynced, { timeoutMs: 60_000 });
    const events: string[] = [];
    const reading = (async () => {
      for await (const event of watch.events()) events.push(summary(event));
    })();
    await east.server.client().create(ConfigMap, map("a"));
    await fleet.clock.advance(0);
    await fleet.deleteConfig("east");
    await fleet.clock.advance(0);
    await reading;
    expect(events).toContain("added a");
    expect(watch.isEnded).toBe(true);
    expect(watch.get(key("a"))).toBeDefined();
    const again = manager.watchResource("east", ConfigMap, inDefault);
    expect(again.isEnded).toBe(false);
  });

  it("a slow reader gets what it comes to, and a handler that throws hurts nobody", async () => {
    const east = await fleet.add("east");
    const direct = east.server.client();
    await direct.create(ConfigMap, map("a", { value: "0" }));
    const watch = manager.watchResource("east", ConfigMap, inDefault);
    await fleet.clock.advance(0);
    watch.subscribe(() => {
      throw new Error("a handler's own fault");
    });
    const iterator = watch.events()[Symbol.asyncIterator]();
    expect(summary((await iterator.next()).value as ReflectorEvent<ConfigMap>)).toBe("added a");
    for (let value = 1; value <= 50; value += 1) {
      await direct.patch(ConfigMap, key("a"), {
        type: "merge",
        patch: { data: { value: String(value) } },
      });
      await direct.create(ConfigMap, map("brief"));
      await direct.delete(ConfigMap, key("brief"));
      await fleet.clock.advance(0);
    }
    await direct.create(ConfigMap, map("z"));
    await fleet.clock.advance(0);
    const first = (await iterator.next()).value as ReflectorEvent<ConfigMap>;
    expect(first).toMatchObject({
      type: "modified",
      object: { data: { value: "50" } },
      old: { data: { value: "0" } },
    });
    expect(summary((await iterator.next()).value as ReflectorEvent<ConfigMap>)).toBe("added z");
    const waiting = iterator.next();
    await watch[Symbol.asyncDispose]();
    expect((await waiting).done).toBe(true);
  });

  it("waits have a deadline, and end with the manager", async () => {
    const east = await fleet.add("east");
    east.behaviour = "silent";
    const watch = manager.watchResource("east", ConfigMap, inDefault);
    const late = watch.waitForSync({ timeoutMs: 1000 }).catch((error: unknown) => error);
    const disposed = watch.waitForSync().catch((error: unknown) => error);
    await fleet.clock.advance(1000);
    expect(await late).toMatchObject({ code: "DeadlineExceeded" });
    await manager[Symbol.asyncDispose]();
    expect(DisposedError.isInstance(await disposed)).toBe(true);
    expect(() => manager.watchResource("east", ConfigMap)).toThrow(DisposedError);
    expect(fleet.clock.pendingTimers).toBe(0);
  });
});

type Step =
  | { readonly type: "put"; readonly name: string }
  | { readonly type: "remove"; readonly name: string }
  | {
      readonly type: "fault";
      readonly fault: "reset" | "silent" | "down" | "compact" | "rotate" | "invalidate" | "error";
    }
  | { readonly type: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom("put", "remove"),
      name: fc.constantFrom("a", "b", "c", "d"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("fault" as const),
      fault: fc.constantFrom("reset", "silent", "down", "compact", "rotate", "invalidate", "error"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 700, 5000, 40_000),
    }),
  },
) as fc.Arbitrary<Step>;

it("whatever fails and changes, the copy comes to the server's state, and each handler sees each change once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
      const world = new VirtualFleet();
      const east = await world.add("east");
      const direct = east.server.client();
      const random = seededRandom(seed);
      const own = new KubevirtClientManager(world.supervisorClient, world.options);
      let rotation = 0;
      let isBroken = false;
      east.before = (request: TransportRequest) => {
        if (request.verb === "watch" || request.verb === "list") {
          if (isBroken && random.next() < 0.5)
            throw new ApiError({ code: 500, reason: "InternalError" }, { httpStatus: 500 });
          if (random.next() < 0.1)
            throw new ConnectionFailedError({ cluster: "east", address: "10.0.0.1:6443" });
        }
      };
      const seen = [new Map<string, KubernetesObject>(), new Map<string, KubernetesObject>()];
      const follow =
        (events: Map<string, KubernetesObject>) => (event: ReflectorEvent<ConfigMap>) => {
          const name = event.object.metadata?.name ?? "";
          const held = events.get(name);
          if (event.type === "added") expect(held).toBeUndefined();
          else expect(held).toBeDefined();
          if (event.type === "modified") {
            expect(event.old).toBe(held);
            expect(event.object.metadata?.resourceVersion).not.toBe(
              held?.metadata?.resourceVersion,
            );
            expect(event.object.metadata?.uid).toBe(held?.metadata?.uid);
          }
          if (event.type === "deleted") events.delete(name);
          else events.set(name, event.object);
        };
      const watch = own.watchResource("east", ConfigMap, inDefault);
      watch.subscribe(follow(seen[0] as Map<string, KubernetesObject>));
      const slow = new Map<string, KubernetesObject>();
      const reading = (async () => {
        for await (const event of watch.events()) {
          const name = event.object.metadata?.name ?? "";
          expect(slow.has(name)).toBe(event.type !== "added");
          if (event.type === "deleted") slow.delete(name);
          else slow.set(name, event.object);
        }
      })();
      for (const [index, each] of steps.entries()) {
        if (index === Math.floor(steps.length / 2))
          watch.subscribe(follow(seen[1] as Map<string, KubernetesObject>));
        if (each.type === "wait") await world.clock.advance(each.ms);
        else if (each.type === "put") {
          const value = { value: String(index) };
          const found = await direct.find(ConfigMap, key(each.name));
          if (found === undefined) await direct.create(ConfigMap, map(each.name, value));
          else await direct.update(ConfigMap, { ...found, data: value });
        } else if (each.type === "remove")
          await direct.delete(ConfigMap, key(each.name)).catch(() => undefined);
        else if (each.fault === "silent" || each.fault === "down") east.behaviour = each.fault;
        else if (each.fault === "compact") east.server.compact();
        else if (each.fault === "invalidate") own.invalidateAll();
        else if (each.fault === "error") isBroken = !isBroken;
        else if (each.fault === "reset") {
          east.behaviour = "well";
        } else {
          rotation += 1;
          east.token = `token-${rotation}-of-the-property`;
          await world.setKubeconfig("east", east.kubeconfig());
        }
      }
      east.behaviour = "well";
      isBroken = false;
      east.before = undefined;
      const { items } = await direct.list(ConfigMap, inDefault);
      const expected = items
        .map(({ metadata }) => `${metadata?.name}@${metadata?.resourceVersion}`)
        .sort();
      const versionsOf = (objects: Iterable<KubernetesObject>) =>
        [...objects].map(({ metadata }) => `${metadata?.name}@${metadata?.resourceVersion}`).sort();
      await world.clock.runUntil(
        () =>
          watch.isSynced && JSON.stringify(versionsOf(watch.list())) === JSON.stringify(expected),
        { timeoutMs: 30 * 60_000 },
      );
      await world.clock.advance(0);
      expect(versionsOf((seen[0] as Map<string, KubernetesObject>).values())).toEqual(expected);
      if (steps.length > 0)
        expect(versionsOf((seen[1] as Map<string, KubernetesObject>).values())).toEqual(expected);
      expect(versionsOf(slow.values())).toEqual(expected);
      await own[Symbol.asyncDispose]();
      await reading;
      expect(east.open).toBe(0);
      expect(world.log.filter(({ message }) => message.includes("threw"))).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);
