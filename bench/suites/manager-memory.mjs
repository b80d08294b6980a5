import { prepareConfigs } from "../fleet-configs.mjs";
import { measureMemory } from "../memory.mjs";
import { median } from "../measure.mjs";
import { startFleetProcess } from "../processes.mjs";
import { atMostTimes } from "../row.mjs";

const SERVERS = 10;
const WARM = 60;
const COUNT = 200;
const PROCESSES = 3;
const KIB = 1024;

/** KiB that one of 200 clusters takes in a manager's process, and what its connections take raw, medians of three processes each. */
async function measure({ fleet, make, remove }, watches) {
  const common = { warm: WARM, count: COUNT, watches };
  const kubeconfigPaths = Array.from({ length: SERVERS }, (_, index) =>
    fleet.kubeconfigPath(`cluster-${index + 1}`),
  );
  const raw = [];
  const ours = [];
  for (let run = 0; run < PROCESSES; run += 1) {
    raw.push((await measureMemory({ ...common, kind: "raw", kubeconfigPaths })).bytes / KIB);
    const warm = await make("warm", WARM);
    const cold = Array.from({ length: COUNT }, (_, index) => `cold-${index}`);
    const supervisorPath = fleet.kubeconfigPath("supervisor");
    const settings = { ...common, kind: "manager", supervisorPath, names: [...warm, ...cold] };
    ours.push((await measureMemory(settings, () => make("cold", COUNT))).bytes / KIB);
    await remove([...warm, ...cold]);
  }
  return { raw: median(raw), ours: median(ours) };
}

export async function* rows() {
  const fleet = await startFleetProcess({ clusters: SERVERS });
  try {
    const prepared = { fleet, ...(await prepareConfigs(fleet, SERVERS)) };
    for (const [watches, what, peer] of [
      [0, "without watches", "a raw HTTP/1.1 connection"],
      [3, "with three watches", "that and three raw streams of HTTP/2"],
    ]) {
      const { raw, ours } = await measure(prepared, watches);
      yield atMostTimes(`memory of an idle connected cluster ${what} (RSS)`, ours, "KiB", {
        peer,
        value: raw,
        times: 1,
        plus: 64,
      });
    }
  } finally {
    await fleet[Symbol.asyncDispose]();
  }
}
