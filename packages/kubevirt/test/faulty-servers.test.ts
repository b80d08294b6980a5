import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

import {
  ConfigMap,
  type OwnedClient,
  type RemoteClient,
  systemClock,
  systemRandom,
} from "@kvop/core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";
import { connectTo, expectFailure, failureOf, SHORT_MS, TOKEN, type Use } from "./faulty-client.js";
import {
  ANSWER_FAULTS,
  BODY_FAULTS,
  type Fault,
  late,
  lost,
  noTls,
  WATCH_FAULTS,
} from "./faults.js";
import { answer, type FaultyServer, head, reset, startFaultyServer } from "./faulty-server.js";
import { until } from "./until.js";

let server: FaultyServer | undefined;
let client: OwnedClient<RemoteClient> | undefined;

// The first use loads the HTTP libraries, which takes longer than the short deadline.
beforeAll(async () => {
  server = await startFaultyServer({ onRequest: (socket) => socket.write(answer("{}")) });
  client = connectTo(server);
  await failureOf(client, "get", 10_000);
  await failureOf(client, "watch", 10_000);
});
afterEach(async () => {
  await client?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  client = undefined;
  server = undefined;
});

const FAULTS: ReadonlyArray<readonly [use: Use, faults: readonly Fault[]]> = [
  ["get", [...ANSWER_FAULTS, ...BODY_FAULTS]],
  ["create", [...ANSWER_FAULTS, ...BODY_FAULTS]],
  ["watch", [...ANSWER_FAULTS, ...WATCH_FAULTS]],
];

describe.each(FAULTS)("a %s whose answer", (use, faults) => {
  const cases = faults.map(([name, onRequest, expected, isKept]) => {
    return { name, onRequest, expected, isKept };
  });
  it.each(cases)("$name", async ({ onRequest, expected, isKept }) => {
    server = await startFaultyServer({ onRequest });
    client = connectTo(server);
    await expectFailure(client, use, expected);
    // At once, not only when the client is disposed of.
    if (isKept === true && use !== "watch") await client?.[Symbol.asyncDispose]();
    await until(() => expect(server?.sockets.size).toBe(0));
    if (expected.code !== "DeadlineExceeded") expect(server.requests).toBe(1);
  });
});

describe.each(["get", "watch"] as const)("a connection for a %s", (use) => {
  it("is not answered at all", async () => {
    server = await startFaultyServer({ tls: false });
    client = connectTo(server, { connectTimeoutMs: SHORT_MS });
    expect(await failureOf(client, use, 10_000)).toMatchObject(late("connect"));
    await until(() => expect(server?.sockets.size).toBe(0));
  });

  it("is not answered before the deadline of the call", async () => {
    server = await startFaultyServer({ tls: false });
    client = connectTo(server);
    expect(await failureOf(client, use, SHORT_MS)).toMatchObject({ code: "DeadlineExceeded" });
    await client?.[Symbol.asyncDispose]();
    await until(() => expect(server?.sockets.size).toBe(0));
  });

  it.each([
    ["HTTP without TLS", (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["half of a handshake", (socket: Socket) => socket.end(Buffer.from([22, 3, 3, 0, 100, 2]))],
    ["a TLS alert", (socket: Socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))],
  ])("gets %s", async (name, speak) => {
    server = await startFaultyServer({
      tls: false,
      onConnection: (socket) => socket.once("data", () => speak(socket)),
    });
    client = connectTo(server);
    const expected = name === "half of a handshake" ? lost : noTls;
    expect(await failureOf(client, use, 10_000)).toMatchObject(expected);
    await until(() => expect(server?.sockets.size).toBe(0));
  });

  it("is reset", async () => {
    server = await startFaultyServer({ tls: false, onConnection: reset });
    client = connectTo(server);
    expect(await failureOf(client, use, 10_000)).toMatchObject(lost);
  });

  it("leads nowhere", async () => {
    server = await startFaultyServer({});
    const { url, caPem } = server;
    await server[Symbol.asyncDispose]();
    client = connectTo({ url, caPem });
    const expected = { code: "ConnectionFailed", systemCode: "ECONNREFUSED" };
    expect(await failureOf(client, use, 10_000)).toMatchObject(expected);
  });

  it.each([
    ["of another name", { hosts: ["other.example.com"] }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["that has expired", { notAfter: 1_700_000_000_000 }, "CERT_HAS_EXPIRED"],
  ])("has a certificate %s", async (_name, options, tlsCode) => {
    server = await startFaultyServer(options);
    client = connectTo(server);
    expect(await failureOf(client, use, 10_000)).toMatchObject({ code: "TlsFailed", tlsCode });
    await until(() => expect(server?.sockets.size).toBe(0));
  });

  it("has a certificate of another authority", async () => {
    server = await startFaultyServer({});
    const { caPem } = createCertificateAuthority({ clock: systemClock, random: systemRandom });
    client = connectTo({ url: server.url, caPem });
    expect(await failureOf(client, use, 10_000)).toMatchObject(noTls);
    await until(() => expect(server?.sockets.size).toBe(0));
  });

  it("speaks no protocol that is known", async () => {
    server = await startFaultyServer({ protocols: ["spdy/3"] });
    client = connectTo(server);
    expect(await failureOf(client, use, 10_000)).toMatchObject(noTls);
    await until(() => expect(server?.sockets.size).toBe(0));
  });
});

it("never takes an answer that nobody asked for as that to a later request", async () => {
  server = await startFaultyServer({
    onRequest: (socket, count) => {
      socket.write(
        Buffer.concat([
          answer(JSON.stringify({ metadata: { name: `answer-${count}` } })),
          answer(JSON.stringify({ metadata: { name: "smuggled" } })),
        ]),
      );
    },
  });
  client = connectTo(server);
  for (let count = 1; count <= 10; count += 1) {
    const found = await client?.get(ConfigMap, { namespace: "default", name: "a" });
    expect(found?.metadata?.name).toMatch(/^answer-/);
  }
});

it("takes what a hostile server repeats of the token out of its failures", async () => {
  const body = JSON.stringify({ kind: "Status", message: `bad token ${TOKEN}`, code: 403 });
  server = await startFaultyServer({
    onRequest: (socket) =>
      socket.write(`${head({ "content-length": Buffer.byteLength(body) }, 403)}${body}`),
  });
  client = connectTo(server);
  expect(await failureOf(client, "get", 10_000)).toMatchObject({ httpStatus: 403 });
});

it("leaves nothing behind when it is disposed of in the middle of anything", async () => {
  const sockets = new Set<Socket>();
  const listener = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.resume();
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  const { caPem } = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const open = connectTo({ url, caPem }, { maxConnections: 2, requestsPerSecond: 1, burst: 4 });
  const calls = ["get", "get", "get", "watch", "watch", "get"] as const;
  const failures = Promise.all(calls.map((use) => failureOf(open, use, 60_000)));
  await until(() => expect(sockets.size).toBe(3));
  await open[Symbol.asyncDispose]();
  for (const failure of await failures) expect(failure).toMatchObject({ code: "Disposed" });
  await until(() => expect(sockets.size).toBe(0));
  listener.close();
});
