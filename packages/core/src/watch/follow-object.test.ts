import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { scriptedClient } from "../../test/scripted-client.js";
import { seededRandom } from "../random.js";
import { Secret } from "../resources/secret.js";
import { followObject, type FollowObjectOptions } from "./follow-object.js";

const secret = (resourceVersion: string) => ({
  metadata: { namespace: "n", name: "s", uid: "u", resourceVersion },
});
const list = (resourceVersion: string, ...items: unknown[]) => ({
  body: { metadata: { resourceVersion }, items },
});
const refusal = (code: number, reason: string) => ({
  status: code,
  body: { kind: "Status", code, reason },
});

function start(
  script: Parameters<typeof scriptedClient>[0],
  options: Partial<FollowObjectOptions<Secret>> = {},
) {
  const clock = new ManualClock();
  const { client, requests } = scriptedClient(script);
  const seen: Array<string | undefined> = [];
  const modes: string[] = [];
  const follower = followObject({
    client,
    resource: Secret,
    namespace: "n",
    name: "s",
    onChange: (object) => seen.push(object?.metadata?.resourceVersion),
    onModeChange: (mode) => modes.push(mode),
    clock,
    random: seededRandom(1),
    ...options,
  });
  const queries = () =>
    requests.map(({ verb, query }) => ({ verb, ...Object.fromEntries(query ?? []) }));
  return { clock, follower, seen, modes, queries };
}

test("watches from a known version without reading, by name alone", async () => {
  const { clock, follower, seen, queries } = start(
    {
      streams: [
        {
          events: [
            { type: "MODIFIED", object: secret("7") },
            { type: "DELETED", object: secret("8") },
          ],
        },
        {},
      ],
    },
    { resourceVersion: "5" },
  );
  await clock.advance(0);
  expect(seen).toEqual(["7", undefined]);
  expect(queries()).toMatchObject([
    { verb: "watch", resourceVersion: "5", fieldSelector: "metadata.name=s" },
    { verb: "watch", resourceVersion: "8", fieldSelector: "metadata.name=s" },
  ]);
  await follower[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
});

test("reads anew when the server takes a version for none", async () => {
  const { clock, follower, seen, queries } = start(
    {
      answers: [list("9", secret("8"))],
      streams: [refusal(400, "BadRequest"), {}],
    },
    { resourceVersion: "not a version" },
  );
  await clock.advance(10_000);
  expect(seen).toEqual(["8"]);
  expect(queries().map(({ verb }) => verb)).toEqual(["watch", "list", "watch"]);
  await follower[Symbol.asyncDispose]();
});

test("reads first where no version is known, and again when the version is lost", async () => {
  const { clock, follower, seen } = start({
    answers: [list("5"), list("20", secret("12"))],
    streams: [refusal(410, "Expired"), {}],
  });
  await clock.advance(1_000);
  expect(seen).toEqual([undefined, "12"]);
  await follower[Symbol.asyncDispose]();
});

test("goes on after any failure", async () => {
  const { clock, follower, seen } = start(
    { streams: [new Error("reset"), { events: [{ type: "MODIFIED", object: secret("7") }] }, {}] },
    { resourceVersion: "5" },
  );
  await clock.advance(1_000);
  expect(seen).toEqual(["7"]);
  await follower[Symbol.asyncDispose]();
});

test("reads by name from time to time where neither watch nor list is allowed", async () => {
  const { clock, follower, seen, modes, queries } = start(
    {
      answers: [{ body: secret("7") }, { body: secret("9") }],
      streams: [refusal(403, "Forbidden")],
    },
    { resourceVersion: "5", pollIntervalMs: 10_000 },
  );
  await clock.advance(0);
  expect(modes).toEqual(["polling"]);
  await clock.advance(30_000);
  expect(seen.slice(0, 2)).toEqual(["7", "9"]);
  expect(
    queries()
      .slice(0, 3)
      .map(({ verb }) => verb),
  ).toEqual(["watch", "get", "get"]);
  await follower[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
});
