import { systemClock } from "@kvop/core";
import { afterEach, expect, it } from "vitest";

import { type FaultyServer, startFaultyServer } from "../../test/faulty-server.js";
import { Dialer } from "./dialer.js";

let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
});

it.each([
  ["127.0.0.1", undefined, true],
  ["127.0.0.2", undefined, false],
  ["localhost", undefined, false],
  ["127.0.0.1", "localhost", false],
  ["127.0.0.1", "127.0.0.2", false],
  ["east.example.com", "east.example.com", true],
  ["East.Example.com", "east.example.COM", true],
  ["*.example.com", "east.example.com", true],
  ["*.example.com", "far.east.example.com", false],
  ["*.example.com", "example.com", false],
  ["2001:db8::1", "2001:db8::1", true],
  ["2001:db8::1", "2001:db8:0:0::2", false],
])("of a certificate for %s and the name %s says %s", async (host, tlsServerName, isTaken) => {
  server = await startFaultyServer({ hosts: [host] });
  const dialer = new Dialer(
    { server: server.url, caPem: server.caPem, tlsServerName },
    { cluster: "east", address: "east:443", clock: systemClock, connectTimeoutMs: 10_000 },
  );
  const dial = dialer.dial(["http/1.1"]).then((socket) => {
    socket.destroy();
    return "taken";
  });
  const code = await dial.catch((error: unknown) => (error as NodeJS.ErrnoException).code);
  expect(code).toBe(isTaken ? "taken" : "ERR_TLS_CERT_ALTNAME_INVALID");
});
