import {
  ApiError,
  ConfigMap,
  ConnectionFailedError,
  DeadlineExceededError,
  isConflict,
  isGone,
  isNotFound,
  Namespace,
  seededRandom,
  type WatchEvent,
} from "@kvop/core";
import { describe, expect, test, vi } from "vitest";
import { createApiServer } from "../src/api-server/api-server.js";
import { VirtualClock } from "../src/clock/virtual-clock.js";
import { FaultNotPossibleError } from "../src/faults/fault-not-possible-error.js";
import { FaultUndoneError } from "../src/faults/fault-undone-error.js";

const setUp = () => {
  const clock = new VirtualClock();
  const server = createApiServer({ clock, random: seededRandom(1), name: "east" });
  return { clock, server, client: server.client() };
};
const configMap = (name: string) => ({ metadata: { namespace: "default", name } });
const key = (name: string) => ({ namespace: "default", name });
const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("answers", () => {
  test.each([
    [409, "AlreadyExists"],
    [410, "Expired"],
    [429, "TooManyRequests"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
    [504, "Timeout"],
  ])("%i comes as a Status of reason %s, once, and nothing is written", async (status, reason) => {
    const { server, client } = setUp();
    using fault = server.faults
      .on({ verb: "create", resource: "configmaps" })
      .once()
      .answer(status);
    const error = await caught(client.create(ConfigMap, configMap("a")));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      httpStatus: status,
      reason,
      status: { kind: "Status", apiVersion: "v1", details: { kind: "configmaps" } },
    });
    expect(await client.find(ConfigMap, key("a"))).toBeUndefined();
    await client.create(ConfigMap, configMap("a"));
    expect(fault).toMatchObject({ matched: 2, applied: 1, isActive: true });
    expect(fault.description).toBe(`create configmaps: answer ${status}`);
  });

  test("429 asks to wait, in the header and in the details", async () => {
    const { server, client } = setUp();
    server.faults.on().answer(429, { retryAfterSeconds: 7 });
    expect(await caught(client.list(ConfigMap, { namespace: "default" }))).toMatchObject({
      retryAfterMs: 7000,
    });
    const transport = server.transport();
    const path = "/api/v1/configmaps";
    const request = { method: "GET", path, verb: "list", resource: "configmaps", timeoutMs: 0 };
    expect(await transport.request(request as never)).toMatchObject({
      status: 429,
      headers: { "retry-after": "7" },
    });
  });

  test("words of its own, and a body that is no Status", async () => {
    const { server, client } = setUp();
    using _conflict = server.faults.on({ verb: "update" }).answer(409, { message: "not today" });
    const { metadata } = await client.create(ConfigMap, configMap("a"));
    const error = await caught(client.update(ConfigMap, { metadata, data: {} }));
    expect(isConflict(error)).toBe(true);
    expect(error).toMatchObject({ message: "not today", status: { details: { name: "a" } } });
    using _page = server.faults.on({ verb: "get" }).answer(502, { body: "<html>Bad Gateway" });
    expect(await caught(client.get(ConfigMap, key("a")))).toMatchObject({ httpStatus: 502 });
  });

  test("a filter means what it says: namespace, name, user, user agent", async () => {
    const { server, client } = setUp();
    const alice = server.client({ user: "alice", userAgent: "operator/1" });
    await client.create(ConfigMap, configMap("a"));
    for (const filter of [
      { namespace: "other" },
      { name: /^b/ },
      { user: "alice" },
      { userAgent: /operator/ },
      { resource: "configmaps/status" },
      { door: "https" },
    ] as const) {
      using fault = server.faults.on(filter).answer(503);
      await client.get(ConfigMap, key("a"));
      expect(fault.matched).toBe(0);
    }
    using _fault = server.faults.on({ user: "alice", userAgent: /^operator/ }).answer(503);
    expect(await caught(alice.get(ConfigMap, key("a")))).toMatchObject({ httpStatus: 503 });
  });

  test("what is created is meant by its name", async () => {
    const { server, client } = setUp();
    using fault = server.faults.on({ verb: "create", name: "a" }).answer(409);
    expect(await caught(client.create(ConfigMap, configMap("a")))).toMatchObject({
      message: 'configmaps "a" already exists',
    });
    await client.create(ConfigMap, configMap("b"));
    await client.create(ConfigMap, { metadata: { namespace: "default", generateName: "c-" } });
    expect(fault).toMatchObject({ matched: 1, applied: 1 });
    using _lost = server.faults.on({ verb: "create" }).loseAnswer();
    await caught(client.create(ConfigMap, configMap("d")));
    expect(server.requests.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "a 409",
      "b 201",
      expect.stringMatching(/^c-\w+ 201$/),
      "d 0",
    ]);
  });

  test("the first pass, then a number of times, then it is over; disposal undoes it", async () => {
    const { server, client } = setUp();
    const statuses = async (count: number) => {
      const seen: number[] = [];
      for (let round = 0; round < count; round += 1) {
        const error = await caught(client.list(ConfigMap, { namespace: "default" }));
        seen.push(ApiError.isInstance(error) ? error.httpStatus : 200);
      }
      return seen;
    };
    {
      using _fault = server.faults.on({ verb: "list" }).skip(1).times(2).answer(503);
      expect(await statuses(5)).toEqual([200, 503, 503, 200, 200]);
    }
    {
      using _fault = server.faults.on({ verb: "list" }).answer(500);
      expect(await statuses(2)).toEqual([500, 500]);
    }
    expect(await statuses(1)).toEqual([200]);
    expect(server.faults.active).toEqual([]);
  });

  test("a share of the requests, the same ones for the same seed", async () => {
    const outcomes = async () => {
      const { server, client } = setUp();
      using fault = server.faults.on({ verb: "list" }).withProbability(0.5).answer(503);
      for (let round = 0; round < 40; round += 1)
        await caught(client.list(ConfigMap, { namespace: "default" }));
      expect(fault.matched).toBe(40);
      return server.requests.map(({ status }) => status);
    };
    const first = await outcomes();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await outcomes()).toEqual(first);
  });
});

describe("waiting, by the clock of the server", () => {
  test("a request that arrives late is done late; one answered late is done at once", async () => {
    const { server, client, clock } = setUp();
    {
      using _fault = server.faults.on({ verb: "create" }).once().delay(5000);
      const creating = client.create(ConfigMap, configMap("a"));
      await clock.advance(4999);
      expect(await client.find(ConfigMap, key("a"))).toBeUndefined();
      await clock.advance(1);
      await creating;
    }
    using _fault = server.faults.on({ verb: "create" }).once().delayAnswer(5000);
    let isAnswered = false;
    const creating = client.create(ConfigMap, configMap("b")).then(() => {
      isAnswered = true;
    });
    await clock.advance(4999);
    expect(await client.find(ConfigMap, key("b"))).toBeDefined();
    expect(isAnswered).toBe(false);
    await clock.advance(1);
    await creating;
    expect(server.requests.find(({ verb }) => verb === "create")?.ms).toBe(5000);
  });

  test("faults of the same request are played one after the other", async () => {
    const { server, client, clock } = setUp();
    using _late = server.faults.on({ verb: "list" }).delay(1000);
    using _refused = server.faults.on({ verb: "list" }).answer(503);
    const listing = caught(client.list(ConfigMap, { namespace: "default" }));
    await clock.advance(1000);
    expect(await listing).toMatchObject({ httpStatus: 503 });
    expect(server.requests.at(-1)).toMatchObject({ status: 503, ms: 1000 });
  });

  test("a stalled request goes on when the fault is undone, one that was given up is dropped", async () => {
    const { server, client, clock } = setUp();
    const fault = server.faults.on({ verb: "create" }).stall();
    const given = caught(client.create(ConfigMap, configMap("a"), { timeoutMs: 1000 }));
    const creating = client.create(ConfigMap, configMap("b"));
    await fault.waitUntilApplied(2);
    expect(server.requests[0]).toMatchObject({ verb: "create", status: 0, ended: false });
    await clock.advance(1000);
    expect(await given).toBeInstanceOf(DeadlineExceededError);
    fault.undo();
    await creating;
    expect(await client.find(ConfigMap, key("a"))).toBeUndefined();
    expect(server.requests[0]).toMatchObject({ status: 0, ended: true });
  });

  test("who waits for a fault that never comes is told when it is undone", async () => {
    const { server } = setUp();
    const fault = server.faults.on({ verb: "delete" }).stall();
    const waiting = caught(fault.waitUntilApplied());
    fault.undo();
    expect(await waiting).toBeInstanceOf(FaultUndoneError);
    expect(await waiting).toMatchObject({ code: "FaultUndone", fault: "delete: stall" });
  });

  test("a server that is disposed of leaves no timer and no waiter", async () => {
    const { server, client, clock } = setUp();
    server.faults.on().delay(60_000);
    const listing = client.list(ConfigMap, { namespace: "default" });
    await vi.waitFor(() => expect(clock.pendingTimers).toBeGreaterThan(1));
    await server[Symbol.asyncDispose]();
    await listing;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("lost connections", () => {
  test("a write happens though its answer is lost", async () => {
    const { server, client } = setUp();
    using _fault = server.faults.on({ verb: "create" }).once().loseAnswer();
    const error = await caught(client.create(ConfigMap, configMap("a")));
    expect(error).toBeInstanceOf(ConnectionFailedError);
    expect(error).toMatchObject({ cluster: "east", systemCode: "ECONNRESET", isRetryable: true });
    expect(await client.find(ConfigMap, key("a"))).toBeDefined();
  });

  test("an answer that stays away comes when the fault is undone", async () => {
    const { server, client, clock } = setUp();
    const fault = server.faults.on({ verb: "create" }).loseAnswer("stall");
    const creating = client.create(ConfigMap, configMap("a"), { timeoutMs: 1000 });
    const error = caught(creating);
    await fault.waitUntilApplied();
    await clock.advance(1000);
    expect(await error).toBeInstanceOf(DeadlineExceededError);
    expect(await client.find(ConfigMap, key("a"))).toBeDefined();
  });

  test.each(["reset", "close"] as const)("%s: nothing is written", async (how) => {
    const { server, client } = setUp();
    using _fault = server.faults.on({ verb: "create" }).once()[how]();
    expect(await caught(client.create(ConfigMap, configMap("a")))).toBeInstanceOf(
      ConnectionFailedError,
    );
    expect(await client.find(ConfigMap, key("a"))).toBeUndefined();
  });

  test("out of reach: requests are refused, watches are lost, until undone", async () => {
    const { server, client } = setUp();
    const watching = caught(drain(client.watch(ConfigMap)));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    {
      using _outage = server.faults.goDown();
      expect(await watching).toMatchObject({ systemCode: "ECONNRESET" });
      expect(await caught(client.list(ConfigMap, { namespace: "default" }))).toMatchObject({
        systemCode: "ECONNREFUSED",
      });
    }
    await client.list(ConfigMap, { namespace: "default" });
  });

  test("of two outages, each ends on its own", async () => {
    const { server, client } = setUp();
    const [first, second] = [server.faults.goDown(), server.faults.goDown()];
    second.undo();
    expect(await caught(client.list(ConfigMap))).toBeInstanceOf(ConnectionFailedError);
    first.undo();
    await client.list(ConfigMap);
  });

  test.each(["kept", "lost"] as const)("a restart with data %s", async (data) => {
    const { server, client, clock } = setUp();
    const { metadata } = await client.create(ConfigMap, configMap("a"));
    const restarting = server.restart({ data, downMs: 3000 });
    expect(await caught(client.list(ConfigMap, { namespace: "default" }))).toMatchObject({
      systemCode: "ECONNREFUSED",
    });
    await clock.advance(3000);
    await restarting;
    const found = await client.find(ConfigMap, key("a"));
    expect(found?.metadata?.uid).toBe(data === "kept" ? metadata?.uid : undefined);
    expect(await client.find(Namespace, { name: "default" })).toBeDefined();
    const { metadata: list } = await client.list(ConfigMap, { namespace: "default" });
    const [before, after] = [metadata?.resourceVersion, list?.resourceVersion].map(Number);
    if (data === "lost") expect(after).toBeLessThan(before ?? 0);
    else expect(after).toBe(before);
  });
});

describe("watches", () => {
  const watched = () => {
    const { server, client, clock } = setUp();
    const seen: string[] = [];
    const run = async () => {
      for await (const event of client.watch(ConfigMap, {
        namespace: "default",
        resourceVersion: "0",
      })) {
        if (event.type !== "bookmark") seen.push(event.object.metadata?.name ?? "");
      }
    };
    const done = caught(run());
    const create = (name: string) => client.create(ConfigMap, configMap(name));
    return { server, clock, seen, done, create };
  };

  test("one that is open falls silent, and tells all when the fault is undone", async () => {
    const { server, seen, create, clock } = watched();
    await create("a");
    await clock.advance(0);
    const fault = server.faults.on({ verb: "watch", resource: "configmaps" }).silence();
    await create("b");
    await clock.advance(60_000);
    expect(seen).toEqual(["a"]);
    fault.undo();
    await clock.advance(0);
    expect(seen).toEqual(["a", "b"]);
    expect(fault).toMatchObject({ matched: 1, applied: 1 });
  });

  test("one that opens later falls silent after some lines", async () => {
    const { server, client, clock } = setUp();
    using _fault = server.faults.on({ resource: "configmaps" }).silence({ afterLines: 1 });
    const seen: string[] = [];
    void drain(client.watch(ConfigMap, { namespace: "default", resourceVersion: "0" }), (name) =>
      seen.push(name),
    );
    await clock.advance(0);
    for (const name of ["a", "b", "c"]) await client.create(ConfigMap, configMap(name));
    await clock.advance(0);
    expect(seen).toEqual(["a"]);
  });

  test("it ends, expires or breaks", async () => {
    for (const [end, check] of [
      ["endWatch", (error: unknown) => error === undefined],
      ["expireWatch", isGone],
      ["breakWatch", (error: unknown) => ConnectionFailedError.isInstance(error)],
    ] as const) {
      const { server, create, done, clock } = watched();
      await clock.advance(0);
      using fault = server.faults.on()[end]({ afterLines: 1 });
      await create("a");
      expect(check(await done)).toBe(true);
      expect(fault.applied).toBe(1);
      expect(server.faults.engines[0]?.taps).toEqual([]);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  test("one that opens later ends, expires or breaks at once", async () => {
    for (const [end, check] of [
      ["endWatch", (error: unknown) => error === undefined],
      ["expireWatch", isGone],
      ["breakWatch", (error: unknown) => ConnectionFailedError.isInstance(error)],
    ] as const) {
      const { server, client, clock } = setUp();
      using _fault = server.faults.on()[end]();
      expect(check(await caught(drain(client.watch(ConfigMap))))).toBe(true);
      expect(clock.pendingTimers).toBe(0);
      expect(server.faults.engines[0]?.taps).toEqual([]);
    }
  });

  test("it lags, by the clock, and catches up when the fault is undone", async () => {
    const { server, create, seen, clock } = watched();
    await clock.advance(0);
    const fault = server.faults.on().delayEvents(500);
    await create("a");
    await clock.advance(499);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(["a"]);
    await create("b");
    await create("c");
    fault.undo();
    await clock.advance(0);
    expect(seen).toEqual(["a", "b", "c"]);
  });
});

describe("stale reads", () => {
  test("gets and lists see the moment of the fault, writes and watches do not", async () => {
    const { server, client } = setUp();
    const { metadata } = await client.create(ConfigMap, configMap("a"));
    const fault = server.faults.on({ resource: "configmaps" }).readStale();
    await client.create(ConfigMap, configMap("b"));
    await client.patch(ConfigMap, key("a"), { type: "merge", patch: { data: { k: "new" } } });
    const { items } = await client.list(ConfigMap, { namespace: "default" });
    expect(items.map((item) => item.metadata?.name)).toEqual(["a"]);
    const stale = await client.get(ConfigMap, key("a"));
    expect(stale.data).toBeUndefined();
    expect(stale.metadata?.resourceVersion).toBe(metadata?.resourceVersion);
    expect(isNotFound(await caught(client.get(ConfigMap, key("b"))))).toBe(true);
    const update = client.update(ConfigMap, { ...stale, data: { k: "mine" } });
    expect(isConflict(await caught(update))).toBe(true);
    fault.undo();
    expect((await client.list(ConfigMap, { namespace: "default" })).items).toHaveLength(2);
  });

  test("or the moment of a snapshot", async () => {
    const { server, client } = setUp();
    const empty = server.snapshot();
    await client.create(ConfigMap, configMap("a"));
    using fault = server.faults.on({ verb: "list" }).once().readStale(empty);
    expect((await client.list(ConfigMap, { namespace: "default" })).items).toEqual([]);
    expect((await client.list(ConfigMap, { namespace: "default" })).items).toHaveLength(1);
    expect(fault.applied).toBe(1);
  });
});

describe("what makes no sense in the process is refused", () => {
  test.each([
    ["GOAWAY", (server: ReturnType<typeof setUp>["server"]) => server.faults.on().goAway()],
    ["truncate", (server) => server.faults.on().truncate()],
    ["half-open", (server) => server.faults.on().goHalfOpen()],
    ["half-open", (server) => server.faults.haltConnections()],
    ["new connections", (server) => server.faults.onConnection()],
    ["certificate", (server) => server.faults.changeCertificate()],
  ])("%s", (words, inject) => {
    const { server } = setUp();
    const refused = (): unknown => {
      try {
        return inject(server);
      } catch (error) {
        return error;
      }
    };
    expect(refused()).toBeInstanceOf(FaultNotPossibleError);
    expect(refused()).toMatchObject({
      code: "FaultNotPossible",
      fault: expect.stringContaining(words),
      message: expect.stringContaining("listen()"),
    });
    expect(server.faults.active).toEqual([]);
  });

  test("also for a client in the process of a server that has an HTTPS door", async () => {
    const server = createApiServer();
    await using _listening = await server.listen();
    using _fault = server.faults.on().truncate();
    expect(await caught(server.client().list(ConfigMap, { namespace: "default" }))).toBeInstanceOf(
      FaultNotPossibleError,
    );
  });
});

async function drain(
  events: AsyncIterable<WatchEvent<ConfigMap>>,
  onName: (name: string) => void = () => undefined,
): Promise<void> {
  for await (const event of events)
    if (event.type !== "bookmark") onName(event.object.metadata?.name ?? "");
}
