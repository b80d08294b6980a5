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

const PAGES = 20;
const LIST_ROUNDS = 9;

/** Microseconds an object of so many pages of 500, over as many lists as it takes. */
async function listPages(client) {
  let pages = 0;
  let seen = 0;
  const { ms } = await timed(async () => {
    while (pages < PAGES) {
      for await (const page of client.listPages(ConfigMap, {
        namespace: "default",
        pageSize: 500,
      })) {
        seen += page.items.length;
        pages += 1;
        if (pages === PAGES) break;
      }
    }
  });
  return (ms * 1000) / seen;
}

async function fill(client, from, to) {
  const data = { text: "x".repeat(900) };
  for (let index = from; index < to; index += 1)
    await client.create(ConfigMap, {
      metadata: { namespace: "default", name: `o-${index}` },
      data,
    });
}

const usedMemory = () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

async function* manyObjects() {
  const [few, many] = [createApiServer(), createApiServer()];
  const [clientOfFew, clientOfMany] = [few.client(), many.client()];
  await fill(clientOfFew, 0, 1000);
  await fill(clientOfMany, 0, 1000);
  const before = usedMemory();
  await fill(clientOfMany, 1000, 100_000);
  many.requests?.splice?.(0);
  const used = usedMemory() - before;
  const one = await clientOfMany.get(ConfigMap, { namespace: "default", name: "o-50000" });
  const json = Buffer.byteLength(JSON.stringify(one)) * 99_000;
  const costs = { few: [], many: [] };
  // The first round is for the compiler, which has forgotten much at the collection of all garbage.
  for (let round = 0; round <= LIST_ROUNDS; round += 1) {
    costs.few[round] = await listPages(clientOfFew);
    costs.many[round] = await listPages(clientOfMany);
  }
  await few[Symbol.asyncDispose]();
  await many[Symbol.asyncDispose]();
  yield atMostTimes(
    "list pages of 500 among 100,000 objects, an object",
    median(costs.many.slice(1)),
    "µs",
    { peer: "among 1,000, by turns", value: median(costs.few.slice(1)), times: 1.5 },
  );
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
