import { connect as tcp, createServer } from "node:net";
import { KubevirtConfig, Namespace, Secret, VirtualMachine } from "@kvop/core";
import { createSupervisorClient, KubevirtClientManager } from "@kvop/kubevirt";
import { kubeconfigSecret, kubevirtConfig, machine } from "@kvop/testing";
import { pooled, rawAgent, rawRequest, readConnection } from "../connection.mjs";
import { median, timed } from "../measure.mjs";
import { startFleetProcess } from "../processes.mjs";
import { atMost, atMostTimes, figure } from "../row.mjs";

const SERVERS = 20;
const NAMESPACE = "kubevirt-configs";
const QUICK = { requestsPerSecond: 1e6, burst: 1e6 };

/** A door that takes connections and never says a word. */
async function openBlackHole() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${server.address().port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A door before a server that can fall silent: what was connected stays so, and nothing goes through any more. */
async function openGate(port) {
  const pairs = new Set();
  let isSilent = false;
  const server = createServer((near) => {
    if (isSilent) return void near.on("error", () => {});
    const far = tcp(port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => {});
    pairs.add([near, far]);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    bytes: () => [...pairs].reduce((sum, [near]) => sum + near.bytesRead, 0),
    fallSilent: () => {
      isSilent = true;
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.resume();
        far.resume();
      }
    },
    close: () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      server.close();
    },
  };
}

/** A supervisor with so many configs of the fleet's clusters, each `every`-th of them a black hole. */
async function prepare(fleet, hole) {
  const supervisor = await createSupervisorClient({
    kubeconfigPath: fleet.kubeconfigPath("supervisor"),
    ...QUICK,
  });
  const connections = await Promise.all(
    Array.from({ length: SERVERS }, (_, index) =>
      readConnection(fleet.kubeconfigPath(`cluster-${index + 1}`)),
    ),
  );
  const make = async (prefix, count, isDead) => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    await pooled(count, 8, async (index) => {
      const { text, server } = connections[index % SERVERS];
      const kubeconfig = isDead(index) ? text.replaceAll(server, hole.url) : text;
      const metadata = { name: names[index], namespace: NAMESPACE };
      await supervisor.create(Secret, kubeconfigSecret(kubeconfig, { metadata }));
      const { status: _, ...config } = kubevirtConfig({ metadata: { name: names[index] } });
      await supervisor.create(KubevirtConfig, config);
    });
    return names;
  };
  const remove = (names) =>
    pooled(names.length, 8, async (index) => {
      const key = { name: names[index] };
      await supervisor.delete(KubevirtConfig, key);
      await supervisor.delete(Secret, { ...key, namespace: NAMESPACE });
    });
  return { supervisor, connections, make, remove };
}

const newManager = (supervisor, options) =>
  new KubevirtClientManager(supervisor, { writeStatus: false, ...QUICK, ...options });

async function* coldConnect({ supervisor, connections, make, remove }) {
  const names = await make("many", 1000, (index) => index % 10 === 0);
  const healthy = names.filter((_, index) => index % 10 !== 0);
  const dial = () =>
    timed(() =>
      pooled(900, 50, async (index) => {
        const connection = connections[index % SERVERS];
        const agent = rawAgent(connection, 1);
        await rawRequest(agent, connection, "/version");
        agents.push(agent);
      }),
    );
  const agents = [];
  const raw = await dial();
  await Promise.all(agents.map((agent) => agent.destroy()));
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const manager = newManager(supervisor);
  const ended = await timed(() =>
    Promise.allSettled(
      names
        .map((name) => ({ name, call: manager.getClientForConfig(name) }))
        .filter(({ name, call }) => healthy.includes(name) || void call.catch(() => {}))
        .map(({ call }) => call),
    ),
  );
  const failed = ended.value.filter(({ status }) => status === "rejected").length;
  globalThis.gc();
  const idle = (process.memoryUsage().rss - before) / healthy.length / 1024;
  const connected = atMostTimes(
    "cold connect of 1,000 clusters, 100 silent: the 900",
    ended.ms,
    "ms",
    {
      peer: "900 raw dials, 50 at once",
      value: raw.ms,
      times: 1.5,
    },
  );
  if (failed > 0) connected.measured += `, ${failed} of them failed`;
  yield { ...connected, holds: connected.holds && failed === 0 };
  yield {
    what: "memory of an idle connected cluster (RSS)",
    measured: figure(idle, "KiB"),
    goal: "raw connection + 64 KiB",
  };
  await manager[Symbol.asyncDispose]();
  await remove(names);
}

async function* search({ supervisor, make, remove }) {
  for (const dead of [0, 5]) {
    const names = await make(`search${dead}`, 100, (index) => index < dead);
    const manager = newManager(supervisor, { searchTimeoutMs: 2000 });
    await Promise.all(names.map((name) => manager.getClientForConfig(name).catch(() => {})));
    const lost = machine({ metadata: { name: "lost" }, status: {} });
    const clients = await Promise.all(
      names.slice(dead).map((name) => manager.getClientForConfig(name)),
    );
    const round = async () =>
      (await timed(() => Promise.all(clients.map((client) => client.list(VirtualMachine, {}))))).ms;
    await round();
    const slowest = median([await round(), await round(), await round()]);
    const runs = [];
    for (let index = 0; index < 5; index += 1)
      runs.push((await timed(() => manager.getOrCreateClientFromMachine(lost).catch(() => {}))).ms);
    if (dead === 0)
      yield atMostTimes("search over 100 clusters", median(runs), "ms", {
        peer: "the slowest of all, asked at once",
        value: slowest,
        times: 3,
      });
    else yield atMost("the same with 5 dead ones, deadline 2,000 ms", median(runs), "ms", 2050);
    await manager[Symbol.asyncDispose]();
    await remove(names);
  }
}

/** p99 of GETs of 100 consumers, each of one healthy cluster, over all runs. */
async function p99(supervisor, names, isDead) {
  const runs = [];
  for (let run = 0; run < 10; run += 1) {
    const manager = newManager(supervisor);
    const healthy = names.filter((_, index) => !isDead(index));
    await Promise.all(healthy.map((name) => manager.getClientForConfig(name)));
    for (const name of names)
      if (!healthy.includes(name)) void manager.getClientForConfig(name).catch(() => {});
    const times = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, consumer) => {
        for (let call = 0; call < 5; call += 1) {
          const start = performance.now();
          const client = await manager.getClientForConfig(
            healthy[(consumer + call) % healthy.length],
          );
          await client.get(Namespace, { name: "default" });
          times.push(performance.now() - start);
        }
      }),
    );
    times.sort((a, b) => a - b);
    runs.push(times[Math.floor(times.length * 0.99)]);
    await manager[Symbol.asyncDispose]();
  }
  return median(runs);
}

async function* isolation({ supervisor, make, remove }) {
  const alive = await make("alive", 100, () => false);
  const some = await make("some", 100, (index) => index % 5 === 0);
  const without = await p99(supervisor, alive, (index) => index % 5 === 0);
  const holes = await p99(supervisor, some, (index) => index % 5 === 0);
  yield atMostTimes("p99 of healthy clusters, 20 of 100 black-holed, 10 runs", holes, "ms", {
    peer: "without",
    value: without,
    times: 1.3,
  });
  await remove([...alive, ...some]);
}

async function* notice({ supervisor, connections, make, remove }) {
  const gate = await openGate(Number(new URL(connections[0].server).port));
  const [name] = await make("gated", 1, () => false);
  const secret = (text) => ({ data: kubeconfigSecret(text).data });
  const key = { namespace: NAMESPACE, name };
  const through = connections[0].text.replaceAll(
    connections[0].server,
    `https://127.0.0.1:${gate.port}`,
  );
  await supervisor.patch(Secret, key, { type: "merge", patch: secret(through) });
  const manager = newManager(supervisor);
  const states = manager.watchClusterStates()[Symbol.asyncIterator]();
  await manager.getClientForConfig(name);
  const noticed = await timed(async () => {
    gate.fallSilent();
    for (;;) {
      const { value } = await states.next();
      if (value.configName === name && value.type === "unreachable") return;
    }
  });
  await manager[Symbol.asyncDispose]();
  gate.close();
  await remove([name]);
  yield atMost("a dead connection noticed, default settings", noticed.ms / 1000, "s", 15);
}

async function* rotation({ supervisor, connections, make, remove }) {
  const [{ server, text }] = connections;
  const gate = await openGate(Number(new URL(server).port));
  const [name] = await make("rotated", 1, () => false);
  const manager = newManager(supervisor);
  const client = await manager.getClientForConfig(name);
  await manager.validateConnection(name);
  const moved = text.replaceAll(server, `https://127.0.0.1:${gate.port}`);
  const { ms } = await timed(async () => {
    await supervisor.patch(
      Secret,
      { namespace: NAMESPACE, name },
      { type: "merge", patch: { data: kubeconfigSecret(moved).data } },
    );
    // In use: requests of the client that callers hold go the new way, one after another.
    for (let went = 0; went < 3;) {
      const before = gate.bytes();
      await client.get(Namespace, { name: "default" });
      went = before > 0 && gate.bytes() > before ? went + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  await manager[Symbol.asyncDispose]();
  gate.close();
  await remove([name]);
  yield atMost("a Secret rotated and in use", ms / 1000, "s", 1);
}

export async function* rows() {
  const fleet = await startFleetProcess({ clusters: SERVERS });
  const hole = await openBlackHole();
  try {
    const prepared = await prepare(fleet, hole);
    for (const part of [search, isolation, notice, rotation, coldConnect]) yield* part(prepared);
  } finally {
    hole.close();
    await fleet[Symbol.asyncDispose]();
  }
}
