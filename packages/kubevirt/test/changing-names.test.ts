import type { lookup as systemLookup } from "node:dns";

import type { Transport, TransportRequest } from "@kvop/core";
import { afterEach, beforeEach, expect, it } from "vitest";

import { createUndiciTransport } from "../src/index.js";
import { checkedLookup } from "../src/transport/checked-lookup.js";
import { type ClusterServer, startClusterServer } from "./cluster-server.js";
import { until } from "./until.js";

let server: ClusterServer;
let transport: Transport;
/** What the name leads to at the moment. */
let addresses: readonly string[];
let lookups: number;

const resolve = ((_name: string, _options: unknown, callback: (...answer: unknown[]) => void) => {
  lookups += 1;
  const entries = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  if (entries.length > 0) callback(null, entries);
  else callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), []);
}) as unknown as typeof systemLookup;

beforeEach(async () => {
  server = await startClusterServer({ http2: true, hosts: ["cluster.example.com"] });
  server.intercept = (request, response) => {
    if (request.url !== "/watch") return false;
    response.writeHead(200, { "content-type": "application/json" });
    response.write("{}\n");
    return true;
  };
  addresses = ["127.0.0.1"];
  lookups = 0;
  const { port } = new URL(server.url);
  transport = createUndiciTransport(
    { server: `https://cluster.example.com:${port}`, caPem: server.caPem, token: server.token },
    { name: "east", lookup: checkedLookup({}, resolve) },
  );
});
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  await until(() => expect(server.sockets.size).toBe(0));
  await server[Symbol.asyncDispose]();
});

const request: TransportRequest = {
  method: "GET",
  path: "/api",
  verb: "get",
  resource: "",
  timeoutMs: 10_000,
};
const watch: TransportRequest = { ...request, path: "/watch", verb: "watch" };

async function hangUp(): Promise<void> {
  for (const session of server.sessions) session.destroy();
  for (const socket of server.sockets) socket.destroy();
  await until(() => expect(server.sockets.size).toBe(0));
}

it("keeps its connection while the name changes, and looks it up for each dial", async () => {
  await transport.request(request);
  addresses = ["169.254.169.254"];
  expect((await transport.request(request)).status).toBe(200);
  expect(lookups).toBe(1);
});

it.each([
  ["request", async () => transport.request(request)],
  ["watch", async () => transport.stream(watch)],
])("dials no address for a %s that the name leads to later and must not", async (_use, call) => {
  await call();
  await hangUp();
  addresses = ["127.0.0.1", "169.254.169.254"];
  await expect(call()).rejects.toMatchObject({
    code: "KubeconfigRefused",
    rule: "forbidden-address",
  });
  expect(server.sockets.size).toBe(0);
  addresses = ["127.0.0.1"];
  expect((await call()).status).toBe(200);
});

it("says that there is no such name any more, and goes on when there is again", async () => {
  addresses = [];
  const expected = { code: "ConnectionFailed", systemCode: "ENOTFOUND" };
  await expect(transport.request(request)).rejects.toMatchObject(expected);
  await expect(transport.stream(watch)).rejects.toMatchObject(expected);
  addresses = ["127.0.0.1"];
  expect((await transport.request(request)).status).toBe(200);
});

it("takes the address of several that answers", async () => {
  addresses = ["127.0.0.2", "127.0.0.1"];
  expect((await transport.request(request)).status).toBe(200);
});
