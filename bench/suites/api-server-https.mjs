import { startEnvtest } from "@kvop/testing/envtest";
import { writeFile, rm } from "node:fs/promises";
import http2 from "node:http2";
import { pooled, rawAgent, rawRequest, readConnection } from "../connection.mjs";
import { childProcesses, cpuOf, startFleetProcess } from "../processes.mjs";
import { median } from "../measure.mjs";
import { atMost, atMostTimes, peerAtLeastTimes } from "../row.mjs";

const CALLERS = 32;
const WATCHERS = 1000;
const EVENTS = 200;
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
/** Both servers are asked by turns; the first rounds count for neither. */
const WARM_UP_ROUNDS = 3;
const ROUNDS = 7;
/** So many requests last a second or more: what comes after is not what the first ones found asleep. */
const REQUESTS = 2000;
const inRound = (round) => `/api/v1/namespaces/round-${round}/configmaps`;
/**
 * How many requests a round has, and which: the same for both servers. Each round has a namespace of its own, so that all lists
 * are of 100 among as many.
 */
const OPERATIONS = {
  create: [
    REQUESTS,
    (index, round) => [inRound(round), { method: "POST", ...json(configMap(`c-${index}`)) }],
  ],
  get: [2 * REQUESTS, (index, round) => [`${inRound(round)}/c-${index % REQUESTS}`]],
  list: [REQUESTS, (_index, round) => [`${inRound(round)}?limit=100`]],
  patch: [
    REQUESTS,
    (index, round) => [
      `${inRound(round)}/c-${index}`,
      { method: "PATCH", ...json({ data: { p: `${index}` } }, "application/merge-patch+json") },
    ],
  ],
};

/** A server under test: `cpu` gives the microseconds of CPU that its processes have used. */
function subjectOf(connection, pids) {
  return {
    connection,
    agent: rawAgent(connection, CALLERS),
    cpu: () => cpuOf(pids),
    costs: Object.fromEntries(Object.keys(OPERATIONS).map((name) => [name, []])),
    answers: {},
  };
}

/** One round of all operations, each at 32 callers over connections that stay open. */
async function ask({ connection, agent, cpu, costs, answers }, round) {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: `round-${round}` } };
  await rawRequest(agent, connection, "/api/v1/namespaces", { method: "POST", ...json(namespace) });
  for (const [name, [count, build]] of Object.entries(OPERATIONS)) {
    const before = await cpu();
    await pooled(count, CALLERS, async (index) => {
      answers[name] = await rawRequest(agent, connection, ...build(index, round));
    });
    if (round >= WARM_UP_ROUNDS) costs[name].push(((await cpu()) - before) / count);
  }
}

/** Whoever sends less than the other one does less work: the answers must be of about one size. */
function checkSameWork(ours, real) {
  for (const name of Object.keys(OPERATIONS)) {
    const [own, other] = [ours, real].map(({ answers }) => JSON.stringify(answers[name]).length);
    if (Math.abs(own - other) > other * 0.05)
      throw new Error(`${name}: ${own} bytes here, ${other} from kube-apiserver`);
  }
}

/** Medians of the CPU microseconds of an operation; `real` is an error where there is no kube-apiserver. */
async function costs(connection, pid) {
  const ours = subjectOf(connection, [pid]);
  const medians = (subject) =>
    Object.fromEntries(Object.entries(subject.costs).map(([name, all]) => [name, median(all)]));
  const server = await startEnvtest({ startTimeoutMs: 90_000 }).catch((error) => error);
  if (server instanceof Error) {
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) await ask(ours, round);
    return { ours: medians(ours), real: server };
  }
  const path = `/tmp/kvop-bench-${process.pid}.kubeconfig`;
  try {
    await writeFile(path, server.kubeconfig, { mode: 0o600 });
    const pids = (await childProcesses()).filter((child) => child !== pid);
    const real = subjectOf(await readConnection(path), pids);
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
      await ask(ours, round);
      await ask(real, round);
    }
    checkSameWork(ours, real);
    await real.agent.close();
    return { ours: medians(ours), real: medians(real) };
  } finally {
    await ours.agent.close();
    await rm(path, { force: true });
    await server.stop();
  }
}

/** Opens so many watches over 10 connections; `latencies` grows by the milliseconds that each event took. */
async function openWatches(connection, watchers, selects) {
  const latencies = [];
  const sessions = Array.from({ length: 10 }, () =>
    http2.connect(connection.server, { ca: connection.ca }),
  );
  const opened = Array.from({ length: watchers }, (_, index) => {
    const stream = sessions[index % sessions.length].request({
      ":path": `${PATH}?watch=1&${selects(index)}`,
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
  const close = () => {
    for (const session of sessions) session.destroy();
  };
  return { latencies, close };
}

/** Creates an object each `everyMs`, so many in all, with the time in it. */
async function createTimed(connection, { events, everyMs, name }) {
  const agent = rawAgent(connection, 4);
  for (let index = 0; index < events; index += 1) {
    const object = configMap(name(index));
    object.metadata.labels = { timed: "yes" };
    object.data = { at: `${Date.now()}` };
    void rawRequest(agent, connection, PATH, { method: "POST", ...json(object) });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return agent;
}

/** The 99th percentile of milliseconds from the write of an object to its arrival at a watcher. */
async function watchLatency(connection, { watchers, selects, name, arrivals }) {
  const watches = await openWatches(connection, watchers, selects);
  const { latencies } = watches;
  const agent = await createTimed(connection, { events: EVENTS, everyMs: 20, name });
  for (let waited = 0; latencies.length < arrivals && waited < 20_000; waited += 100)
    await new Promise((resolve) => setTimeout(resolve, 100));
  watches.close();
  await agent.destroy();
  if (latencies.length !== arrivals)
    throw new Error(`${latencies.length} of ${arrivals} events arrived`);
  return latencies.sort((a, b) => a - b)[Math.floor(latencies.length * 0.99)];
}

/** CPU microseconds of a create: while nobody watches, and while 1,000 watch another object each. */
async function namedWatchCosts(connection, pid) {
  const agent = rawAgent(connection, CALLERS);
  const creates = async (prefix) => {
    const before = await cpuOf([pid]);
    await pooled(1000, CALLERS, (index) =>
      rawRequest(agent, connection, PATH, {
        method: "POST",
        ...json(configMap(`${prefix}-${index}`)),
      }),
    );
    return ((await cpuOf([pid])) - before) / 1000;
  };
  const alone = median([await creates("a1"), await creates("a2"), await creates("a3")]);
  const selects = (index) => `fieldSelector=metadata.name%3Dnobody-${index}`;
  const watches = await openWatches(connection, WATCHERS, selects);
  const watched = median([await creates("n1"), await creates("n2"), await creates("n3")]);
  watches.close();
  await agent.close();
  return { alone, watched };
}

export async function* rows() {
  const fleet = await startFleetProcess({ clusters: 0, bare: true });
  const connection = await readConnection(fleet.kubeconfigPath("supervisor"));
  try {
    const { ours, real } = await costs(connection, fleet.pid);
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
    const all = await watchLatency(connection, {
      watchers: WATCHERS,
      selects: () => "labelSelector=timed",
      name: (index) => `w-${index}`,
      arrivals: WATCHERS * EVENTS,
    });
    yield atMost("50 events a second to 1,000 watchers, p99", all, "ms", 150);
    const named = await watchLatency(connection, {
      watchers: WATCHERS,
      selects: (index) => `fieldSelector=metadata.name%3Do-${index}`,
      name: (index) => `o-${index}`,
      arrivals: EVENTS,
    });
    yield atMost(
      "50 events a second, each to the one of 1,000 that watches its name, p99",
      named,
      "ms",
      150,
    );
    const { alone, watched } = await namedWatchCosts(connection, fleet.pid);
    yield atMostTimes("create while 1,000 watch one other object each, CPU", watched, "µs", {
      peer: "while nobody watches",
      value: alone,
      times: 1.2,
    });
  } finally {
    await fleet[Symbol.asyncDispose]();
  }
}
