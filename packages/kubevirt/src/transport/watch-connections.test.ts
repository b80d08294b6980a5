import type { ServerResponse } from "node:http";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";

import { DisposedError, systemClock, systemRandom, type TransportRequest } from "@kvop/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ManualClock } from "../../../core/test/manual-clock.js";
import { createCertificateAuthority } from "../../../testing/src/authentication/certificate-authority.js";
import {
  type ClusterServer,
  type ClusterServerOptions,
  sendJson,
  startClusterServer,
  statusOf,
} from "../../test/cluster-server.js";
import { startTcpProxy } from "../../test/tcp-proxy.js";
import type { DialObservation } from "./transport-observer.js";
import { createUndiciTransport, type UndiciTransportOptions } from "./undici-transport.js";
import { until } from "../../test/until.js";

let server: ClusterServer;
let transport: ReturnType<typeof createUndiciTransport>;
let dials: DialObservation[];
let fallbacks: string[];
/** Answers of open watches, in order. */
let watches: ServerResponse[];

async function start(
  serverOptions: ClusterServerOptions = {},
  options: Partial<UndiciTransportOptions> = {},
): Promise<void> {
  server = await startClusterServer({ http2: true, ...serverOptions });
  watches = [];
  server.intercept = (request, response) => {
    if (request.url?.includes("watch=true") !== true) return false;
    response.writeHead(200, { "content-type": "application/json" });
    (response as { flushHeaders?: () => void }).flushHeaders?.();
    watches.push(response);
    return true;
  };
  connect(options);
}

function connect(options: Partial<UndiciTransportOptions> = {}): void {
  const { url, caPem, token } = server;
  dials = [];
  fallbacks = [];
  transport = createUndiciTransport(
    { server: url, caPem, token },
    {
      name: "east",
      observer: {
        onDial: (dial) => dials.push(dial),
        onHttp2Fallback: ({ reason }) => fallbacks.push(reason),
      },
      ...options,
    },
  );
}

beforeEach(() => start());
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  await until(() => expect(server.sockets.size).toBe(0));
  await server[Symbol.asyncDispose]();
});

const watchOf = (more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "GET",
  path: "/api/v1/things",
  query: [["watch", "true"]],
  verb: "watch",
  resource: "things",
  timeoutMs: 10_000,
  ...more,
});
const getOf = (): TransportRequest => ({ ...watchOf(), path: "/api", query: [], verb: "get" });

/** Reads a watch into a list; its end is a value too. */
async function follow(more: Partial<TransportRequest> = {}) {
  const stream = await transport.stream(watchOf(more));
  const events: unknown[] = [];
  const ended = (async () => {
    for await (const event of stream.events) events.push(event);
    return "ended";
  })().catch((error: unknown) => error);
  return { events, ended };
}

function send(watch: ServerResponse | undefined, id: number): void {
  watch?.write(`${JSON.stringify({ type: "ADDED", object: { id } })}\n`);
}
const event = (id: number) => ({ type: "ADDED", object: { id } });

describe("over HTTP/2", () => {
  it("puts all watches on one connection, and requests on others", async () => {
    await transport.request(getOf());
    const all = await Promise.all([follow(), follow(), follow()]);
    expect(server.sessions.size).toBe(1);
    expect(dials.map(({ protocol }) => protocol)).toEqual(["http/1.1", "h2"]);
    watches.forEach((watch, id) => send(watch, id));
    await until(() => expect(all.flatMap(({ events }) => events)).toHaveLength(3));
    await transport.request(getOf());
    expect(server.connections).toBe(2);
    watches[1]?.end();
    expect(await Promise.race(all.map(({ ended }) => ended))).toBe("ended");
  });

  it("resumes the TLS session of requests", async () => {
    await transport.request(getOf());
    await transport.request(getOf());
    await follow();
    expect(dials.map(({ isSessionReused }) => isSessionReused)).toEqual([false, true]);
    expect(server.resumptions).toBe(1);
  });

  it("lets watches go on after a graceful GOAWAY, and opens new ones elsewhere", async () => {
    const first = await follow();
    send(watches[0], 1);
    await until(() => expect(first.events).toEqual([event(1)]));
    const [session] = server.sessions;
    // As Go's server does it: a first warning, then the last stream that counts.
    session?.goaway(0, 2 ** 31 - 1);
    session?.goaway(0, 1);
    send(watches[0], 2);
    await until(() => expect(first.events).toEqual([event(1), event(2)]));
    const second = await follow();
    expect(server.sessions.size).toBe(2);
    send(watches[0], 3);
    send(watches[1], 4);
    await until(() => {
      expect(first.events).toEqual([event(1), event(2), event(3)]);
      expect(second.events).toEqual([event(4)]);
    });
    watches[0]?.end();
    expect(await first.ended).toBe("ended");
    await until(() => expect(server.sessions.size).toBe(1));
  });

  it("ends the watches that a hard GOAWAY cuts off, with an error that may be tried again", async () => {
    const first = await follow();
    send(watches[0], 1);
    await until(() => expect(first.events).toHaveLength(1));
    const [session] = server.sessions;
    session?.goaway(2, 0);
    session?.destroy();
    expect(await first.ended).toMatchObject({ code: "ConnectionFailed", isRetryable: true });
    await follow();
    expect(server.sessions.size).toBe(1);
  });

  it("ends one watch alone when its stream is reset", async () => {
    const [first, second] = await Promise.all([follow(), follow()]);
    (watches[0] as unknown as { stream: { close(code: number): void } }).stream.close(2);
    expect(await first?.ended).toMatchObject({ code: "ConnectionFailed" });
    send(watches[1], 1);
    await until(() => expect(second?.events).toHaveLength(1));
  });

  it("closes the stream of a reader that leaves, and keeps the connection for the next", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const first = await follow({ signal: controller.signal });
    const isClosed = new Promise((resolve) => watches[0]?.once("close", resolve));
    controller.abort(reason);
    expect(await first.ended).toBe(reason);
    await isClosed;
    await follow();
    expect(server.connections).toBe(1);
  });

  it("closes a connection that no watch needs any more", async () => {
    await server[Symbol.asyncDispose]();
    const clock = new ManualClock();
    await start({}, { clock });
    const first = await follow();
    watches[0]?.end();
    expect(await first.ended).toBe("ended");
    await clock.advance(55_000);
    await until(() => expect(server.sessions.size).toBe(0));
  });

  it("opens a second connection when the server takes no more streams", async () => {
    await server[Symbol.asyncDispose]();
    await start({ maxConcurrentStreams: 2 });
    for (let count = 0; count < 5; count += 1) await follow();
    expect(server.sessions.size).toBe(3);
  });

  it("gives every event to a reader that is slower than the server", async () => {
    const stream = await transport.stream(watchOf());
    const padding = "x".repeat(1000);
    const [watch] = watches;
    for (let id = 0; id < 5000; id += 1)
      watch?.write(`${JSON.stringify({ type: "ADDED", object: { id, padding } })}\n`);
    watch?.end();
    let next = 0;
    for await (const received of stream.events) {
      expect((received as { object: { id: number } }).object.id).toBe(next);
      next += 1;
      if (next % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(next).toBe(5000);
  });

  it("does not let a reader that stands still hold up another", async () => {
    await transport.stream(watchOf());
    const second = await follow();
    const line = `${JSON.stringify({ type: "ADDED", object: { padding: "x".repeat(10_000) } })}\n`;
    for (let count = 0; count < 2000; count += 1) watches[0]?.write(line);
    send(watches[1], 1);
    await until(() => expect(second.events).toEqual([event(1)]));
  });

  it("gives the Status of a watch that is refused, and waits out 429", async () => {
    const answers = [429, 410];
    server.intercept = (_request, response) => {
      const status = answers.shift() ?? 500;
      sendJson(response, status, statusOf(status, "Test"), { "retry-after": "0" });
      return true;
    };
    const stream = await transport.stream(watchOf());
    expect(stream).toMatchObject({ status: 410, body: { kind: "Status" } });
    expect(server.requests).toHaveLength(2);
  });

  it("ends what is open when it is disposed of", async () => {
    const first = await follow();
    await transport[Symbol.asyncDispose]();
    expect(await first.ended).toBeInstanceOf(DisposedError);
  });

  it("sees all events over GOAWAY by resuming, as the reflector does", async () => {
    // A server that has numbered events, and hangs up by GOAWAY and an end again and again.
    const log = Array.from({ length: 200 }, (_entry, id) => id + 1);
    server.intercept = (request, response) => {
      const from = Number(/after=(\d+)/.exec(request.url ?? "")?.[1]);
      response.writeHead(200, { "content-type": "application/json" });
      for (const id of log.filter((entry) => entry > from).slice(0, 7)) send(response, id);
      // It says GOAWAY, ends what is open, and hangs up.
      for (const session of server.sessions) session.close();
      response.end();
      return true;
    };
    const seen: number[] = [];
    while (seen.length < log.length) {
      const query = [["after", String(seen.at(-1) ?? 0)]] as const;
      const stream = await transport.stream(watchOf({ query }));
      for await (const received of stream.events)
        seen.push((received as { object: { id: number } }).object.id);
    }
    expect(seen).toEqual(log);
  });
});

describe("a connection that has died", () => {
  it("is found by a PING that is not answered", async () => {
    await transport[Symbol.asyncDispose]();
    const clock = new ManualClock();
    const proxy = await startTcpProxy(Number(new URL(server.url).port));
    try {
      const { caPem, token } = server;
      const url = `https://127.0.0.1:${proxy.port}`;
      transport = createUndiciTransport({ server: url, caPem, token }, { name: "east", clock });
      const first = await follow();
      send(watches[0], 1);
      await until(() => expect(first.events).toHaveLength(1));
      proxy.silence();
      // An interval of silence, and the time that an answer may take: 14 s.
      await clock.advance(8000);
      await clock.advance(6000);
      expect(await first.ended).toMatchObject({
        code: "ConnectionFailed",
        systemCode: "ETIMEDOUT",
      });
    } finally {
      await proxy[Symbol.asyncDispose]();
    }
  });

  it("is not one whose PINGs are answered", async () => {
    await transport[Symbol.asyncDispose]();
    const clock = new ManualClock();
    connect({ clock });
    const pings: unknown[] = [];
    const first = await follow();
    for (const session of server.sessions) session.on("ping", (payload) => pings.push(payload));
    for (let round = 1; round <= 3; round += 1) {
      await clock.advance(8000);
      await until(() => expect(pings).toHaveLength(round));
      await until(() => expect(clock.pendingTimers).toBe(1));
    }
    send(watches[0], 1);
    await until(() => expect(first.events).toHaveLength(1));
  });
});

describe("without HTTP/2", () => {
  it("uses a connection for each watch, and remembers", async () => {
    await server[Symbol.asyncDispose]();
    await start({ http2: false });
    const all = [await follow(), await follow(), await follow()];
    expect(fallbacks).toEqual(["not-offered"]);
    expect(dials.map(({ protocol }) => protocol)).toEqual(["http/1.1", "http/1.1", "http/1.1"]);
    watches.forEach((watch, id) => send(watch, id));
    await until(() => expect(all.flatMap(({ events }) => events)).toHaveLength(3));
  });

  it("does so as well where HTTP/2 is chosen and then not spoken", async () => {
    const broken = await startBrokenServer("HTTP/1.1 400 Bad Request\r\n\r\n");
    try {
      connectTo(broken);
      const first = await transport.stream(watchOf());
      expect([first.status, fallbacks]).toEqual([200, ["broken"]]);
    } finally {
      await broken.close();
    }
  });

  it("does so as well where HTTP/2 is chosen and hung up on twice", async () => {
    const broken = await startBrokenServer(undefined);
    try {
      connectTo(broken);
      await expect(transport.stream(watchOf())).rejects.toMatchObject({ code: "ConnectionFailed" });
      const second = await transport.stream(watchOf());
      expect([second.status, fallbacks]).toEqual([200, ["broken"]]);
    } finally {
      await broken.close();
    }
  });
});

function connectTo(broken: { readonly url: string; readonly caPem: string }): void {
  transport = createUndiciTransport(
    { server: broken.url, caPem: broken.caPem },
    { name: "east", observer: { onHttp2Fallback: ({ reason }) => fallbacks.push(reason) } },
  );
}

/** Chooses h2 in ALPN and then says something else, or nothing; over HTTP/1.1 it answers a watch. */
async function startBrokenServer(greeting: string | undefined) {
  const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const { certPem: cert, keyPem: key } = authority.issueServer({ hosts: ["127.0.0.1"] });
  const sockets = new Set<TLSSocket>();
  const broken = createTlsServer({ cert, key, ALPNProtocols: ["h2", "http/1.1"] }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => {
      if (socket.alpnProtocol === "h2") socket.end(greeting ?? "");
      else socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => {
    broken.listen(0, "127.0.0.1", resolve);
  });
  const { port } = broken.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    caPem: authority.caPem,
    close: async () => {
      await transport[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => broken.close(resolve));
    },
  };
}
