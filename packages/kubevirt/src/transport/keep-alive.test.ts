import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";

import { systemClock } from "@kvop/core";
import { expect, it, vi } from "vitest";

import { startClusterServer } from "../../test/cluster-server.js";
import { Dialer } from "./dialer.js";

/** What Linux waits for on the connection with this local port: 2 is to ask a silent peer whether it lives. */
async function timerOf({ localPort = 0 }: Socket): Promise<string | undefined> {
  const port = localPort.toString(16).toUpperCase().padStart(4, "0");
  const rows = (await readFile("/proc/net/tcp", "utf8")).split("\n");
  const row = rows
    .map((line) => line.trim().split(/\s+/))
    .find(([, local]) => local?.endsWith(`:${port}`));
  return row?.[5];
}

it.runIf(process.platform === "linux").each(["h2", "http/1.1"] as const)(
  "a connection for %s asks the peer by itself whether it lives, after four seconds of silence",
  async (protocol) => {
    await using server = await startClusterServer({ http2: true });
    const { url, caPem } = server;
    const settings = {
      cluster: "east",
      address: url,
      clock: systemClock,
      connectTimeoutMs: 10_000,
    };
    const socket = await new Dialer({ server: url, caPem }, settings).dial([protocol]);
    // Until the peer has confirmed all of the handshake, Linux waits for that.
    await vi.waitFor(async () => {
      const [timer, ticks] = (await timerOf(socket))?.split(":") ?? [];
      expect(timer).toBe("02");
      // In hundredths of a second.
      const delay = Number.parseInt(ticks ?? "", 16);
      expect(delay).toBeGreaterThan(200);
      expect(delay).toBeLessThanOrEqual(400);
    });
    socket.destroy();
  },
);
