import {
  ConfigMap,
  createClusterClient,
  followObject,
  type RemoteClient,
  seededRandom,
  startReflector,
  type Transport,
  type TransportRequest,
} from "@kvop/core";
import { VirtualClock } from "@kvop/testing";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeEach(() => process.on("unhandledRejection", note));
afterEach(() => process.off("unhandledRejection", note));

/** JSON that no API server sends, most of which is what one sends but for a value here and there. */
const odd = fc.oneof(
  fc.constantFrom(null, 0, -1, 1e308, "", "410", true, [], {}, [null], [{}], { "": null }),
  fc.jsonValue({ maxDepth: 2 }),
);
const mostly = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: odd });
const text = (...texts: readonly string[]) => mostly(fc.constantFrom(...texts));
const list = (item: fc.Arbitrary<unknown>) => mostly(fc.array(mostly(item), { maxLength: 3 }));

const status = fc.record({
  kind: text("Status"),
  code: mostly(fc.constantFrom(400, 403, 410, 422, 500, 504)),
  reason: text("Expired", "Forbidden", "BadRequest", "Invalid", "Timeout", "NotFound"),
  message: text("it was refused"),
  details: mostly(
    fc.record({
      name: text("a"),
      causes: list(fc.record({ reason: text("ResourceVersionTooLarge") })),
      retryAfterSeconds: mostly(fc.constantFrom(0, 1)),
    }),
  ),
});
const object = fc.record({
  metadata: mostly(
    fc.record({
      name: text("a", "b"),
      namespace: text("default"),
      uid: text("1", "2"),
      resourceVersion: text("1", "2", "3"),
      managedFields: list(odd),
      annotations: mostly(fc.record({ "k8s.io/initial-events-end": text("true") })),
    }),
  ),
});
const event = mostly(
  fc.record({
    type: text("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"),
    object: mostly(fc.oneof(object, status)),
  }),
);
const page = mostly(
  fc.record({
    metadata: mostly(fc.record({ resourceVersion: text("5"), continue: text("") })),
    items: list(object),
  }),
);
const failure = fc.record({
  status: fc.constantFrom(301, 400, 401, 403, 404, 410, 422, 429, 500, 503),
  body: fc.oneof(status, odd, object),
});
const answer = fc.oneof(fc.record({ status: fc.constantFrom(200, 204), body: page }), failure);
const stream = fc.oneof(
  { weight: 3, arbitrary: fc.record({ status: fc.constant(200), events: fc.array(event) }) },
  { weight: 1, arbitrary: failure },
);

const REFUSED = { kind: "Status", code: 400, reason: "BadRequest", message: "invalid version" };
async function* nothing(): AsyncGenerator {}

/** A server that has gone mad for so many answers, and is well again from then on. */
function recovering(
  answers: ReadonlyArray<{ status: number; body?: unknown }>,
  streams: ReadonlyArray<{ status: number; events?: readonly unknown[]; body?: unknown }>,
): Transport {
  const metadata = { name: "good", namespace: "default", uid: "g", resourceVersion: "100" };
  const well = () => ({ metadata: { resourceVersion: "100" }, items: [{ metadata }] });
  const end = { resourceVersion: "100", annotations: { "k8s.io/initial-events-end": "true" } };
  const [madAnswers, madStreams] = [structuredClone([...answers]), structuredClone([...streams])];
  return {
    request: () =>
      Promise.resolve({ status: 200, body: well(), headers: {}, ...madAnswers.shift() }),
    stream: ({ signal, query = [] }: TransportRequest) => {
      const mad = madStreams.shift();
      const { resourceVersion } = Object.fromEntries(query) as { resourceVersion?: string };
      const isWhole = resourceVersion === undefined;
      // As a real one does, each time.
      if (mad === undefined && !isWhole && !/^\d+$/.test(resourceVersion))
        return Promise.resolve({ status: 400, headers: {}, body: REFUSED, events: nothing() });
      const events = async function* (): AsyncGenerator {
        yield* mad?.events ?? [];
        if (mad !== undefined) return;
        yield { type: "ADDED", object: { metadata } };
        if (isWhole) yield { type: "BOOKMARK", object: { metadata: end } };
        await new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
        });
      };
      return Promise.resolve({
        status: 200,
        headers: {},
        body: undefined,
        ...mad,
        events: events(),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

it("whatever a server answers, who follows it goes on and knows the truth in the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { maxLength: 4 }),
      fc.array(stream, { maxLength: 6 }),
      fc.constantFrom("paged" as const, "streaming" as const),
      async (answers, streams, initialList) => {
        const clock = new VirtualClock();
        const client: RemoteClient = createClusterClient(recovering(answers, streams), {
          role: "cluster",
          name: "mad",
          clock,
        });
        const key = { namespace: "default", name: "good" };
        const common = {
          clock,
          random: seededRandom(1),
          pollIntervalMs: 1000,
          resource: ConfigMap,
        };
        const connect = () => Promise.resolve(client);
        const reflector = startReflector({ ...common, connect, initialList });
        const follower = followObject({ ...common, client, ...key, onChange: () => undefined });
        await clock.advance(20 * 60_000);
        expect(unhandled.splice(0)).toEqual([]);
        expect(reflector.get(key)?.metadata?.uid).toBe("g");
        await reflector[Symbol.asyncDispose]();
        await follower[Symbol.asyncDispose]();
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
