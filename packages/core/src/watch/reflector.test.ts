import { describe, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { scriptedClient } from "../../test/scripted-client.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";
import { DisposedError } from "../errors/disposed-error.js";
import { seededRandom } from "../random.js";
import { Machine } from "../resources/machine.js";
import { startReflector } from "./start-reflector.js";

const machine = (name: string, resourceVersion: string, uid = name) => ({
  metadata: { namespace: "n", name, uid, resourceVersion },
});
const page = (resourceVersion: string, ...items: unknown[]) => ({
  body: { metadata: { resourceVersion }, items },
});

function start(script: Parameters<typeof scriptedClient>[0]) {
  const clock = new ManualClock();
  const { client, requests } = scriptedClient(script);
  const events: string[] = [];
  const reflector = startReflector({
    connect: () => Promise.resolve(client),
    resource: Machine,
    clock,
    random: seededRandom(1),
    onEvent: (event) => {
      events.push(
        `${event.type} ${event.object.metadata?.name}@${event.object.metadata?.resourceVersion}`,
      );
      if (event.object.metadata?.name === "bomb") throw new Error("a handler's own fault");
    },
  });
  return { clock, requests, events, reflector };
}

describe("startReflector", () => {
  test("lists, watches from there, and resumes where a watch ended", async () => {
    const { clock, requests, events, reflector } = start({
      answers: [page("5", machine("a", "3"))],
      streams: [
        {
          events: [
            { type: "MODIFIED", object: machine("a", "6") },
            { type: "BOOKMARK", object: machine("", "8") },
          ],
        },
        {},
      ],
    });
    await reflector.waitForSync();
    await clock.advance(0);
    expect(events).toEqual(["added a@3", "modified a@6"]);
    expect(
      requests
        .filter(({ verb }) => verb === "watch")
        .map(({ query }) => Object.fromEntries(query ?? [])),
    ).toMatchObject([{ resourceVersion: "5" }, { resourceVersion: "8" }]);
    expect(reflector.get({ namespace: "n", name: "a" })?.metadata?.resourceVersion).toBe("6");
    await reflector[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test("lists anew after 410 and reports what vanished and what took its name", async () => {
    const expired = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } };
    const { clock, events, reflector } = start({
      answers: [
        page("5", machine("a", "3"), machine("b", "4")),
        page("20", machine("b", "15", "other")),
      ],
      streams: [{ events: [expired] }, {}],
    });
    await reflector.waitForSync();
    await clock.advance(5_000);
    expect(events).toEqual(["added a@3", "added b@4", "deleted b@4", "added b@15", "deleted a@3"]);
    await reflector[Symbol.asyncDispose]();
  });

  test("goes on after any error, with a pause, and after a handler that throws", async () => {
    const { clock, requests, events, reflector } = start({
      answers: [{ status: 500 }, page("5", machine("bomb", "1"))],
      streams: [new Error("reset"), { events: [{ type: "ADDED", object: machine("a", "6") }] }, {}],
    });
    await clock.advance(0);
    expect(requests).toHaveLength(1);
    await clock.advance(10_000);
    expect(events).toEqual(["added bomb@1", "added a@6"]);
    await reflector[Symbol.asyncDispose]();
  });

  test.each([
    [400, "BadRequest"],
    [422, "Invalid"],
  ])("lists anew when the server takes a version for none (%i)", async (status, reason) => {
    const body = { kind: "Status", code: status, reason };
    const { clock, requests, events, reflector } = start({
      answers: [page("not a version", machine("a", "1")), page("9", machine("b", "8"))],
      streams: [{ status, body }, {}],
    });
    await clock.advance(10_000);
    expect(events).toEqual(["added a@1", "added b@8", "deleted a@1"]);
    expect(requests.map(({ verb }) => verb)).toEqual(["list", "watch", "list", "watch"]);
    await reflector[Symbol.asyncDispose]();
  });

  test("does not dial in a tight loop when watches end at once", async () => {
    const { clock, requests, reflector } = start({
      answers: [page("5")],
      streams: Array.from({ length: 50 }, () => ({ events: [] })),
    });
    await clock.advance(10_000);
    expect(requests.length).toBeLessThan(10);
    await reflector[Symbol.asyncDispose]();
  });

  test("waiting for the first list has a deadline, and ends with the reflector", async () => {
    const { clock, reflector } = start({
      answers: Array.from({ length: 99 }, () => ({ status: 503 })),
    });
    const late = reflector.waitForSync({ timeoutMs: 50 }).catch((error: unknown) => error);
    const disposed = reflector.waitForSync().catch((error: unknown) => error);
    await clock.advance(50);
    expect(DeadlineExceededError.isInstance(await late)).toBe(true);
    await reflector[Symbol.asyncDispose]();
    expect(DisposedError.isInstance(await disposed)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
