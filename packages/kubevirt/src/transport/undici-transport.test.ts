import { DeadlineExceededError, DisposedError, type TransportRequest } from "@kvop/core";
import { afterEach, beforeEach, expect, it } from "vitest";

import { ManualClock } from "../../../core/test/manual-clock.js";
import manifest from "../../package.json" with { type: "json" };
import {
  type ClusterServer,
  sendJson,
  startClusterServer,
  statusOf,
} from "../../test/cluster-server.js";
import { createUndiciTransport } from "./undici-transport.js";
import { until } from "../../test/until.js";

let server: ClusterServer;
let transport: ReturnType<typeof createUndiciTransport>;

beforeEach(async () => {
  server = await startClusterServer();
  const { url, caPem, token } = server;
  transport = createUndiciTransport({ server: url, caPem, token }, { name: "east" });
});
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  await until(() => expect(server.sockets.size).toBe(0));
  await server[Symbol.asyncDispose]();
});

const get = (more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "GET",
  path: "/api",
  verb: "get",
  resource: "",
  timeoutMs: 10_000,
  ...more,
});
const post = (): TransportRequest => get({ method: "POST", verb: "create", body: { a: "ä" } });

/** Answers with each of the statuses once, then as always. */
function failWith(statuses: readonly number[], headers: Record<string, string> = {}): void {
  const left = [...statuses];
  server.intercept = (_request, response) => {
    const status = left.shift();
    if (status === undefined) return false;
    sendJson(response, status, statusOf(status, "Test"), headers);
    return true;
  };
}

it("says who it is and keeps its connection", async () => {
  let agent: string | undefined;
  server.intercept = (request) => {
    agent = request.headers["user-agent"];
    return false;
  };
  for (let call = 0; call < 20; call += 1) await transport.request(get());
  expect(agent).toBe(`kvop/${manifest.version} (manager)`);
  expect(server.connections).toBeLessThanOrEqual(2);
});

it("keeps its connection over deletions that say how", async () => {
  const body = { propagationPolicy: "Background" };
  for (let call = 0; call < 20; call += 1)
    await transport.request(get({ method: "DELETE", verb: "delete", body }));
  expect(server.connections).toBeLessThanOrEqual(2);
});

it("waits out a 429 with Retry-After, for any verb", async () => {
  server.objects.set("/api", { ok: true });
  failWith([429, 429], { "retry-after": "0" });
  expect((await transport.request(post())).status).toBe(200);
  expect(server.requests).toHaveLength(3);
});

it("gives a 429 back when the wait is longer than the deadline, or there is none", async () => {
  failWith([429], { "retry-after": "60" });
  expect((await transport.request(get())).status).toBe(429);
  failWith([429]);
  expect((await transport.request(get())).status).toBe(429);
});

it("repeats a GET after 503 and 504, but no write", async () => {
  failWith([503, 504], { "retry-after": "0" });
  expect((await transport.request(get())).status).toBe(200);
  failWith([503], { "retry-after": "0" });
  expect((await transport.request(post())).status).toBe(503);
});

it("repeats a GET, but no write, when a kept connection was closed meanwhile", async () => {
  await transport.request(get());
  let losses = 1;
  server.intercept = (request) => {
    if (losses === 0) return false;
    losses -= 1;
    request.socket.destroy();
    return true;
  };
  expect((await transport.request(get())).status).toBe(200);
  losses = 1;
  await expect(transport.request(post())).rejects.toMatchObject({ code: "ConnectionFailed" });
  expect(server.requests).toHaveLength(4);
});

it("does not repeat a GET when a new connection is closed", async () => {
  server.intercept = (request) => {
    request.socket.destroy();
    return true;
  };
  await expect(transport.request(get())).rejects.toMatchObject({ code: "ConnectionFailed" });
  expect(server.requests).toHaveLength(1);
});

it("does not repeat a GET whose answer has begun", async () => {
  await transport.request(get());
  server.intercept = (request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write("{", () => request.socket.destroy());
    return true;
  };
  await expect(transport.request(get())).rejects.toMatchObject({ code: "ConnectionFailed" });
  expect(server.requests).toHaveLength(2);
});

it("keeps the deadline and the signal", async () => {
  const { url, caPem, token } = server;
  const clock = new ManualClock();
  await transport[Symbol.asyncDispose]();
  transport = createUndiciTransport({ server: url, caPem, token }, { name: "east", clock });
  server.intercept = () => true;
  const late = transport.request(get({ timeoutMs: 50 })).catch((error: unknown) => error);
  await until(() => expect(server.requests).toHaveLength(1));
  await clock.advance(50);
  expect(await late).toBeInstanceOf(DeadlineExceededError);
  const controller = new AbortController();
  const reason = new Error("enough");
  const call = transport
    .request(get({ signal: controller.signal }))
    .catch((error: unknown) => error);
  await until(() => expect(server.requests).toHaveLength(2));
  controller.abort(reason);
  expect(await call).toBe(reason);
  expect(clock.pendingTimers).toBe(0);
});

type Deadlines = {
  readonly headersTimeoutMs?: number;
  readonly bodyTimeoutMs?: number;
  readonly timeoutMs?: number;
};
const deadlines: ReadonlyArray<
  readonly [silentIn: string, deadlines: Deadlines, phase: string, waitMs: number, saidMs: number]
> = [
  ["head", { headersTimeoutMs: 2000 }, "headers", 2000, 2000],
  ["head", {}, "headers", 60_000, 60_000],
  ["body", { bodyTimeoutMs: 3000 }, "body", 3000, 3000],
  [
    "body",
    { headersTimeoutMs: 10, bodyTimeoutMs: 90_000, timeoutMs: 80_000 },
    "body",
    80_000,
    80_000,
  ],
];

it.each(deadlines)(
  "keeps a deadline for the %s of an answer, by %j",
  async (silentIn, { timeoutMs = 0, ...options }, phase, waitMs, saidMs) => {
    const { url, caPem, token } = server;
    const clock = new ManualClock();
    await transport[Symbol.asyncDispose]();
    transport = createUndiciTransport(
      { server: url, caPem, token },
      { name: "east", clock, ...options },
    );
    server.intercept = (_request, response) => {
      if (silentIn === "head") return true;
      response.writeHead(200, { "content-type": "application/json", "content-length": "10" });
      response.write("{");
      return true;
    };
    let error: unknown;
    transport.request(get({ timeoutMs })).catch((reason: unknown) => (error = reason));
    await until(() => expect(server.requests).toHaveLength(1));
    // The head is there when its deadline is gone: then there is one timer, that of the body or of the whole.
    if (silentIn === "body") {
      const dueMs = () => clock.nextDueMs;
      await until(() => expect(dueMs()).toBe(waitMs));
    }
    await clock.advance(waitMs);
    expect(error).toMatchObject({ code: "DeadlineExceeded", phase, timeoutMs: saidMs });
  },
);

it("sends a body and an encoded query, and reads UTF-8", async () => {
  let received = "";
  server.intercept = (request, response) => {
    request.on("data", (chunk: Buffer) => (received += chunk.toString("utf8")));
    request.on("end", () => sendJson(response, 200, { text: "ü€" }));
    return true;
  };
  const answer = await transport.request({ ...post(), query: [["labelSelector", "a=b,c in (d)"]] });
  expect(JSON.parse(received)).toEqual({ a: "ä" });
  expect(answer.body).toEqual({ text: "ü€" });
  expect(server.requests[0]).toContain("labelSelector=a%3Db%2Cc%20in%20(d)");
});

it("reads a watch line by line, however it is cut into chunks", async () => {
  const lines = [
    { type: "ADDED", object: { name: "größe€" } },
    { type: "MODIFIED", object: {} },
  ];
  server.intercept = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    for (const byte of bytes) response.write(Buffer.from([byte]));
    response.end();
    return true;
  };
  const stream = await transport.stream(get({ verb: "watch" }));
  const events: unknown[] = [];
  for await (const event of stream.events) events.push(event);
  expect(events).toEqual(lines);
});

it("closes a watch whose reader leaves, or whose signal aborts", async () => {
  server.intercept = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"type":"ADDED","object":{}}\n');
    return true;
  };
  const stream = await transport.stream(get({ verb: "watch" }));
  for await (const event of stream.events) {
    expect(event).toBeDefined();
    break;
  }
  await until(() =>
    expect([server.sockets.size, server.connections, server.requests.length]).toEqual([0, 1, 1]),
  );
  const controller = new AbortController();
  const reason = new Error("enough");
  const second = await transport.stream(get({ verb: "watch", signal: controller.signal }));
  const read = async (): Promise<void> => {
    for await (const _event of second.events) controller.abort(reason);
  };
  await expect(read()).rejects.toBe(reason);
});

it("gives every event to a reader that is slower than the server", async () => {
  server.intercept = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const padding = "x".repeat(1000);
    for (let id = 0; id < 3000; id += 1)
      response.write(`${JSON.stringify({ type: "ADDED", object: { id, padding } })}\n`);
    response.end();
    return true;
  };
  const stream = await transport.stream(get({ verb: "watch" }));
  let next = 0;
  for await (const event of stream.events) {
    expect((event as { object: { id: number } }).object.id).toBe(next);
    next += 1;
    if (next % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(next).toBe(3000);
});

it("gives the Status of a watch that is refused", async () => {
  failWith([410]);
  const stream = await transport.stream(get({ verb: "watch" }));
  expect(stream).toMatchObject({ status: 410, body: { kind: "Status" } });
});

it("ends what is open when it is disposed of, and takes nothing more", async () => {
  server.intercept = () => true;
  const call = transport.request(get()).catch((reason: unknown) => reason);
  await until(() => expect(server.requests).toHaveLength(1));
  await transport[Symbol.asyncDispose]();
  expect(await call).toBeInstanceOf(DisposedError);
  await expect(transport.request(get())).rejects.toBeInstanceOf(DisposedError);
});
