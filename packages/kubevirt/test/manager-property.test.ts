import { KubevirtConfig, Namespace, type RemoteClient } from "@kvop/core";
import { kubevirtConfig } from "@kvop/testing";
import fc from "fast-check";
import { expect, it, vi } from "vitest";

import { type ClusterState, KubevirtClientManager } from "../src/index.js";
import { type Behaviour, VirtualFleet } from "./virtual-fleet.js";

vi.setConfig({ testTimeout: 120_000 });

const configs = ["east", "west"] as const;
const servers = ["a", "b", "c"] as const;
const behaviour = fc.constantFrom<Behaviour>("well", "silent", "down");
const config = fc.constantFrom(...configs);

const step = fc.oneof(
  fc.record({ type: fc.constant("toggle" as const), config }),
  fc.record({
    type: fc.constant("point" as const),
    config,
    server: fc.constantFrom(...servers),
    isRight: fc.boolean(),
  }),
  fc.record({ type: fc.constant("rotate" as const), server: fc.constantFrom(...servers) }),
  fc.record({
    type: fc.constant("cluster" as const),
    server: fc.constantFrom(...servers),
    behaviour,
  }),
  fc.record({ type: fc.constant("supervisor" as const), behaviour }),
  fc.record({ type: fc.constant("invalidate" as const), config }),
  fc.record({ type: fc.constant("check" as const) }),
  fc.record({ type: fc.constant("use" as const), config }),
  fc.record({ type: fc.constant("use" as const), config }),
  fc.record({
    type: fc.constant("wait" as const),
    ms: fc.constantFrom(0, 1, 300, 4000, 20_000, 120_000),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A fleet, a manager on it, and everything that goes on. */
class World {
  readonly fleet = new VirtualFleet();
  readonly manager = new KubevirtClientManager(this.fleet.supervisorClient, this.fleet.options);
  readonly calls: Promise<unknown>[] = [];
  readonly clients = new Map<string, RemoteClient>();
  readonly states = new Map<string, ClusterState>();
  readonly reading: Promise<void>;
  /** Why the states are not read any more. */
  readingFailure: unknown;
  #rotations = 0;

  constructor() {
    for (const name of servers) this.fleet.addServer(name);
    this.reading = this.#readStates().catch((error: unknown) => {
      this.readingFailure = error;
    });
  }

  async setUp(): Promise<void> {
    for (const name of configs) {
      await this.fleet.putSecret(name, this.server("a").kubeconfig());
      await this.toggle(name);
    }
  }

  server(name: string) {
    const found = this.fleet.clusters.get(name);
    if (found === undefined) throw new Error(`no server ${name}`);
    return found;
  }

  async toggle(name: string): Promise<void> {
    const client = this.fleet.supervisor.client();
    if ((await client.find(KubevirtConfig, { name })) === undefined)
      await client.create(KubevirtConfig, kubevirtConfig({ metadata: { name } }));
    else await client.delete(KubevirtConfig, { name });
  }

  rotate(name: string): void {
    this.#rotations += 1;
    this.server(name).token = `token-${this.#rotations}-of-the-world`;
  }

  use(name: string): void {
    const held = this.clients.get(name);
    const call = this.manager.getClientForConfig(name).then(async (client) => {
      this.clients.set(name, client);
      return client.get(Namespace, { name: "default" });
    });
    this.calls.push(call.catch(() => undefined));
    const old = held?.get(Namespace, { name: "default" }, { timeoutMs: 5000 });
    this.calls.push(old?.catch(() => undefined) ?? Promise.resolve());
  }

  async run(each: Step): Promise<void> {
    if (each.type === "toggle") await this.toggle(each.config);
    else if (each.type === "rotate") this.rotate(each.server);
    else if (each.type === "cluster") this.server(each.server).behaviour = each.behaviour;
    else if (each.type === "supervisor") this.fleet.supervisorBehaviour = each.behaviour;
    else if (each.type === "invalidate") this.manager.invalidateClient(each.config);
    else if (each.type === "use") this.use(each.config);
    else if (each.type === "wait") await this.fleet.clock.advance(each.ms);
    else if (each.type === "check")
      this.calls.push(this.manager.healthCheck({ timeoutMs: 8000 }).catch(() => undefined));
    else {
      const target = this.server(each.server);
      const text = target.kubeconfig(each.isRight ? target.token : "wrong-token-of-the-world");
      await this.fleet.setKubeconfig(each.config, text);
    }
  }

  /** Everything is well again, and every config is made anew, so that no identity is remembered. */
  async heal(): Promise<void> {
    this.fleet.supervisorBehaviour = "well";
    for (const name of servers) this.server(name).behaviour = "well";
    await this.fleet.clock.advance(120_000);
    const client = this.fleet.supervisor.client();
    for (const [index, name] of configs.entries()) {
      if ((await client.find(KubevirtConfig, { name })) !== undefined) await this.toggle(name);
      await this.fleet.setKubeconfig(name, this.server(servers[index] ?? "a").kubeconfig());
      await this.toggle(name);
    }
    await this.fleet.clock.advance(120_000);
  }

  async #readStates(): Promise<void> {
    for await (const state of this.manager.watchClusterStates()) {
      const known = this.states.get(state.configName);
      // A change is told once, and tells something.
      if (known !== undefined) expect(toldBy(state)).not.toEqual(toldBy(known));
      if (state.type === "removed") this.states.delete(state.configName);
      else this.states.set(state.configName, state);
    }
  }
}

/** What a state tells: another one differs in some of it. */
function toldBy(state: ClusterState) {
  const { type, reason, configUid, clusterUid, credentialExpiresAtMs, secretMode } = state;
  return { type, reason, configUid, clusterUid, credentialExpiresAtMs, secretMode };
}

/** A config that is made anew for another cluster while the credentials of the one before were refused. */
const madeAnew: Step[] = [
  { type: "check" },
  { type: "point", config: "east", server: "a", isRight: false },
  { type: "toggle", config: "west" },
];

it("whatever happens, it comes to what is true, keeps one connection a cluster, and leaves nothing behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = new World();
      const { fleet, manager } = world;
      await world.setUp();
      await fleet.clock.advance(0);
      for (const each of steps) await world.run(each);
      await world.heal();
      for (const name of configs) {
        const client = await manager.getClientForConfig(name);
        await client.get(Namespace, { name: "default" });
      }
      await fleet.clock.advance(120_000);
      await Promise.all(world.calls);
      expect(world.readingFailure).toBeUndefined();
      for (const [index, name] of configs.entries()) {
        expect(manager.getClusterState(name).type).toBe("ready");
        const { type, reason, clusterUid, configUid, changedAtMs } = manager.getClusterState(name);
        expect(clusterUid).toBeDefined();
        expect(world.states.get(name)).toMatchObject({
          type,
          reason,
          clusterUid,
          configUid,
          changedAtMs,
        });
        expect(world.server(servers[index] ?? "a").open).toBe(1);
        const { status } = await fleet.supervisor.client().get(KubevirtConfig, { name });
        expect(status).toMatchObject({ phase: "Ready" });
      }
      expect(world.server("c").open).toBe(0);
      // Idle: nothing but probes, bookmarks and the ends of watches.
      const reads = fleet.reads;
      await fleet.clock.advance(3_600_000);
      expect(fleet.reads).toBe(reads);
      expect(fleet.clock.pendingTimers).toBeLessThan(40);

      await manager[Symbol.asyncDispose]();
      await world.reading;
      expect(world.readingFailure).toBeUndefined();
      expect([fleet.clock.pendingTimers, fleet.openSupervisorWatches]).toEqual([0, 0]);
      for (const name of servers) expect(world.server(name).open).toBe(0);
    }),
    { numRuns: 40, examples: [[madeAnew]] },
  );
});
