import { KvopError, type OwnedClient, type RemoteClient } from "@kvop/core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";

import { connectTo, failureOf } from "./faulty-client.js";
import {
  answer,
  chunk,
  chunked,
  type FaultyServer,
  head,
  startFaultyServer,
  watchLine,
} from "./faulty-server.js";
import { until } from "./until.js";

let server: FaultyServer;
let client: OwnedClient<RemoteClient>;
/** What the server sends to a request, piece by piece, before it hangs up. */
let pieces: readonly Buffer[] = [];

beforeAll(async () => {
  server = await startFaultyServer({
    onRequest: (socket) => {
      for (const piece of pieces) socket.write(piece);
      socket.end();
    },
  });
  client = connectTo(server, { requestsPerSecond: 1e6, burst: 1e6 });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await until(() => expect(server.sockets.size).toBe(0));
  await server[Symbol.asyncDispose]();
});

const object = JSON.stringify({ metadata: { name: "a" }, data: { key: "ä€😀" } });
const wholeAnswers = [
  answer(object),
  answer(`${watchLine("a")}${watchLine("b")}`),
  Buffer.concat([Buffer.from(head(chunked)), chunk(object), Buffer.from("0\r\n\r\n")]),
  Buffer.concat([Buffer.from(head(chunked)), chunk(watchLine("a")), chunk(watchLine("b"))]),
  Buffer.from(`${head({})}${watchLine("a")}`),
  answer(JSON.stringify({ kind: "Status", code: 410, reason: "Expired" })),
];
const fragment = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      "HTTP/1.1 200 OK\r\n",
      "\r\n\r\n",
      "content-length: 5\r\n",
      "0\r\n\r\n",
      "{",
      "\n",
      "null\n",
    )
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom("HTTP/1.1 100 Continue\r\n\r\n", "transfer-encoding: chunked\r\n")
    .map((text) => Buffer.from(text)),
);
/** An answer that is whole, in which something was put or left out, cut into pieces. */
const damaged = fc
  .record({
    bytes: fc.constantFrom(...wholeAnswers),
    changes: fc.array(fc.record({ at: fc.nat(), skip: fc.nat(30), put: fragment }), {
      maxLength: 4,
    }),
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
  })
  .map(({ bytes, changes, cuts }) => {
    const changed = changes.reduce((text, { at, skip, put }) => {
      const start = at % (text.length + 1);
      return Buffer.concat([text.subarray(0, start), put, text.subarray(start + skip)]);
    }, bytes);
    const places = cuts.map((cut) => cut % (changed.length + 1)).sort((a, b) => a - b);
    return [0, ...places].map((start, index) =>
      changed.subarray(start, places[index] ?? changed.length),
    );
  });

it.each(["get", "watch"] as const)(
  "give a %s a value or a typed error, whatever they send",
  async (use) => {
    await fc.assert(
      fc.asyncProperty(damaged, async (sent) => {
        pieces = sent;
        const outcome = await failureOf(client, use, 20_000);
        if (typeof outcome === "object" && outcome !== null && "value" in outcome) return;
        expect(KvopError.isInstance(outcome)).toBe(true);
        // The server has hung up: nothing may be waited for.
        expect(outcome).not.toMatchObject({ code: "DeadlineExceeded" });
      }),
      { numRuns: 150 },
    );
  },
  60_000,
);
