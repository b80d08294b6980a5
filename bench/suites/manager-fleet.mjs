import { connect as tcp, createServer } from "node:net";
import { Namespace, Secret, VirtualMachine } from "@kvop/core";
import { kubeconfigSecret, machine } from "@kvop/testing";
import { pooled, rawAgent, rawRequest } from "../connection.mjs";
import { CONFIG_NAMESPACE, newManager, prepareConfigs } from "../fleet-configs.mjs";
import { median, timed } from "../measure.mjs";
import { startFleetProcess } from "../processes.mjs";
import { atMost, atMostTimes } from "../row.mjs";

const SERVERS = 20;
const COLD_RUNS = 5;

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

/** Milliseconds of 900 raw dials with an answer each, 50 at once; the connections are closed after. */
async function dialRaw(connections) {
  const agents = [];
  const { ms } = await timed(() =>
    pooled(900, 50, async (index) => {
      const connection = connections[index % SERVERS];
      const agent = rawAgent(connection, 1);
      agents.push(agent);
      await rawRequest(agent, connection, "/version");
    }),
  );
  await Promise.all(agents.map((agent) => agent.destroy()));
  return ms;
}

/** Milliseconds until a manager that knows nothing has the healthy of these clusters, all asked for at once, and how many failed. */
async function connectCold(supervisor, names, isDead) {
  const manager = newManager(supervisor);
  const { ms, value } = await timed(() => {
    const calls = names.map((name) => manager.getClientForConfig(name));
    for (const call of calls) call.catch(() => {});
    return Promise.allSettled(calls.filter((_, index) => !isDead(index)));
  });
  await manager[Symbol.asyncDispose]();
  return { ms, failed: value.filter(({ status }) => status === "rejected").length };
}

async function* coldConnect({ supervisor, connections, make, remove }, hole) {
  const isDead = (index) => index % 10 === 0;
  const names = await make("many", 1000, { hole, isDead });
  const raw = [];
  const cold = [];
  await dialRaw(connections);
  for (let run = 0; run < COLD_RUNS; run += 1) {
    // Whichever comes second finds the machine as the first has left it.
    if (run % 2 === 0) raw.push(await dialRaw(connections));
    cold.push(await connectCold(supervisor, names, isDead));
    if (run % 2 === 1) raw.push(await dialRaw(connections));
  }
  const failed = cold.reduce((sum, run) => sum + run.failed, 0);
  const connected = atMostTimes(
    "cold connect of 1,000 clusters, 100 silent: the 900",
    median(cold.map(({ ms }) => ms)),
    "ms",
    { peer: "900 raw dials, 50 at once, by turns", value: median(raw), times: 1.5 },
  );
  if (failed > 0) connected.measured += `, ${failed} of ${COLD_RUNS * 900} failed`;
  yield { ...connected, holds: connected.holds && failed === 0 };
  await remove(names);
}

async function* search({ supervisor, make, remove }, hole) {
  for (const dead of [0, 5]) {
    const names = await make(`search${dead}`, 100, { hole, isDead: (index) => index < dead });
    const manager = newManager(supervisor, { searchTimeoutMs: 2000 });
    await Promise.all(names.map((name) => manager.getClientForConfig(name).catch(() => {})));
    const lost = machine({ metadata: { name: "lost" }, status: {} });
    const clients = await Promise.all(
      names.slice(dead).map((name) => manager.getClientForConfig(name)),
    );
    const round = async () =>
      (await timed(() => Promise.all(clients.map((client) => client.list(VirtualMachine, {}))))).ms;
    const find = () => manager.getOrCreateClientFromMachine(lost).catch(() => {});
    await round();
    await find();
    const rounds = [];
    const runs = [];
    for (let index = 0; index < 9; index += 1) {
      rounds.push(await round());
      runs.push((await timed(find)).ms);
    }
    const slowest = median(rounds);
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

/** p99 of GETs of 100 consumers, each of one healthy cluster after another, while dials of the dead ones are under way. */
async function p99(supervisor, healthy, dead) {
  const manager = newManager(supervisor);
  for (const name of dead) void manager.getClientForConfig(name).catch(() => {});
  await Promise.all(healthy.map((name) => manager.getClientForConfig(name)));
  const times = [];
  const consume = async (consumer, calls) => {
    for (let call = 0; call < calls; call += 1) {
      const start = performance.now();
      const client = await manager.getClientForConfig(healthy[(consumer + call) % healthy.length]);
      await client.get(Namespace, { name: "default" });
      times.push(performance.now() - start);
    }
  };
  const consumers = Array.from({ length: 100 }, (_, index) => index);
  // Where two meet at one cluster it gets a second connection, which is no matter of the dead ones.
  await Promise.all(consumers.map((consumer) => consume(consumer, 3)));
  times.length = 0;
  await Promise.all(consumers.map((consumer) => consume(consumer, 10)));
  times.sort((a, b) => a - b);
  await manager[Symbol.asyncDispose]();
  return times[Math.floor(times.length * 0.99)];
}

async function* isolation({ supervisor, make, remove }, hole) {
  const isDead = (index) => index % 5 === 0;
  const names = await make("some", 100, { hole, isDead });
  const healthy = names.filter((_, index) => !isDead(index));
  const dead = names.filter((_, index) => isDead(index));
  const without = [];
  const holes = [];
  await p99(supervisor, healthy, []);
  for (let run = 0; run < 10; run += 1) {
    // Whichever comes second finds the machine as the first has left it.
    if (run % 2 === 0) holes.push(await p99(supervisor, healthy, dead));
    without.push(await p99(supervisor, healthy, []));
    if (run % 2 === 1) holes.push(await p99(supervisor, healthy, dead));
  }
  yield atMostTimes(
    "p99 of 80 healthy clusters, 20 black-holed beside them, 10 runs",
    median(holes),
    "ms",
    {
      peer: "without them, by turns",
      value: median(without),
      times: 1.3,
    },
  );
  await remove(names);
}

async function* notice({ supervisor, connections, make, remove }) {
  const gate = await openGate(Number(new URL(connections[0].server).port));
  const [name] = await make("gated", 1);
  const secret = (text) => ({ data: kubeconfigSecret(text).data });
  const key = { namespace: CONFIG_NAMESPACE, name };
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
  const [name] = await make("rotated", 1);
  const manager = newManager(supervisor);
  const client = await manager.getClientForConfig(name);
  await manager.validateConnection(name);
  const moved = text.replaceAll(server, `https://127.0.0.1:${gate.port}`);
  const { ms } = await timed(async () => {
    await supervisor.patch(
      Secret,
      { namespace: CONFIG_NAMESPACE, name },
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
    const prepared = await prepareConfigs(fleet, SERVERS);
    for (const part of [search, isolation, notice, rotation, coldConnect])
      yield* part(prepared, hole);
  } finally {
    hole.close();
    await fleet[Symbol.asyncDispose]();
  }
}
