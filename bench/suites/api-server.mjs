import { request } from "node:https";
import { createApiServer, startApiServer } from "@kvop/testing/api-server";
import { ConfigMap } from "@kvop/core";
import { interleaved, median, timed } from "../measure.mjs";
import { atMost, atMostTimes } from "../row.mjs";

async function startAndAsk() {
  const server = await startApiServer();
  await new Promise((resolve, reject) => {
    request(`${server.url}/version`, { ca: server.caPem, agent: false }, (answer) => {
      answer.resume().on("end", resolve);
    })
      .on("error", reject)
      .end();
  });
  return server;
}

async function* starts() {
  const first = await timed(startAndAsk);
  const next = [];
  const servers = [first.value];
  for (let index = 0; index < 20; index += 1) {
    const { ms, value } = await timed(startAndAsk);
    next.push(ms);
    servers.push(value);
  }
  await Promise.all(servers.map((server) => server.server[Symbol.asyncDispose]()));
  yield atMost("start to first HTTPS answer, first of the process", first.ms, "ms", 100);
  yield atMost("the same, next ones (median of 20)", median(next), "ms", 25);
}

async function* hundred() {
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const { ms, value: servers } = await timed(async () => {
    const all = [];
    for (let index = 0; index < 100; index += 1) all.push(await startApiServer());
    return all;
  });
  globalThis.gc();
  const each = (process.memoryUsage().rss - before) / 1024 / 100;
  await Promise.all(servers.map((server) => server.server[Symbol.asyncDispose]()));
  yield atMost("100 servers listening", ms, "ms", 1200);
  yield atMost("memory of each while empty (RSS)", each, "KiB", 512);
}

async function* inProcess() {
  const server = createApiServer();
  const client = server.client();
  const key = { namespace: "default", name: "x" };
  await client.create(ConfigMap, { metadata: key, data: { a: "b" } });
  let count = 0;
  const create = () =>
    client.create(ConfigMap, {
      metadata: { namespace: "default", name: `c-${(count += 1)}` },
      data: { a: "b" },
    });
  const works = { get: () => client.get(ConfigMap, key), create };
  await interleaved(works, { rounds: 30, calls: 500 });
  const speed = await interleaved(works, { rounds: 10, calls: 500 });
  await server[Symbol.asyncDispose]();
  yield atMost("in-process get", speed.get.wallUs, "µs", 10);
  yield atMost("in-process create (ConfigMap)", speed.create.wallUs, "µs", 60);
}

/** Microseconds an object of the first pages of 500, at most 20 of them. */
async function listPages(client) {
  let pages = 0;
  let seen = 0;
  const { ms } = await timed(async () => {
    for await (const page of client.listPages(ConfigMap, { namespace: "default", pageSize: 500 })) {
      seen += page.items.length;
      pages += 1;
      if (pages === 20) return;
    }
  });
  return (ms * 1000) / seen;
}

async function* manyObjects() {
  const server = createApiServer();
  const client = server.client();
  const data = { text: "x".repeat(900) };
  const fill = async (from, to) => {
    for (let index = from; index < to; index += 1)
      await client.create(ConfigMap, {
        metadata: { namespace: "default", name: `o-${index}` },
        data,
      });
  };
  await fill(0, 1000);
  await listPages(client);
  const few = median([await listPages(client), await listPages(client), await listPages(client)]);
  globalThis.gc();
  const before = process.memoryUsage();
  await fill(1000, 100_000);
  server.requests?.splice?.(0);
  globalThis.gc();
  const after = process.memoryUsage();
  const one = await client.get(ConfigMap, { namespace: "default", name: "o-50000" });
  const json = Buffer.byteLength(JSON.stringify(one)) * 99_000;
  const used = after.heapUsed + after.external - before.heapUsed - before.external;
  const many = await listPages(client);
  await server[Symbol.asyncDispose]();
  yield atMostTimes("list pages of 500 among 100,000 objects, an object", many, "µs", {
    peer: "among 1,000",
    value: few,
    times: 1.5,
  });
  yield atMostTimes("memory of 100,000 objects (heap)", used / 2 ** 20, "MiB", {
    peer: "their JSON",
    value: json / 2 ** 20,
    times: 3,
  });
}

export async function* rows() {
  yield* starts();
  yield* hundred();
  yield* inProcess();
  yield* manyObjects();
}
