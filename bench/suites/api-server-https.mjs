import { startEnvtest } from "@kvop/testing/envtest";
import { writeFile, rm } from "node:fs/promises";
import http2 from "node:http2";
import { pooled, rawAgent, rawRequest, readConnection } from "../connection.mjs";
import { childProcesses, cpuOf, startFleetProcess } from "../processes.mjs";
import { atMost, peerAtLeastTimes } from "../row.mjs";

const CALLERS = 32;
const PATH = "/api/v1/namespaces/default/configmaps";
const json = (value, type = "application/json") => ({
  body: JSON.stringify(value),
  headers: { "content-type": type },
});
const configMap = (name) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { a: "b".repeat(200) },
});
const OPERATIONS = {
  create: [600, (index) => [PATH, { method: "POST", ...json(configMap(`c-${index}`)) }]],
  get: [1500, (index) => [`${PATH}/c-${index % 600}`]],
  list: [60, () => [`${PATH}?limit=100`]],
  patch: [
    600,
    (index) => [
      `${PATH}/c-${index}`,
      { method: "PATCH", ...json({ data: { p: `${index}` } }, "application/merge-patch+json") },
    ],
  ],
};

/** CPU microseconds of the server's processes for one operation, each at 32 callers. */
async function costs(connection, pids) {
  const agent = rawAgent(connection, CALLERS);
  const found = {};
  await pooled(64, CALLERS, () => rawRequest(agent, connection, "/version"));
  for (const [name, [count, build]] of Object.entries(OPERATIONS)) {
    const before = await cpuOf(pids);
    await pooled(count, CALLERS, (index) => rawRequest(agent, connection, ...build(index)));
    found[name] = ((await cpuOf(pids)) - before) / count;
  }
  await agent.close();
  return found;
}

async function realCosts() {
  const server = await startEnvtest({ startTimeoutMs: 90_000 });
  const path = `/tmp/kvop-bench-${process.pid}.kubeconfig`;
  try {
    await writeFile(path, server.kubeconfig, { mode: 0o600 });
    return await costs(await readConnection(path), await childProcesses());
  } finally {
    await rm(path, { force: true });
    await server.stop();
  }
}

/** Milliseconds from the write of each of `events` objects to its arrival at each of the watchers. */
async function watchLatencies(connection, { watchers, events, everyMs }) {
  const latencies = [];
  const sessions = Array.from({ length: 10 }, () =>
    http2.connect(connection.server, { ca: connection.ca }),
  );
  const opened = Array.from({ length: watchers }, (_, index) => {
    const stream = sessions[index % sessions.length].request({
      ":path": `${PATH}?watch=1&labelSelector=timed`,
      authorization: `Bearer ${connection.token}`,
    });
    let rest = "";
    stream.setEncoding("utf8").on("data", (text) => {
      const now = Date.now();
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const at = /"at":"(\d+)"/.exec(line)?.[1];
        if (at !== undefined) latencies.push(now - Number(at));
      }
    });
    return new Promise((resolve) => stream.once("response", resolve));
  });
  await Promise.all(opened);
  const agent = rawAgent(connection, 4);
  for (let index = 0; index < events; index += 1) {
    const object = configMap(`w-${index}`);
    object.metadata.labels = { timed: "yes" };
    object.data = { at: `${Date.now()}` };
    void rawRequest(agent, connection, PATH, { method: "POST", ...json(object) });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const all = watchers * events;
  for (let waited = 0; latencies.length < all && waited < 20_000; waited += 100)
    await new Promise((resolve) => setTimeout(resolve, 100));
  for (const session of sessions) session.destroy();
  await agent.destroy();
  if (latencies.length < all) throw new Error(`${latencies.length} of ${all} events arrived`);
  return latencies.sort((a, b) => a - b);
}

export async function* rows() {
  const fleet = await startFleetProcess({ clusters: 0, bare: true });
  const connection = await readConnection(fleet.kubeconfigPath("supervisor"));
  let ours;
  let latencies;
  try {
    ours = await costs(connection, [fleet.pid]);
    latencies = await watchLatencies(connection, { watchers: 1000, events: 200, everyMs: 20 });
  } finally {
    await fleet[Symbol.asyncDispose]();
  }
  const real = await realCosts().catch((error) => error);
  for (const [name, value] of Object.entries(ours)) {
    const what = `${name} over HTTPS at ${CALLERS} callers, CPU`;
    if (real instanceof Error)
      yield {
        what,
        measured: `${value.toFixed(0)} µs`,
        peer: "no kube-apiserver at hand",
        goal: "at least 5x less",
      };
    else
      yield peerAtLeastTimes(what, value, "µs", {
        peer: "kube-apiserver and etcd",
        value: real[name],
        times: 5,
      });
  }
  yield atMost(
    "50 events a second to 1,000 watchers, p99",
    latencies[Math.floor(latencies.length * 0.99)],
    "ms",
    150,
  );
}
