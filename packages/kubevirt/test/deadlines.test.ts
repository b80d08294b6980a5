import {
  type CallOptions,
  DeadlineExceededError,
  MACHINE_FINALIZER,
  Namespace,
  PlacementUnknownError,
  type RemoteClient,
  type TransportRequest,
} from "@kvop/core";
import { machine } from "@kvop/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

let fleet: VirtualFleet;
let manager: KubevirtClientManager;
const stalled: Array<() => void> = [];

beforeEach(() => {
  fleet = new VirtualFleet();
  manager = new KubevirtClientManager(fleet.supervisorClient, {
    ...fleet.options,
    concurrency: 2,
    writeStatus: false,
  });
});
afterEach(async () => {
  fleet.beforeSupervisor = undefined;
  for (const release of stalled.splice(0)) release();
  await manager[Symbol.asyncDispose]();
});

/** How a call has ended, and when, in milliseconds of virtual time. */
function ending(call: Promise<unknown>): { error?: unknown; atMs?: number } {
  const ended: { error?: unknown; atMs?: number } = {};
  const startedMs = fleet.clock.monotonic();
  void call
    .catch((error: unknown) => {
      ended.error = error;
    })
    .then(() => {
      ended.atMs = fleet.clock.monotonic() - startedMs;
    });
  return ended;
}

/** The supervisor takes requests of a kind and does not answer before the end of the test, nor heeds the client. */
function stall(isStalled: (request: TransportRequest) => boolean): void {
  fleet.beforeSupervisor = (request) =>
    isStalled(request) ? new Promise<void>((resolve) => stalled.push(resolve)) : undefined;
}

describe("a Machine's cluster", () => {
  const searched = () => machine({ metadata: { finalizers: [MACHINE_FINALIZER] } });

  it("is searched for no longer than its caller allows", async () => {
    for (const name of ["east", "west", "north"]) (await fleet.add(name)).behaviour = "silent";
    const ended = ending(manager.getOrCreateClientFromMachine(searched(), { timeoutMs: 300 }));
    await fleet.clock.advance(300);
    expect(ended).toMatchObject({ error: expect.any(PlacementUnknownError), atMs: 300 });
  });

  it("has one deadline for reading the configs and for connecting", async () => {
    const east = await fleet.add("east");
    east.behaviour = "silent";
    let isFirst = true;
    fleet.beforeSupervisor = async ({ verb }) => {
      if (verb !== "list" || !isFirst) return;
      isFirst = false;
      await new Promise<void>((resolve) => void fleet.clock.setTimer(resolve, 200));
    };
    const ended = ending(manager.getOrCreateClientFromMachine(machine(), { timeoutMs: 300 }));
    await fleet.clock.advance(300);
    expect(ended).toMatchObject({ error: expect.any(DeadlineExceededError), atMs: 300 });
  });
});

describe("after a 401, while the Secret cannot be read", () => {
  let client: RemoteClient;

  beforeEach(async () => {
    const east = await fleet.add("east");
    client = await manager.getClientForConfig("east");
    east.token = "token-2-of-the-fixture";
    stall(({ verb, resource }) => verb === "get" && resource === "kubevirtconfigs");
  });

  const calls: ReadonlyArray<readonly [string, (call: CallOptions) => Promise<unknown>]> = [
    ["get", (call) => client.get(Namespace, { name: "default" }, call)],
    ["list", (call) => client.list(Namespace, call)],
    ["pages", (call) => client.listPages(Namespace, call)[Symbol.asyncIterator]().next()],
    ["watch", (call) => client.watch(Namespace, call)[Symbol.asyncIterator]().next()],
  ];

  it.each(calls)("%s ends at its deadline", async (_name, send) => {
    const ended = ending(send({ timeoutMs: 300 }));
    await fleet.clock.advance(300);
    expect(ended).toMatchObject({ error: expect.any(DeadlineExceededError), atMs: 300 });
  });

  it.each(calls)("%s ends with its caller's signal", async (_name, send) => {
    const controller = new AbortController();
    const ended = ending(send({ signal: controller.signal }));
    await fleet.clock.advance(100);
    expect(ended).toEqual({});
    const reason = new Error("The caller left.");
    controller.abort(reason);
    await fleet.clock.advance(0);
    expect(ended).toEqual({ error: reason, atMs: 100 });
  });
});

describe("while the supervisor does not say how configs are served", () => {
  beforeEach(() => stall(({ path }) => path === "/apis/vitistack.io/v1alpha1"));

  it("a list of them ends with its caller's signal", async () => {
    const controller = new AbortController();
    const ended = ending(manager.listKubevirtConfigs({ signal: controller.signal }));
    await fleet.clock.advance(100);
    const reason = new Error("The caller left.");
    controller.abort(reason);
    await fleet.clock.advance(0);
    expect(ended).toEqual({ error: reason, atMs: 100 });
  });

  it("each caller has its own deadline", async () => {
    const slow = ending(manager.listKubevirtConfigs({ timeoutMs: 2000 }));
    const quick = ending(manager.listKubevirtConfigs({ timeoutMs: 300 }));
    await fleet.clock.advance(2000);
    expect(quick).toMatchObject({ error: expect.any(DeadlineExceededError), atMs: 300 });
    expect(slow).toMatchObject({ error: expect.any(DeadlineExceededError), atMs: 2000 });
  });
});

it("a health check of many silent clusters ends at its deadline, and tells of all of them", async () => {
  const names = ["east", "west", "north", "south", "middle"];
  for (const name of names) (await fleet.add(name)).behaviour = "silent";
  const checking = manager.healthCheck({ timeoutMs: 300 });
  const ended = ending(checking);
  // Those whose turn comes too late still get a millisecond each, two at a time.
  await fleet.clock.advance(302);
  expect(ended).toEqual({ atMs: 302 });
  const unhealthy = await checking;
  expect([...unhealthy.keys()]).toEqual(names.toSorted());
  for (const error of unhealthy.values()) expect(error).toBeInstanceOf(DeadlineExceededError);
});
