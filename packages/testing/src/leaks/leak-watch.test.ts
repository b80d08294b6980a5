import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { LeakError } from "./leak-error.js";
import { watchLeaks } from "./leak-watch.js";

/** Runs work as a test of its own would, and gives what it left behind. */
const leaksOf = async (
  work: () => unknown,
  options: Parameters<typeof watchLeaks>[0] = {},
): Promise<readonly string[]> => {
  const watch = watchLeaks({ graceMs: 50, ...options });
  await work();
  try {
    await watch.check();
    return [];
  } catch (error) {
    if (!LeakError.isInstance(error)) throw error;
    return error.leaks.map(({ kind, what, where }) => {
      const place = /leak-watch\.test\.ts/.test(where ?? "") ? " here" : "";
      return `${kind}: ${what}${place}`;
    });
  }
};

describe("what is left behind is named", () => {
  test("timers and intervals, those without a reference too if they repeat", async () => {
    const timers: NodeJS.Timeout[] = [];
    const leaks = await leaksOf(() => {
      timers.push(
        setTimeout(function later() {
          // Never runs.
        }, 60_000),
        setInterval(function poll() {
          // Never runs.
        }, 50_000).unref(),
      );
    });
    timers.forEach((timer) => clearTimeout(timer));
    expect(leaks).toEqual([
      "timer: setTimeout(later, 60000) here",
      "interval: setInterval(poll, 50000) here",
    ]);
  });

  test("servers and sockets, with their addresses", async () => {
    const server = createServer();
    const leaks = await leaksOf(async () => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const socket = connect(port, "127.0.0.1");
      server.on("connection", (accepted: NodeJS.Socket) => accepted.on("end", () => undefined));
      await once(socket, "connect");
      server.on("close", () => socket.destroy());
    });
    const { port } = server.address() as AddressInfo;
    expect(leaks).toContain(`server: listening on 127.0.0.1:${port}`);
    expect(leaks).toContainEqual(
      expect.stringMatching(new RegExp(`^socket: 127.0.0.1:\\d+ to 127.0.0.1:${port} here$`)),
    );
    server.emit("close");
    server.close();
  });

  test("listeners on process, by event and name", async () => {
    function stop() {
      // Never called.
    }
    expect(await leaksOf(() => process.on("SIGUSR2", stop))).toEqual([
      "process listener: SIGUSR2: stop",
    ]);
    expect(await leaksOf(() => process.off("SIGUSR2", stop))).toEqual([]);
  });

  test("what a fixture found", async () => {
    const watch = watchLeaks({ graceMs: 0 });
    watch.add({ kind: "cluster", what: "watch of pods" });
    await expect(watch.check()).rejects.toThrow(
      "The test left one thing behind; stop, close or dispose of what it started:\n  cluster: watch of pods",
    );
  });
});

describe("no leak is", () => {
  test("what is closed, fired, or about to close", async () => {
    const leaks = await leaksOf(
      async () => {
        clearTimeout(setTimeout(() => undefined, 60_000));
        clearInterval(setInterval(() => undefined, 60_000));
        setTimeout(() => undefined, 20);
        setTimeout(() => undefined, 60_000).unref();
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        server.close();
      },
      { graceMs: 5000 },
    );
    expect(leaks).toEqual([]);
  });

  test("what was there before, what another test starts, and what is ignored", async () => {
    const before = setTimeout(() => undefined, 60_000);
    const [first, second] = await Promise.all([
      Promise.resolve().then(() => leaksOf(() => undefined)),
      Promise.resolve().then(async () => {
        const timers: NodeJS.Timeout[] = [];
        const leaks = await leaksOf(
          () => {
            timers.push(
              setTimeout(() => undefined, 60_000),
              setTimeout(() => undefined, 70_000),
            );
          },
          { ignore: ({ what }) => what.includes("70000") },
        );
        timers.forEach((timer) => clearTimeout(timer));
        return leaks;
      }),
    ]);
    clearTimeout(before);
    expect(first).toEqual([]);
    expect(second).toEqual(["timer: setTimeout((anonymous), 60000) here"]);
  });
});
