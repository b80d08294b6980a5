import { createApiServer, startApiServer } from "@kvop/testing/api-server";
import { ConfigMap } from "@kvop/core";
import { interleaved, median, timed } from "../measure.mjs";

export async function rows() {
  const starts = [];
  const servers = [];
  for (let index = 0; index < 21; index += 1) {
    const { ms, value } = await timed(async () => {
      const server = await startApiServer();
      const { request } = await import("node:https");
      await new Promise((resolve, reject) => {
        request(`${server.url}/version`, { ca: server.caPem }, (answer) => {
          answer.resume().on("end", resolve);
        })
          .on("error", reject)
          .end();
      });
      return server;
    });
    starts.push(ms);
    servers.push(value);
  }
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));

  const server = createApiServer();
  const client = server.client();
  await client.create(ConfigMap, {
    metadata: { namespace: "default", name: "x" },
    data: { a: "b" },
  });
  let count = 0;
  const speed = await interleaved(
    {
      get: () => client.get(ConfigMap, { namespace: "default", name: "x" }),
      create: () =>
        client.create(ConfigMap, {
          metadata: { namespace: "default", name: `c-${(count += 1)}` },
          data: { a: "b" },
        }),
    },
    { rounds: 10, calls: 500 },
  );
  await server[Symbol.asyncDispose]();
  return [
    {
      what: "start to first HTTPS answer, first of the process",
      measured: `${starts[0].toFixed(0)} ms`,
      goal: "100 ms",
    },
    {
      what: "the same, next ones (median of 20)",
      measured: `${median(starts.slice(1)).toFixed(0)} ms`,
      goal: "25 ms",
    },
    { what: "in-process get", measured: `${speed.get.wallUs.toFixed(1)} µs`, goal: "10 µs" },
    {
      what: "in-process create (ConfigMap)",
      measured: `${speed.create.wallUs.toFixed(1)} µs`,
      goal: "60 µs",
    },
  ];
}
