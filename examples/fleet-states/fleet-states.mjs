// Connects a fleet of API servers within this process and prints the states of its clusters as they change, while some of
// them die, some get new credentials and one is removed. It ends with exit code 1 when a state is not what it should be.
import { parseArgs } from "node:util";
import { KubevirtConfig, Namespace } from "@kvop/core";
import { KubevirtClientManager } from "@kvop/kubevirt";
import { startServers } from "./fleet.mjs";

const { values } = parseArgs({
  options: { clusters: { type: "string", default: "100" }, help: { type: "boolean" } },
});
const count = Number(values.clusters);
if (values.help === true || !Number.isInteger(count) || count < 10 || count > 1000) {
  console.log("Usage: fleet-states [--clusters N]   N from 10 to 1000, default 100");
  process.exit(values.help === true ? 0 : 2);
}

const startedMs = performance.now();
const say = (text) =>
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}`);

/** Waits until a condition on the states holds. */
async function until(what, holds, timeoutMs = 60_000) {
  const endMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what} did not come to be`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  say(`${what}: ${summary()}`);
}

const states = new Map();
const countOf = (type) => [...states.values()].filter((state) => state.type === type).length;
const summary = () =>
  [...new Set([...states.values()].map((state) => state.type))]
    .toSorted((a, b) => a.localeCompare(b))
    .map((type) => `${countOf(type)} ${type}`)
    .join(", ");

/** Keeps the states of all clusters, and prints each change that is more than a step on the way. */
async function follow(manager) {
  for await (const state of manager.watchClusterStates()) {
    const known = states.get(state.configName);
    if (state.type === "removed") states.delete(state.configName);
    else states.set(state.configName, state);
    const isStep = state.type === "unknown" || state.type === "connecting";
    if (!isStep && known !== undefined && known.type !== "connecting")
      say(`  ${state.configName} ${known.type} -> ${state.type} (${state.reason})`);
  }
}

say(`starting ${count} API servers`);
const servers = await startServers(count);
const manager = new KubevirtClientManager(servers.client, { probeIntervalMs: 1000 });
const following = follow(manager);
let exitCode = 0;
try {
  await until("all configs are seen", () => states.size === count);
  const clients = await Promise.all(
    servers.clusters.map(({ name }) => manager.getClientForConfig(name)),
  );
  await until("all are connected", () => countOf("ready") === count);

  const [removed, ...others] = servers.clusters;
  const dying = others.slice(0, Math.floor(count / 10));
  const rotating = others.slice(-Math.floor(count / 10));
  for (const { listening } of dying) await listening.stop();
  for (const cluster of rotating) await cluster.rotate();
  await until(`${dying.length} died`, () => countOf("unreachable") === dying.length);
  const living = clients.filter(({ name }) => !dying.some((cluster) => cluster.name === name));
  await Promise.all(living.map((client) => client.get(Namespace, { name: "kube-system" })));
  say(`the other ${living.length} answered, ${rotating.length} of them with new credentials`);

  for (const { listening } of dying) await listening.start();
  await until("they are back", () => countOf("ready") === count);
  await servers.client.delete(KubevirtConfig, { name: removed.name });
  await until(`${removed.name} is removed`, () => states.size === count - 1);
} catch (error) {
  console.error(`\nThe example failed: ${error.message}`);
  exitCode = 1;
} finally {
  await manager[Symbol.asyncDispose]();
  await following;
  await servers[Symbol.asyncDispose]();
}
process.exitCode = exitCode;
