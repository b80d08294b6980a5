import { ConfigMap } from "@kvop/core";
import { newManager, newSupervisor } from "../fleet-configs.mjs";
import { startGoPeer } from "../go-peer.mjs";
import { interleaved, median } from "../measure.mjs";
import { startFleetProcess } from "../processes.mjs";
import { figure } from "../row.mjs";

const KEY = { namespace: "default", name: "x" };
const ROUNDS = 20;
const CALLS = 60;

/** Medians of a GET by both, by turns against one server. */
async function measure(client, peer) {
  const ours = [];
  const theirs = [];
  const works = { ours: () => client.get(ConfigMap, KEY) };
  await interleaved(works, { rounds: 10, calls: 300 });
  await peer.get(3000);
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push((await interleaved(works, { rounds: 1, calls: CALLS })).ours);
    theirs.push(await peer.get(CALLS));
  }
  const of = (runs, what) => median(runs.map((run) => run[what]));
  return ["wallUs", "cpuUs"].map((what) => ({ ours: of(ours, what), theirs: of(theirs, what) }));
}

export async function* rows() {
  const fleet = await startFleetProcess({ clusters: 1 });
  const path = fleet.kubeconfigPath("cluster-1");
  const peer = await startGoPeer(path);
  const supervisor = await newSupervisor(fleet.kubeconfigPath("supervisor"));
  const manager = newManager(supervisor);
  try {
    if (peer.unavailable !== undefined) {
      yield { what: "a GET beside client-go", measured: "", peer: peer.unavailable, goal: "" };
      return;
    }
    const client = await manager.getClientForConfig("cluster-1");
    await client.create(ConfigMap, { metadata: KEY, data: { a: "b".repeat(500) } });
    const [wall, cpu] = await measure(client, peer);
    for (const { what, ours, theirs } of [
      { what: "a GET, wall", ...wall },
      { what: "a GET, CPU", ...cpu },
    ])
      yield {
        what,
        measured: figure(ours, "µs"),
        peer: `client-go: ${figure(theirs, "µs")}`,
        ratio: `${(ours / theirs).toFixed(2)}x`,
        goal: "",
      };
  } finally {
    peer[Symbol.dispose]?.();
    await manager[Symbol.asyncDispose]();
    await supervisor[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
  }
}
