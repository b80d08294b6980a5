import { createServer } from "node:net";
import { ConfigMap } from "@kvop/core";
import { expect, test } from "../../src/vitest.js";

test("leaves a watch", ({ client }) => {
  const watching = async () => {
    for await (const _ of client.watch(ConfigMap));
  };
  void watching().catch(() => undefined);
});

test("leaves a timer of the clock", ({ clock }) => {
  clock.setTimer(() => undefined, 60_000);
});

test("leaves a server", async () => {
  await new Promise<void>((resolve) => {
    createServer().listen(0, "127.0.0.1", resolve);
  });
});

test("leaves an interval and a listener", () => {
  setInterval(function poll() {
    // Goes on for ever.
  }, 60_000).unref();
  process.on("SIGUSR2", function stop() {
    // Stays for ever.
  });
});

test.concurrent("leaves nothing, beside one that does", async ({ client }) => {
  await client.list(ConfigMap);
});

test.concurrent("leaves a timer, beside one that does not", async () => {
  setTimeout(function later() {
    // Never comes.
  }, 60_000)
    .unref()
    .ref();
});

test("fails for another reason alone", ({ cluster }) => {
  setTimeout(() => undefined, 60_000);
  expect(cluster).toHaveReceived({ verb: "create", resource: "pods", times: 1 });
});

test("leaves nothing", async ({ client, cluster, signal }) => {
  const watching = async () => {
    for await (const _ of client.watch(ConfigMap, { signal }));
  };
  void watching().catch(() => undefined);
  await client.list(ConfigMap);
  expect(cluster).toHaveReceived({ verb: "list" });
});
