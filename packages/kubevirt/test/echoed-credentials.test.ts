import { ConfigMap } from "@kvop/core";
import { afterEach, expect, it } from "vitest";

import { connectTo, failureOf, TOKEN, type Use } from "./faulty-client.js";
import { answer, type FaultyServer, head, startFaultyServer } from "./faulty-server.js";

let server: FaultyServer | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

/** The same text in JSON, which looks like another one. */
const escaped = [...TOKEN]
  .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
  .join("");
const status = (text: string) =>
  `{"kind":"Status","code":400,"reason":"${text}","message":"it was ${text}","details":{"name":"${text}","causes":[{"message":"${text}"}]}}`;
const failed = (body: string, contentType = "application/json") =>
  head({ "content-type": contentType, "content-length": Buffer.byteLength(body) }, 400) + body;

const echoes: ReadonlyArray<readonly [name: string, use: Use, sent: string | Buffer]> = [
  ["a Status", "get", failed(status(TOKEN))],
  ["a Status in escapes", "get", failed(status(escaped))],
  ["the Status of a write", "create", failed(status(escaped))],
  ["plain text", "get", failed(`it was ${TOKEN}`, "text/plain")],
  ["the Status of a watch that is refused", "watch", failed(status(escaped))],
  ["an ERROR event", "watch", answer(`{"type":"ERROR","object":${status(TOKEN)}}\n`)],
  [
    "an ERROR event in escapes",
    "watch",
    answer(`{"type":"ERR\\u004fR","object":${status(escaped)}}\n`),
  ],
];

it.each(echoes)(
  "a cluster that repeats the token in %s does not get it into an error",
  async (_name, use, sent) => {
    server = await startFaultyServer({ onRequest: (socket) => socket.end(sent) });
    await using client = connectTo(server);
    // That the token is not in it is looked at there.
    expect(await failureOf(client, use, 10_000)).toMatchObject({ code: "ApiError" });
  },
);

it("what is no failure comes as it is", async () => {
  const object = { type: "ADDED", object: { metadata: { name: "a" }, data: { key: TOKEN } } };
  server = await startFaultyServer({
    onRequest: (socket) => socket.end(answer(`${JSON.stringify(object)}\n`)),
  });
  await using client = connectTo(server);
  for await (const event of client.watch(ConfigMap))
    expect(event).toMatchObject({ object: object.object });
});
