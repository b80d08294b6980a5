import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { KubeConfig, CoreV1Api } from "@kubernetes/client-node";
import { ConfigMap } from "@kvop/core";
import { KubevirtClientManager } from "@kvop/kubevirt";
import { startFleet } from "@kvop/testing";
import { rawAgent, rawRequest, readConnection } from "../connection.mjs";
import { interleaved, median, timed } from "../measure.mjs";
import { startFleetProcess } from "../processes.mjs";
import { createSupervisorClient } from "@kvop/kubevirt";
import { atMost, atMostTimes, peerAtLeastTimes } from "../row.mjs";

const KEY = { namespace: "default", name: "x" };

/** Requests that the supervisor and the cluster saw while `work` ran. */
async function counted(fleet, work) {
  const seen = { reads: 0, cluster: 0 };
  const stops = [
    fleet.supervisor.server.onRequest(({ verb }) => (seen.reads += verb === "get" ? 1 : 0)),
    fleet.clusters[0].server.onRequest(() => (seen.cluster += 1)),
  ];
  const value = await work();
  for (const stop of stops) stop[Symbol.dispose]();
  return { ...seen, value };
}

async function* callers() {
  const fleet = await startFleet({ clusters: 1 });
  const fresh = () => new KubevirtClientManager(fleet.supervisor.client, { writeStatus: false });
  const cold = async (count) => {
    const manager = fresh();
    const { ms } = await timed(() =>
      Promise.all(Array.from({ length: count }, () => manager.getClientForConfig("cluster-1"))),
    );
    await manager[Symbol.asyncDispose]();
    return ms;
  };
  await cold(1);
  const ones = [];
  const storms = [];
  for (let index = 0; index < 10; index += 1) {
    ones.push(await cold(1));
    storms.push(await cold(1000));
  }
  const { reads, cluster } = await counted(fleet, () => cold(1000));
  const manager = fresh();
  await manager.getClientForConfig("cluster-1");
  const works = { cached: () => manager.getClientForConfig("cluster-1") };
  await interleaved(works, { rounds: 3, calls: 20_000 });
  const { cached } = await interleaved(works, { rounds: 20, calls: 20_000 });
  await manager[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
  yield atMost("cached getClientForConfig", cached.wallUs, "µs", 1);
  yield atMostTimes("1,000 concurrent callers of one cold config", median(storms), "ms", {
    peer: "one caller",
    value: median(ones),
    times: 1,
    plus: 10,
  });
  yield atMost("reads of single objects on the supervisor for them", reads, "", 2);
  yield { what: "requests on the cluster for them", measured: `${cluster}`, goal: "one build" };
}

async function* gets() {
  const fleet = await startFleetProcess({ clusters: 1 });
  const path = fleet.kubeconfigPath("cluster-1");
  const connection = await readConnection(path);
  const supervisor = await createSupervisorClient({
    kubeconfigPath: fleet.kubeconfigPath("supervisor"),
  });
  const manager = new KubevirtClientManager(supervisor, {
    writeStatus: false,
    requestsPerSecond: 1e6,
    burst: 1e6,
  });
  const client = await manager.getClientForConfig("cluster-1");
  await client.create(ConfigMap, { metadata: KEY, data: { a: "b".repeat(500) } });
  const agent = rawAgent(connection, 1);
  const config = new KubeConfig();
  config.loadFromFile(path);
  const core = config.makeApiClient(CoreV1Api);
  const raw = () => rawRequest(agent, connection, "/api/v1/namespaces/default/configmaps/x");
  const ours = () => client.get(ConfigMap, KEY);
  const clientNode = () => core.readNamespacedConfigMap(KEY);
  // What counts is a program that has run for a while: before V8 has compiled either, the one with more code looks worse.
  await interleaved({ raw, ours }, { rounds: 10, calls: 300 });
  const pair = await interleaved({ raw, ours }, { rounds: 20, calls: 100 });
  await interleaved({ clientNode }, { rounds: 2, calls: 100 });
  const beside = await interleaved({ ours, clientNode }, { rounds: 20, calls: 60 });
  await agent.close();
  await manager[Symbol.asyncDispose]();
  await supervisor[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
  const peer = "raw undici";
  yield atMostTimes("a GET, wall", pair.ours.wallUs, "µs", {
    peer,
    value: pair.raw.wallUs,
    times: 1.25,
  });
  yield atMostTimes("a GET, CPU", pair.ours.cpuUs, "µs", {
    peer,
    value: pair.raw.cpuUs,
    times: 1.25,
  });
  yield peerAtLeastTimes("the same GET beside client-node, CPU", beside.ours.cpuUs, "µs", {
    peer: "client-node as it comes",
    value: beside.clientNode.cpuUs,
    times: 10,
  });
}

/** Milliseconds of a process that imports the module, median of 15 interleaved with an empty one. */
async function* imports() {
  const run = promisify(execFile);
  const spent = async (code) => {
    const cwd = new URL("..", import.meta.url);
    const { stdout } = await run(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `const start = performance.now(); ${code}; console.log(performance.now() - start)`,
      ],
      { cwd },
    );
    return Number(stdout);
  };
  const modules = {
    empty: 'await import("./empty.mjs")',
    "@kvop/core": 'await import("@kvop/core")',
    "@kvop/kubevirt": 'await import("@kvop/kubevirt")',
  };
  const seen = { empty: [], "@kvop/core": [], "@kvop/kubevirt": [] };
  for (let round = 0; round < 15; round += 1)
    for (const [name, code] of Object.entries(modules)) seen[name].push(await spent(code));
  const empty = median(seen.empty);
  for (const [name, plus] of [
    ["@kvop/core", 5],
    ["@kvop/kubevirt", 35],
  ])
    yield atMostTimes(`import of ${name}`, median(seen[name]), "ms", {
      peer: "an empty module",
      value: empty,
      times: 1,
      plus,
    });
}

export async function* rows() {
  yield* callers();
  yield* gets();
  yield* imports();
}
