import { DeadlineExceededError, type TransportRequest } from "@kvop/core";
import { afterEach, beforeEach, expect, it } from "vitest";

import { ManualClock } from "../../../core/test/manual-clock.js";
import {
  type ClusterServer,
  sendJson,
  startClusterServer,
  statusOf,
} from "../../test/cluster-server.js";
import type {
  DialObservation,
  RequestObservation,
  RetryObservation,
  WatchEndObservation,
} from "./transport-observer.js";
import { createUndiciTransport, type UndiciTransportOptions } from "./undici-transport.js";
import { until } from "../../test/until.js";

let server: ClusterServer;
let clock: ManualClock;
let transport: ReturnType<typeof createUndiciTransport>;
let requests: RequestObservation[];
let retries: RetryObservation[];
let dials: DialObservation[];
let watchEnds: WatchEndObservation[];

beforeEach(async () => {
  server = await startClusterServer();
  clock = new ManualClock();
  connect();
});
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  await until(() => expect(server.sockets.size).toBe(0));
  await server[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
});

function connect(options: Partial<UndiciTransportOptions> = {}): void {
  const { url, caPem, token } = server;
  [requests, retries, dials, watchEnds] = [[], [], [], []];
  transport = createUndiciTransport(
    { server: url, caPem, token },
    {
      name: "east",
      clock,
      random: { next: () => 0, bytes: () => new Uint8Array(), uuid: () => "" },
      observer: {
        onRequest: (observation) => requests.push(observation),
        onRetry: (observation) => retries.push(observation),
        onDial: (observation) => dials.push(observation),
        onWatchEnd: (observation) => watchEnds.push(observation),
      },
      ...options,
    },
  );
}

const get = (more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "GET",
  path: "/api",
  verb: "get",
  resource: "things",
  timeoutMs: 10_000,
  ...more,
});

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

/** Lets the clock run until a call is done, as fast as the sockets are. */
async function running<T>(call: Promise<T>): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  call.then(done, done);
  while (!isDone) await clock.advance(retries.length > 0 ? 50 : 0);
  return call;
}

it("is told of each request, with its verb, resource, status and time", async () => {
  await running(transport.request(get()));
  await running(transport.request(get({ path: "/none", verb: "delete", method: "DELETE" })));
  const subject = { cluster: "east", resource: "things", failure: undefined, retries: 0 };
  expect(requests).toMatchObject([
    { ...subject, verb: "get", method: "GET", code: 200, rateLimitedMs: 0 },
    { ...subject, verb: "delete", method: "DELETE", code: 404 },
  ]);
  expect(dials).toMatchObject([{ cluster: "east", protocol: "http/1.1", isSessionReused: false }]);
});

it("is told of failures by their code, and that a caller gave up", async () => {
  server.intercept = () => true;
  const controller = new AbortController();
  const call = transport.request(get({ signal: controller.signal }));
  await until(() => expect(server.requests).toHaveLength(1));
  controller.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  const late = transport.request(get({ timeoutMs: 100 })).catch((error: unknown) => error);
  await until(() => expect(server.requests).toHaveLength(2));
  await clock.advance(100);
  expect(await late).toBeInstanceOf(DeadlineExceededError);
  expect(requests).toMatchObject([
    { code: 0, failure: "Aborted" },
    { code: 0, failure: "DeadlineExceeded", durationMs: 100 },
  ]);
});

it("is told of each repetition and its reason", async () => {
  failWith([503, 504]);
  await running(transport.request(get()));
  expect(retries).toMatchObject([
    { verb: "get", reason: 503, delayMs: 200 },
    { verb: "get", reason: 504, delayMs: 400 },
  ]);
  expect(requests).toMatchObject([{ code: 200, retries: 2 }]);
});

it("waits for the date that Retry-After names, for any verb", async () => {
  const date = new Date(clock.now() + 3000).toUTCString();
  failWith([429], { "retry-after": date });
  server.objects.set("/things", {});
  await running(transport.request(get({ method: "POST", path: "/things", verb: "create" })));
  expect(retries).toMatchObject([{ verb: "create", reason: 429, delayMs: 3000 }]);
  expect(requests).toMatchObject([{ code: 200, retries: 1 }]);
});

it.each([
  ["429 and longer than the deadline", 429, { "retry-after": "11" }, "GET"],
  ["429 and nameless", 429, {}, "GET"],
  ["503 and longer than the deadline", 503, { "retry-after": "11" }, "GET"],
  ["503 of a write", 503, { "retry-after": "0" }, "POST"],
  ["500", 500, { "retry-after": "0" }, "GET"],
  ["502", 502, { "retry-after": "0" }, "GET"],
] as const)(
  "is not told of a wait that is not made: %s",
  async (_kind, status, headers, method) => {
    failWith([status, status], { ...headers });
    expect((await running(transport.request(get({ method })))).status).toBe(status);
    expect([retries, requests.length, server.requests.length]).toEqual([[], 1, 1]);
  },
);

it("gives up after three repetitions of a failure", async () => {
  failWith([503, 503, 503, 503, 503]);
  expect((await running(transport.request(get({ timeoutMs: 60_000 })))).status).toBe(503);
  expect(retries.map(({ delayMs }) => delayMs)).toEqual([200, 400, 800]);
});

it("ends a wait with the caller's signal, and with the disposal", async () => {
  failWith([429, 429], { "retry-after": "5" });
  const controller = new AbortController();
  const reason = new Error("enough");
  const calls = [
    transport.request(get({ signal: controller.signal })).catch((error: unknown) => error),
    transport.request(get()).catch((error: unknown) => error),
  ];
  await until(() => expect(retries).toHaveLength(2));
  controller.abort(reason);
  expect(await calls[0]).toBe(reason);
  await transport[Symbol.asyncDispose]();
  expect(await calls[1]).toMatchObject({ code: "Disposed" });
});

it("is told of waits for the client's own limit; one that cannot end in time fails at once", async () => {
  connect({ requestsPerSecond: 1, burst: 1 });
  const calls = [900, 900, 2700].map((timeoutMs) => transport.request(get({ timeoutMs })));
  const results = Promise.allSettled(calls);
  await expect(calls[1]).rejects.toMatchObject({ code: "DeadlineExceeded", phase: "rate limit" });
  await until(() => expect(requests).toHaveLength(2));
  expect(clock.now()).toBe(new ManualClock().now());
  await clock.advance(1000);
  expect((await results).map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(requests.at(-1)).toMatchObject({ code: 200, rateLimitedMs: 1000, durationMs: 1000 });
});

it("keeps those in order who wait for a connection, within their deadlines", async () => {
  connect({ maxConnections: 1 });
  server.intercept = () => true;
  const first = transport.request(get({ timeoutMs: 0, path: "/first" })).catch(() => "gone");
  await until(() => expect(server.requests).toHaveLength(1));
  const late = transport.request(get({ timeoutMs: 100 })).catch((error: unknown) => error);
  const next = transport.request(get({ path: "/next" })).catch(() => "gone");
  await clock.advance(100);
  expect(await late).toMatchObject({ code: "DeadlineExceeded", phase: "connection" });
  for (const socket of server.sockets) socket.destroy();
  expect(await first).toBe("gone");
  await until(() => expect(server.requests).toEqual(["GET /first", "GET /next"]));
  await transport[Symbol.asyncDispose]();
  expect(await next).toBe("gone");
});

it("is told of the end of a watch", async () => {
  server.intercept = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"type":"ADDED","object":{}}\n{"cut');
    response.end();
    return true;
  };
  const stream = await transport.stream(get({ verb: "watch" }));
  const read = async (): Promise<void> => {
    for await (const event of stream.events) expect(event).toBeDefined();
  };
  await expect(read()).rejects.toMatchObject({ code: "ConnectionFailed" });
  expect(requests).toMatchObject([{ verb: "watch", code: 200 }]);
  expect(watchEnds).toMatchObject([{ verb: "watch", failure: "ConnectionFailed" }]);
});

it("may throw, which concerns no request", async () => {
  const fail = (): never => {
    throw new Error("an observer of little use");
  };
  connect({ observer: { onRequest: fail, onDial: fail, onRetry: fail } });
  expect((await transport.request(get())).status).toBe(200);
});
