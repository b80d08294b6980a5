// A hundred embedded clusters behind one KubevirtClientManager: `node examples/fleet/fleet.mjs [clusters]`.
// Ends by itself, with 0 when every state was as it should be.
import { setMaxListeners } from "node:events";
import { KubevirtClientManager } from "@kvop/kubevirt";
import { startFleet } from "@kvop/testing";
import { StateBoard } from "./state-board.mjs";

const count = Number(process.argv[2] ?? 100);
if (!Number.isInteger(count) || count < 5 || count > 500) {
  console.error("How many clusters? A whole number from 5 to 500, 100 when none is given.");
  process.exit(2);
}
const deadline = AbortSignal.timeout(240_000);
// Every call listens to it.
setMaxListeners(0, deadline);
const fifth = Math.ceil(count / 5);

const fleet = await startFleet({ clusters: count });
const manager = new KubevirtClientManager(fleet.supervisor.client, { probeIntervalMs: 1_000 });
const names = fleet.clusters.map(({ name }) => name);
const board = new StateBoard(manager, { names, print: (line) => console.log(line) });

/** A chapter: what is done, and the states that are waited for. */
async function chapter(title, work, wanted) {
  console.log(`\n${title}`);
  const started = performance.now();
  await work();
  await board.waitUntil(wanted, deadline);
  console.log(`  as wanted after ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

let exitCode = 0;
try {
  const dead = fleet.clusters.slice(0, fifth);
  const rotated = fleet.clusters.slice(fifth, 2 * fifth);
  const isDead = (name) => dead.some((cluster) => cluster.name === name);
  const connectAll = () =>
    Promise.all(names.map((name) => manager.getClientForConfig(name, { signal: deadline })));

  await chapter(
    `${count} clusters are connected`,
    connectAll,
    (name, { type }) => type === "ready",
  );
  await chapter(
    `${dead.length} of them die`,
    () => Promise.all(dead.map((cluster) => cluster.stop())),
    (name, { type }) => type === (isDead(name) ? "unreachable" : "ready"),
  );
  await chapter(
    `${rotated.length} others get new credentials, and go on working`,
    async () => {
      await Promise.all(rotated.map((cluster) => cluster.rotateCredential()));
      await Promise.all(rotated.map(({ name }) => manager.validateConnection(name)));
    },
    (name, { type }) => type === (isDead(name) ? "unreachable" : "ready"),
  );
  await chapter(
    "the dead come back",
    () => Promise.all(dead.map((cluster) => cluster.start())),
    (name, { type }) => type === "ready",
  );
  console.log(`\n${board.summary()}`);
} catch (error) {
  exitCode = 1;
  console.error(`\n${error.message}\n${board.summary()}`);
} finally {
  board.end();
  await manager[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
}
process.exitCode = exitCode;
