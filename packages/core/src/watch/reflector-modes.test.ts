import { describe, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { scriptedClient } from "../../test/scripted-client.js";
import { seededRandom } from "../random.js";
import { Machine } from "../resources/machine.js";
import type { ReflectorOptions } from "./reflector.js";
import { startReflector } from "./start-reflector.js";

const machine = (name: string, resourceVersion: string, uid = name) => ({
  metadata: { namespace: "n", name, uid, resourceVersion, labels: { owner: `of-${name}` } },
});
const page = (resourceVersion: string, items: unknown[], token?: string) => ({
  body: { metadata: { resourceVersion, continue: token }, items },
});
const added = (name: string, resourceVersion: string) => ({
  type: "ADDED",
  object: machine(name, resourceVersion),
});
const bookmark = (resourceVersion: string, isEnd = false) => ({
  type: "BOOKMARK",
  object: {
    metadata: {
      resourceVersion,
      ...(isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  },
});
const refusal = (code: number, reason: string, causes?: object[]) => ({
  status: code,
  body: { kind: "Status", code, reason, details: { causes } },
});

function start(
  script: Parameters<typeof scriptedClient>[0],
  options: Partial<ReflectorOptions<Machine>> = {},
) {
  const clock = new ManualClock();
  const { client, requests } = scriptedClient(script);
  const events: string[] = [];
  const errors: unknown[] = [];
  const modes: string[] = [];
  const reflector = startReflector({
    connect: () => Promise.resolve(client),
    resource: Machine,
    clock,
    random: seededRandom(1),
    onEvent: ({ type, object }) => {
      events.push(`${type} ${object.metadata?.name}@${object.metadata?.resourceVersion}`);
    },
    onError: (error) => errors.push(error),
    onModeChange: (mode) => modes.push(mode),
    ...options,
  });
  const queries = () =>
    requests.map(({ verb, query }) => ({ verb, ...Object.fromEntries(query ?? []) }));
  return { clock, requests, queries, events, errors, modes, reflector };
}

describe("a streaming list", () => {
  test("is one request: the present state, its end, and what comes after", async () => {
    const { clock, queries, events, reflector } = start(
      {
        streams: [
          { events: [added("a", "3"), bookmark("5", true), added("b", "6")] },
          { events: [bookmark("9")] },
        ],
      },
      { initialList: "streaming" },
    );
    await reflector.waitForSync();
    await clock.advance(0);
    expect(events).toEqual(["added a@3", "added b@6"]);
    expect(queries().slice(0, 2)).toMatchObject([
      { verb: "watch", sendInitialEvents: "true" },
      { verb: "watch", resourceVersion: "6" },
    ]);
    expect(queries()[1]).not.toHaveProperty("sendInitialEvents");
    await reflector[Symbol.asyncDispose]();
  });

  test.each([refusal(422, "Invalid"), refusal(400, "BadRequest")])(
    "that a server refuses is read in pages: $body.reason",
    async (answer) => {
      const { clock, queries, events, reflector } = start(
        { answers: [page("5", [machine("a", "3")])], streams: [answer, {}] },
        { initialList: "streaming" },
      );
      await clock.advance(0);
      expect(events).toEqual(["added a@3"]);
      expect(queries().map(({ verb }) => verb)).toEqual(["watch", "list", "watch"]);
      await reflector[Symbol.asyncDispose]();
    },
  );

  test("that may not be watched is read in pages, again and again", async () => {
    const forbidden = refusal(403, "Forbidden");
    const { clock, queries, modes, reflector } = start(
      {
        answers: [page("5", [machine("a", "3")]), page("6", [machine("a", "4")])],
        streams: [forbidden, forbidden],
      },
      { initialList: "streaming", pollIntervalMs: 30_000 },
    );
    await clock.advance(33_000);
    expect(modes).toEqual(["polling"]);
    expect(queries().map(({ verb }) => verb)).toEqual(["watch", "list", "watch", "list"]);
    await reflector[Symbol.asyncDispose]();
  });

  test("that a server never ends is read in pages", async () => {
    const { clock, events, reflector } = start(
      { answers: [page("5", [machine("a", "3")])], streams: [{}, {}] },
      { initialList: "streaming" },
    );
    await clock.advance(9_999);
    expect(reflector.isSynced).toBe(false);
    await clock.advance(1);
    expect(events).toEqual(["added a@3"]);
    expect(reflector.isSynced).toBe(true);
    await reflector[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test("that breaks off in the middle deletes nothing and begins anew", async () => {
    const { clock, events, reflector } = start(
      {
        streams: [
          { events: [added("a", "1"), added("b", "2"), bookmark("5", true)] },
          { events: [{ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } }] },
          { events: [added("b", "2")] },
          { events: [added("b", "2"), added("c", "7"), bookmark("8", true)] },
          {},
        ],
      },
      { initialList: "streaming" },
    );
    await clock.advance(30_000);
    expect(events).toEqual(["added a@1", "added b@2", "added c@7", "deleted a@1"]);
    await reflector[Symbol.asyncDispose]();
  });
});

describe("a connection that is silent", () => {
  test("is given up when bookmarks came before, and resumed from the last of them", async () => {
    const { clock, queries, reflector } = start({
      answers: [page("5", [])],
      streams: [{ events: [bookmark("8")] }, {}, {}],
    });
    await clock.advance(149_999);
    expect(queries()).toHaveLength(3);
    await clock.advance(5_000);
    expect(queries().slice(2)).toMatchObject([{ resourceVersion: "8" }, { resourceVersion: "8" }]);
    await reflector[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test("is given up half a minute after the server should have ended it, bookmarks or not", async () => {
    const { clock, queries, reflector } = start({ answers: [page("5", [])], streams: [{}, {}] });
    await clock.advance(5 * 60_000);
    expect(queries()).toHaveLength(2);
    await clock.advance(6 * 60_000);
    expect(queries().length).toBeGreaterThanOrEqual(3);
    await reflector[Symbol.asyncDispose]();
  });
});

describe("restart", () => {
  test("goes on at once with a new client from where it was", async () => {
    const first = scriptedClient({ answers: [page("5", [machine("a", "3")])], streams: [{}] });
    const second = scriptedClient({ streams: [{ events: [added("b", "6")] }, {}] });
    const clients = [first.client, second.client, second.client];
    const clock = new ManualClock();
    const events: string[] = [];
    const reflector = startReflector({
      connect: () => Promise.resolve(clients.shift() ?? second.client),
      resource: Machine,
      clock,
      onEvent: ({ type, object }) => void events.push(`${type} ${object.metadata?.name}`),
    });
    await reflector.waitForSync();
    await clock.advance(0);
    reflector.restart();
    await clock.advance(0);
    expect(events).toEqual(["added a", "added b"]);
    expect(Object.fromEntries(second.requests[0]?.query ?? [])).toMatchObject({
      resourceVersion: "5",
    });
    await reflector[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test("ends a wait after a failure, too", async () => {
    const { clock, queries, reflector } = start({
      answers: [{ status: 500 }, page("5", [])],
      streams: [{}],
    });
    await clock.advance(0);
    reflector.restart();
    await clock.advance(0);
    expect(reflector.isSynced).toBe(true);
    expect(queries()).toHaveLength(3);
    await reflector[Symbol.asyncDispose]();
  });
});

describe("where watching is forbidden", () => {
  test("it reads again from time to time, says so, and tries the watch now and then", async () => {
    const forbidden = refusal(403, "Forbidden");
    const { clock, queries, events, modes, reflector } = start(
      {
        answers: Array.from({ length: 40 }, (_, index) => page("5", [machine("a", `${index}`)])),
        streams: [forbidden, { events: [bookmark("77")] }, {}],
      },
      { pollIntervalMs: 30_000 },
    );
    await clock.advance(0);
    expect([reflector.mode, modes]).toEqual(["polling", ["polling"]]);
    await clock.advance(3 * 33_000);
    expect(events.length).toBeGreaterThanOrEqual(3);
    expect(queries().filter(({ verb }) => verb === "watch")).toHaveLength(1);
    await clock.advance(8 * 33_000);
    expect([reflector.mode, modes]).toEqual(["watching", ["polling", "watching"]]);
    await reflector[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("lists", () => {
  test("whose pages expire on the way are read in larger pages", async () => {
    const { clock, queries, events, reflector } = start({
      answers: [
        page("5", [machine("a", "3")], "next"),
        refusal(410, "Expired"),
        page("9", [machine("b", "7")]),
      ],
      streams: [{}],
    });
    await clock.advance(5_000);
    expect(queries()).toMatchObject([
      { limit: "500" },
      { limit: "500", continue: "next" },
      { limit: "10000" },
      { verb: "watch" },
    ]);
    expect(events).toEqual(["added a@3", "added b@7", "deleted a@3"]);
    await reflector[Symbol.asyncDispose]();
  });

  test("begin anew when the server was put back to before the version", async () => {
    const { clock, events, reflector } = start({
      answers: [page("900", [machine("a", "3")]), page("20", [machine("a", "2")])],
      streams: [refusal(504, "Timeout", [{ reason: "ResourceVersionTooLarge" }]), {}],
    });
    await clock.advance(5_000);
    expect(events).toEqual(["added a@3", "modified a@2"]);
    await reflector[Symbol.asyncDispose]();
  });
});

test("a handler's promise holds the next event back", async () => {
  const seen: string[] = [];
  let release = (): void => undefined;
  const { clock, reflector } = start(
    { answers: [page("5", [machine("a", "1"), machine("b", "2")])], streams: [{}] },
    {
      onEvent: ({ object }) => {
        seen.push(object.metadata?.name ?? "");
        return new Promise<void>((resolve) => (release = resolve));
      },
    },
  );
  await clock.advance(0);
  expect(seen).toEqual(["a"]);
  release();
  await clock.advance(0);
  expect(seen).toEqual(["a", "b"]);
  release();
  await reflector[Symbol.asyncDispose]();
});

test("indexes follow every change, and an indexer that throws hurts nobody", async () => {
  const { clock, reflector } = start(
    {
      answers: [page("5", [machine("a", "1"), machine("b", "2")])],
      streams: [
        {
          events: [
            {
              type: "MODIFIED",
              object: { metadata: { ...machine("a", "6").metadata, labels: { owner: "of-b" } } },
            },
            { type: "DELETED", object: machine("b", "7") },
          ],
        },
        {},
      ],
    },
    {
      indexers: {
        owner: ({ metadata }) => [metadata?.labels?.["owner"] ?? ""],
        broken: () => {
          throw new Error("an indexer's own fault");
        },
      },
    },
  );
  await clock.advance(0);
  const names = (value: string) =>
    reflector.byIndex("owner", value).map(({ metadata }) => metadata?.name);
  expect([names("of-a"), names("of-b"), reflector.size]).toEqual([[], ["a"], 1]);
  expect(reflector.byIndex("broken", "x")).toEqual([]);
  expect(() => reflector.byIndex("none", "x")).toThrow(/name it in the indexers/);
  await reflector[Symbol.asyncDispose]();
});
