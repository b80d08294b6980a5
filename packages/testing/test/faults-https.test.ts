import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { Agent, request } from "node:https";
import { ConfigMap, ConnectionFailedError, createClusterClient, systemClock } from "@kvop/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startApiServer } from "../src/api-server/api-server.js";
import type { ListeningApiServer } from "../src/api-server/api-server-options.js";
import { httpsTransport } from "../src/envtest/https-transport.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Undefined: the answer ended well. */
  readonly error: string | undefined;
}

/** A client of one connection: what it sees is what the wire carries. */
interface WireClient {
  send(method: string, path: string, body?: object): Promise<Answer>;
}

async function startServer() {
  const listening = await startApiServer();
  cleanups.push(() => listening[Symbol.asyncDispose]());
  return listening;
}

function http1(listening: ListeningApiServer): WireClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: listening.caPem });
  cleanups.push(() => agent.destroy());
  return {
    send: (method, path, body) =>
      new Promise((resolve) => {
        let text = "";
        const asked = request(`${listening.url}${path}`, {
          agent,
          method,
          headers: {
            authorization: `Bearer ${listening.adminToken}`,
            "content-type": "application/json",
          },
        });
        const fail = (error: NodeJS.ErrnoException) =>
          resolve({ status: 0, headers: {}, text, error: error.code ?? error.message });
        asked.on("error", fail);
        asked.on("response", (response) => {
          const head = { status: response.statusCode ?? 0, headers: response.headers };
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("error", (error: NodeJS.ErrnoException) =>
            resolve({ ...head, text, error: error.code ?? error.message }),
          );
          response.on("end", () => resolve({ ...head, text, error: undefined }));
        });
        asked.end(body === undefined ? undefined : JSON.stringify(body));
      }),
  };
}

function http2(
  listening: ListeningApiServer,
): WireClient & { readonly session: ClientHttp2Session } {
  const session = connect(listening.url, { ca: listening.caPem });
  session.on("error", () => undefined);
  cleanups.push(() => session.destroy());
  return {
    session,
    send: (method, path, body) =>
      new Promise((resolve) => {
        let text = "";
        let head = { status: 0, headers: {} };
        const stream = session.request({
          ":method": method,
          ":path": path,
          authorization: `Bearer ${listening.adminToken}`,
          "content-type": "application/json",
        });
        stream.on("response", (headers) => {
          head = { status: Number(headers[":status"]), headers };
        });
        stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
        let failure: string | undefined;
        stream.on("error", (error: NodeJS.ErrnoException) => {
          failure = error.code ?? error.message;
        });
        stream.on("close", () => {
          const isWell = failure === undefined && head.status > 0;
          resolve({ ...head, text, error: isWell ? undefined : (failure ?? "closed") });
        });
        stream.end(body === undefined ? undefined : JSON.stringify(body));
      }),
  };
}

const path = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });

describe.each([
  ["HTTP/1.1", http1],
  ["HTTP/2", http2],
] as const)("%s", (protocol, connectTo) => {
  const start = async () => {
    const listening = await startServer();
    const { server } = listening;
    const admin = server.client();
    const find = (name: string) => admin.find(ConfigMap, { namespace: "default", name });
    return { listening, server, client: connectTo(listening), find };
  };

  test("an answer made up, with Retry-After", async () => {
    const { server, client, find } = await start();
    using fault = server.faults
      .on({ verb: "create", name: "a" })
      .once()
      .answer(429, { retryAfterSeconds: 2 });
    expect(await client.send("POST", path, configMap("a"))).toMatchObject({
      status: 429,
      headers: { "retry-after": "2" },
      text: expect.stringContaining('"reason":"TooManyRequests"'),
    });
    expect(fault.applied).toBe(1);
    expect(await client.send("POST", path, configMap("a"))).toMatchObject({ status: 201 });
    expect(await find("a")).toBeDefined();
  });

  test("a write happens though its answer is lost", async () => {
    const { server, client, find } = await start();
    using _fault = server.faults.on({ verb: "create" }).once().loseAnswer();
    const { status, error } = await client.send("POST", path, configMap("a"));
    expect({ status, isLost: error !== undefined }).toEqual({ status: 0, isLost: true });
    expect(await find("a")).toBeDefined();
    expect(server.requests[0]).toMatchObject({ verb: "create", status: 0, bytes: 0 });
  });

  test.each(["close", "reset"] as const)("%s: no answer, nothing written", async (how) => {
    const { server, client, find } = await start();
    using _fault = server.faults.on({ verb: "create" })[how]();
    const { status, error } = await client.send("POST", path, configMap("a"));
    expect({ status, isLost: error !== undefined }).toEqual({ status: 0, isLost: true });
    expect(await find("a")).toBeUndefined();
  });

  test("a stalled request goes on when the fault is undone, others pass", async () => {
    const { server, client, find, listening } = await start();
    const fault = server.faults.on({ verb: "create" }).stall();
    const creating = client.send("POST", path, configMap("a"));
    await fault.waitUntilApplied();
    expect(await connectTo(listening).send("GET", path)).toMatchObject({ status: 200 });
    expect(await find("a")).toBeUndefined();
    fault.undo();
    expect(await creating).toMatchObject({ status: 201 });
  });

  test("a stalled request whose client has gone is dropped", async () => {
    const { server, find, listening } = await start();
    const fault = server.faults.on({ verb: "create" }).stall();
    const gone = connectTo(listening).send("POST", path, configMap("a"));
    await fault.waitUntilApplied();
    cleanups.pop()?.();
    await gone;
    await vi.waitFor(() => expect(server.faults.resetConnections()).toBe(0));
    fault.undo();
    await vi.waitFor(() => expect(server.requests[0]).toMatchObject({ ended: true, status: 0 }));
    expect(await find("a")).toBeUndefined();
  });

  test("a watch whose client has gone before it begins is not left open", async () => {
    const { server, listening } = await start();
    let release = (): void => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    let isReached = false;
    using _gate = server.intercept(async (request, next) => {
      const answer = await next(request);
      isReached = true;
      await isReleased;
      return answer;
    });
    const gone = connectTo(listening).send("GET", `${path}?watch=true`);
    await vi.waitFor(() => expect(isReached).toBe(true));
    cleanups.pop()?.();
    await gone;
    await vi.waitFor(() => expect(server.faults.resetConnections()).toBe(0));
    release();
    await vi.waitFor(() => expect(server.requests[0]).toMatchObject({ ended: true, status: 200 }));
    expect(await connectTo(listening).send("GET", "/readyz")).toMatchObject({ status: 200 });
    expect(server.inUse()).toEqual([]);
  });

  test("a body that ends early, broken or as if it were whole", async () => {
    const { server, client, listening } = await start();
    using _broken = server.faults.on({ verb: "list" }).once().truncate({ bytes: 10 });
    const broken = await client.send("GET", path);
    expect(broken).toMatchObject({ status: 200, text: '{"kind":"C' });
    expect(broken.error).toBeDefined();
    using _clean = server.faults.on({ verb: "list" }).truncate({ bytes: 12, ending: "clean" });
    expect(await connectTo(listening).send("GET", path)).toMatchObject({
      status: 200,
      text: '{"kind":"Con',
      error: undefined,
    });
  });

  test("a watch is cut in the middle of a line", async () => {
    const { server, client } = await start();
    using _fault = server.faults.on({ verb: "watch" }).truncate({ bytes: 15 });
    const watching = client.send("GET", `${path}?watch=true&resourceVersion=0`);
    await vi.waitFor(() => expect(server.requests[0]?.status).toBe(200));
    await server.client().create(ConfigMap, { metadata: { namespace: "default", name: "a" } });
    const { text, error } = await watching;
    expect(text).toBe('{"type":"ADDED"');
    expect(error).toBeDefined();
  });

  test("a watch that is open breaks", async () => {
    const { server, client } = await start();
    const watching = client.send("GET", `${path}?watch=true`);
    await vi.waitFor(() => expect(server.faults.engines[0]?.taps).toHaveLength(1));
    using fault = server.faults.on().breakWatch();
    expect((await watching).error).toBeDefined();
    expect(fault.applied).toBe(1);
  });

  test("half-open: silent both ways, and all goes on when the fault is undone", async () => {
    const { server, client, find } = await start();
    await client.send("GET", "/version");
    const fault = server.faults.haltConnections();
    expect(fault.applied).toBe(1);
    let isAnswered = false;
    const creating = client.send("POST", path, configMap("a")).finally(() => {
      isAnswered = true;
    });
    // What another connection could do by then shows that this one was not merely slow.
    for (let round = 0; round < 20; round += 1) await find("b");
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(server.requests.filter(({ verb }) => verb === "create")).toEqual([]);
    expect(isAnswered).toBe(false);
    fault.undo();
    expect(await creating).toMatchObject({ status: 201 });
  });

  test("half-open by a request: it is not answered until the fault is undone", async () => {
    const { server, client } = await start();
    const fault = server.faults.on({ verb: "create" }).once().goHalfOpen();
    const creating = client.send("POST", path, configMap("a"));
    await fault.waitUntilApplied();
    const listing = client.send("GET", path);
    fault.undo();
    expect([(await creating).status, (await listing).status]).toEqual([201, 200]);
  });

  test("a new certificate of the same authority, of another one, for another host", async () => {
    const { server, listening } = await start();
    const outcome = async () => (await connectTo(listening).send("GET", "/version")).status;
    for (const [options, status] of [
      [{}, 200],
      [{ authority: "other" }, 0],
      [{ hosts: ["elsewhere.example"] }, 0],
      [{ notAfterMs: systemClock.now() - 60_000 }, 0],
    ] as const) {
      using _fault = server.faults.changeCertificate(options);
      expect({ options, status: await outcome() }).toEqual({ options, status });
    }
    expect(await outcome()).toBe(200);
  });

  test("a watch that opens later ends at once, whole", async () => {
    const { server, client } = await start();
    using _fault = server.faults.on({ verb: "watch" }).once().endWatch();
    const path1 = `${path}?watch=true&resourceVersion=0`;
    expect(await client.send("GET", path1)).toMatchObject({ status: 200, text: "" });
  });

  test("of two changed certificates, the later counts until it is undone", async () => {
    const { server, listening } = await start();
    const outcome = async () => (await connectTo(listening).send("GET", "/version")).status;
    const other = server.faults.changeCertificate({ authority: "other" });
    const same = server.faults.changeCertificate();
    expect(await outcome()).toBe(200);
    same.undo();
    expect(await outcome()).toBe(0);
    other.undo();
    expect(await outcome()).toBe(200);
  });

  test("of two faults that halt a connection, each holds it", async () => {
    const { server, client, listening } = await start();
    await client.send("GET", "/version");
    const first = server.faults.haltConnections();
    const second = server.faults.on({ verb: "list" }).goHalfOpen();
    const [connection] = connectionsOf(server);
    for (const { target } of server.faults.engines)
      expect(target.hub.connections()).toHaveLength(1);
    if (connection === undefined) throw new Error("the client has no connection");
    server.faults.engines[0]?.halt(connection, second as never);
    const asking = client.send("GET", path);
    first.undo();
    // Another connection is answered meanwhile: this one had the time to be.
    await connectTo(listening).send("GET", "/readyz");
    await connectTo(listening).send("GET", "/readyz");
    expect(server.requests.filter(({ verb }) => verb === "list")).toEqual([]);
    second.undo();
    expect(await asking).toMatchObject({ status: 200 });
  });

  test("new connections are reset, closed, or get no handshake", async () => {
    const listening = await startServer();
    const { server } = listening;
    for (const how of ["reset", "close"] as const) {
      using fault = server.faults.onConnection().once()[how]();
      expect(await connectTo(listening).send("GET", "/version")).toMatchObject({ status: 0 });
      expect(await connectTo(listening).send("GET", "/version")).toMatchObject({ status: 200 });
      expect(fault).toMatchObject({ matched: 2, applied: 1 });
    }
    const fault = server.faults.onConnection().stall();
    const asking = connectTo(listening).send("GET", "/version");
    await fault.waitUntilApplied();
    fault.undo();
    expect(await asking).toMatchObject({ status: 200 });
  });

  test("out of reach, and a restart: data kept or lost", async () => {
    const { server, listening, find } = await start();
    const ask = () => connectTo(listening).send("GET", "/version");
    {
      using _outage = server.faults.goDown();
      expect(await ask()).toMatchObject({ status: 0 });
    }
    await connectTo(listening).send("POST", path, configMap("a"));
    await server.restart();
    expect(await ask()).toMatchObject({ status: 200 });
    expect(await find("a")).toBeDefined();
    await server.restart({ data: "lost" });
    expect(await ask()).toMatchObject({ status: 200 });
    expect(await find("a")).toBeUndefined();
  });

  test(`GOAWAY, or its like in ${protocol}`, async () => {
    const { server, client } = await start();
    await client.send("GET", "/version");
    const [before] = connectionsOf(server);
    using _fault = server.faults.on({ verb: "list" }).once().goAway();
    expect(await client.send("GET", path)).toMatchObject({ status: 200, error: undefined });
    await vi.waitFor(() => expect(connectionsOf(server)).not.toContain(before));
  });
});

test("GOAWAY that refuses a request says which one was the last", async () => {
  const listening = await startServer();
  const { server } = listening;
  const client = http2(listening);
  await client.send("GET", "/version");
  const goaway = once(client.session, "goaway");
  using _fault = server.faults.on({ verb: "create" }).goAway({ refuse: true });
  const { status, error } = await client.send("POST", path, configMap("a"));
  expect(status).toBe(0);
  expect(error).toBeDefined();
  const [code, lastStream] = await goaway;
  expect([code, lastStream]).toEqual([constants.NGHTTP2_NO_ERROR, 1]);
  expect((await server.client().list(ConfigMap, { namespace: "default" })).items).toEqual([]);
});

test("GOAWAY on all connections at once", async () => {
  const listening = await startServer();
  const client = http2(listening);
  await client.send("GET", "/version");
  const goaway = once(client.session, "goaway");
  expect(listening.server.faults.sendGoAway()).toBe(1);
  await goaway;
});

test("a client of this package takes a lost connection for what it is", async () => {
  const { url, caPem, adminToken: token, server } = await startServer();
  const transport = httpsTransport({ name: "east", url, caPem, token, clock: systemClock });
  const client = createClusterClient(transport, { role: "cluster", name: "east" });
  cleanups.push(() => client[Symbol.asyncDispose]());
  using _fault = server.faults.on().once().reset();
  await expect(client.list(ConfigMap, { namespace: "default" })).rejects.toThrow(
    ConnectionFailedError,
  );
  await client.list(ConfigMap, { namespace: "default" });
});

function connectionsOf(server: ListeningApiServer["server"]) {
  return server.faults.engines.flatMap(({ target }) => target.hub.connections());
}
