import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";

import { type OwnedClient, type RemoteClient, systemClock, systemRandom } from "@kvop/core";
import { afterEach, describe, expect, it } from "vitest";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";
import { connectTo, expectFailure, failureOf, SHORT_MS } from "./faulty-client.js";
import { cut, type Expectation, late, lost, tooLarge, unexpected } from "./faults.js";
import { type FaultyServer, reset, startFaultyServer, watchLine } from "./faulty-server.js";
import { until } from "./until.js";

let server: FaultyServer | undefined;
let client: OwnedClient<RemoteClient> | undefined;

afterEach(async () => {
  await client?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  client = undefined;
  server = undefined;
});

describe("a watch over HTTP/2", () => {
  const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const { certPem: cert, keyPem: key } = authority.issueServer({ hosts: ["127.0.0.1"] });
  const ok = { ":status": 200, "content-type": "application/json" };
  const sockets = new Set<Socket>();
  type StreamFault = readonly [string, (stream: ServerHttp2Stream) => void, Expectation];

  const pumpStream = (stream: ServerHttp2Stream, text: string): void => {
    const write = (): void => {
      while (!stream.destroyed && stream.write(text));
    };
    stream.on("drain", write);
    write();
  };
  const faults: readonly StreamFault[] = [
    ["says nothing", () => undefined, late("headers")],
    ["is reset before its headers", (stream) => stream.close(2), lost],
    ["is refused", (stream) => stream.close(7), lost],
    ["loses its connection", () => sockets.forEach((socket) => socket.destroy()), lost],
    ["loses its connection by RST", () => sockets.forEach(reset), lost],
    [
      "loses its connection by an error",
      (stream) => stream.session?.destroy(new Error("x"), 2),
      lost,
    ],
    [
      "is one interim answer after another",
      (stream) => {
        for (let count = 0; count < 20; count += 1) stream.additionalHeaders({ ":status": 103 });
      },
      unexpected(/interim/),
    ],
    [
      "is reset within its lines",
      (stream) => {
        stream.respond(ok);
        stream.write(watchLine("a"), () => stream.destroy(new Error("x")));
      },
      lost,
    ],
    [
      "ends within a line",
      (stream) => {
        stream.respond(ok);
        stream.end(`${watchLine("a")}{"type":`);
      },
      cut,
    ],
    [
      "is HTML",
      (stream) => {
        stream.respond({ ":status": 200, "content-type": "text/html" });
        stream.write("<html>");
      },
      unexpected(/not JSON/),
    ],
    [
      "has a line that is not JSON",
      (stream) => {
        stream.respond(ok);
        stream.write(`${watchLine("a")}<html>\n`);
      },
      unexpected(/not JSON/),
    ],
    [
      "has a line that is no UTF-8",
      (stream) => {
        stream.respond(ok);
        stream.write(Buffer.from([0xff, 0x0a]));
      },
      unexpected(/UTF-8/),
    ],
    [
      "has a line without end",
      (stream) => {
        stream.respond(ok);
        pumpStream(stream, "x".repeat(64 * 1024));
      },
      tooLarge,
    ],
    [
      "is an error without end",
      (stream) => {
        stream.respond({ ":status": 500, "content-type": "text/plain" });
        pumpStream(stream, "x".repeat(64 * 1024));
      },
      tooLarge,
    ],
    [
      "has a body without headers' end",
      (stream) => {
        stream.respond({ ":status": 500, "content-type": "application/json" });
        stream.write("{");
      },
      late("headers"),
    ],
    [
      "has huge headers",
      (stream) => {
        stream.respond({ ...ok, a: "x".repeat(100_000) });
      },
      // Node 20 leaves the session stuck, which the PING finds; later ones say what is wrong.
      { code: expect.stringMatching(/^(ConnectionFailed|UnexpectedResponse)$/) as string },
    ],
  ];

  async function listen(onStream: (stream: ServerHttp2Stream) => void) {
    const sessions = new Set<ServerHttp2Session>();
    sockets.clear();
    const open = createSecureServer({ cert, key, maxSendHeaderBlockLength: 1024 * 1024 });
    open.on("connection", (socket: Socket) => sockets.add(socket));
    open.on("session", (session) => {
      sessions.add(session);
      session.on("error", () => undefined);
      session.on("close", () => sessions.delete(session));
    });
    const streams: ServerHttp2Stream[] = [];
    open.on("stream", (stream) => {
      streams.push(stream);
      stream.on("error", () => undefined);
      onStream(stream);
    });
    await new Promise<void>((resolve) => {
      open.listen(0, "127.0.0.1", resolve);
    });
    const url = `https://127.0.0.1:${(open.address() as AddressInfo).port}`;
    const close = async (): Promise<void> => {
      // The stream alone is ended by the failure, the connection by the disposal.
      await until(() => expect(streams.every(({ destroyed }) => destroyed)).toBe(true));
      await client?.[Symbol.asyncDispose]();
      await until(() => expect(sessions.size).toBe(0));
      await new Promise((resolve) => open.close(resolve));
    };
    return { url, close };
  }

  it.each(faults)("%s", async (_name, onStream, expected) => {
    const open = await listen(onStream);
    try {
      const pings = { pingIntervalMs: 1000, pingTimeoutMs: 200 };
      client = connectTo({ url: open.url, caPem: authority.caPem }, pings);
      await expectFailure(client, "watch", expected);
    } finally {
      await open.close();
    }
  });

  it("gets no SETTINGS", async () => {
    server = await startFaultyServer({ protocols: ["h2"] });
    client = connectTo(server, { connectTimeoutMs: SHORT_MS });
    expect(await failureOf(client, "watch", 10_000)).toMatchObject(late("connect"));
    await until(() => expect(server?.sockets.size).toBe(0));
  });

  it("is offered no streams: watches go over HTTP/1.1, which this server has not", async () => {
    const open = createSecureServer({ cert, key, settings: { maxConcurrentStreams: 0 } });
    await new Promise<void>((resolve) => {
      open.listen(0, "127.0.0.1", resolve);
    });
    const url = `https://127.0.0.1:${(open.address() as AddressInfo).port}`;
    try {
      client = connectTo({ url, caPem: authority.caPem });
      expect(await failureOf(client, "watch", 10_000)).toMatchObject({ code: "ConnectionFailed" });
    } finally {
      await client?.[Symbol.asyncDispose]();
      await new Promise((resolve) => open.close(resolve));
    }
  });
});
