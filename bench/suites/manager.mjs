import { KubevirtClientManager } from "@kvop/kubevirt";
import { startFleet } from "@kvop/testing";
import { interleaved, median, timed } from "../measure.mjs";

/** Requests that the supervisor and the cluster saw while `work` ran. */
async function counted(fleet, work) {
  const seen = { supervisor: 0, cluster: 0 };
  const stops = [
    fleet.supervisor.server.onRequest(() => (seen.supervisor += 1)),
    fleet.clusters[0].server.onRequest(() => (seen.cluster += 1)),
  ];
  await work();
  for (const stop of stops) stop[Symbol.dispose]();
  return seen;
}

export async function rows() {
  const fleet = await startFleet({ clusters: 1 });
  const supervisor = fleet.supervisor.client;
  const fresh = () =>
    new KubevirtClientManager(supervisor, { configNamespace: "kubevirt-configs" });
  try {
    const colds = [];
    for (let index = 0; index < 10; index += 1) {
      const manager = fresh();
      const { ms } = await timed(() => manager.getClientForConfig("cluster-1"));
      colds.push(ms);
      await manager[Symbol.asyncDispose]();
    }
    const manager = fresh();
    let storm;
    const requests = await counted(fleet, async () => {
      storm = await timed(() =>
        Promise.all(Array.from({ length: 1000 }, () => manager.getClientForConfig("cluster-1"))),
      );
    });
    const { cached } = await interleaved(
      { cached: () => manager.getClientForConfig("cluster-1") },
      { rounds: 20, calls: 20_000 },
    );
    await manager[Symbol.asyncDispose]();
    return [
      {
        what: "cached getClientForConfig",
        measured: `${cached.wallUs.toFixed(2)} µs`,
        goal: "1 µs",
      },
      {
        what: "cold client, first of the process",
        measured: `${colds[0].toFixed(0)} ms`,
        goal: "",
      },
      {
        what: "cold client, next ones (median)",
        measured: `${median(colds.slice(1)).toFixed(1)} ms`,
        goal: "",
      },
      {
        what: "1,000 concurrent callers of one cold config",
        measured: `${storm.ms.toFixed(1)} ms`,
        goal: "one caller + 10 ms",
      },
      {
        what: "requests they cost: supervisor, cluster",
        measured: `${requests.supervisor}, ${requests.cluster}`,
        goal: "2 reads on the supervisor (and one discovery a manager), one build",
      },
    ];
  } finally {
    await fleet[Symbol.asyncDispose]();
  }
}
