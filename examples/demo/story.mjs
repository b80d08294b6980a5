import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlreadyExists, Machine, Namespace } from "@kvop/core";
import { KubevirtClientManager } from "@kvop/kubevirt";
import { startFleet } from "@kvop/testing";
import { buildMachine, readMachines } from "./machine-files.mjs";
import { MachineTable } from "./machine-table.mjs";
import { observeDeletion } from "./observe-deletion.mjs";
import { startOperatorProcess } from "./operator-process.mjs";
import { isReachable, isRunning, WatchedMachines } from "./watched-machines.mjs";

/** Deadline of one step. The steps of a run that goes well take a second or two each. */
const STEP_TIMEOUT_MS = 20_000;
/** What each Machine beyond the first may add to the deadline of making them all. */
const MACHINE_TIMEOUT_MS = 200;

/** The whole demo; throws when anything that it claims did not happen, or when it is interrupted. Leaves nothing behind. */
export async function runStory(options) {
  const parts = [];
  const dir = await mkdtemp(join(tmpdir(), "kvop-demo-"));
  parts.push(() => rm(dir, { recursive: true, force: true }));
  const interruption = listenForSignals();
  const preparing = prepare(options, dir, parts);
  try {
    await Promise.race([tell(preparing, options, dir), interruption.happened]);
  } finally {
    // What is being started when a signal comes has to be there before it can be stopped.
    await preparing.catch(() => undefined);
    for (const part of parts.toReversed()) await part();
    interruption.stop();
  }
}

async function tell(preparing, options, dir) {
  const startedMs = performance.now();
  const story = await preparing;
  const work = (async () => {
    const done = [];
    for (const chapter of [create, breakCluster, rotate, remove]) done.push(await chapter(story));
    story.table.leave();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`\nAll of it happened, in ${seconds} s:\n`);
    for (const line of done) process.stdout.write(`  - ${line}\n`);
    if (options.isKept) await keep(story, dir);
  })();
  await Promise.race([work, story.operator.ended]);
}

/** Ctrl-C, or a stop of whatever runs this. */
function listenForSignals() {
  const signals = ["SIGINT", "SIGTERM"];
  let onSignal;
  const happened = new Promise((_, reject) => {
    onSignal = (signal) => reject(new Interruption(signal));
  });
  happened.catch(() => undefined);
  for (const signal of signals) process.on(signal, onSignal);
  return {
    happened,
    stop: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** The demo was ended from outside. */
export class Interruption extends Error {
  constructor(signal) {
    super(`it was interrupted by ${signal}`);
  }
}

async function prepare(options, dir, parts) {
  const table = new MachineTable();
  table.say(
    `Starts a supervisor and ${options.clusters} KubeVirt clusters (${options.engine}), and kvop beside them.`,
  );
  const fleet = await startFleet({ clusters: options.clusters, engine: options.engine, dir });
  parts.push(() => fleet[Symbol.asyncDispose]());
  const { kubeconfigPath, client } = fleet.supervisor;
  const operator = await startOperatorProcess({
    kubeconfigPath,
    logPath: join(dir, "operator.log"),
  });
  parts.push(() => operator.stop());
  const manager = new KubevirtClientManager(client, { configNamespace: "kubevirt-configs" });
  parts.push(() => manager[Symbol.asyncDispose]());
  const machines = new WatchedMachines(client, table);
  parts.push(() => machines.close());
  return { options, fleet, client, operator, manager, machines, table };
}

async function create({ options, fleet, client, machines, table }) {
  const wanted = await readMachines(
    options.machines,
    fleet.clusters.map(({ name }) => name),
  );
  table.say(`\nApplies ${wanted.length} Machines from machines/*.yaml.`);
  for (const namespace of new Set([...wanted.map(({ metadata }) => metadata.namespace), "shop"])) {
    await client
      .create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
      .catch((error) => {
        if (!isAlreadyExists(error)) throw error;
      });
  }
  await Promise.all(wanted.map((machine) => client.create(Machine, machine)));
  await machines.until(
    `${wanted.length} Machines Running with an address`,
    () => machines.list().length === wanted.length && machines.list().every(isRunning),
    STEP_TIMEOUT_MS + wanted.length * MACHINE_TIMEOUT_MS,
  );
  return `${wanted.length} Machines ran on ${new Set(wanted.map(({ metadata }) => metadata.annotations["vitistack.io/kubevirt-config"])).size} clusters`;
}

async function breakCluster({ fleet, client, machines, table }) {
  const broken = fleet.clusters.at(-1);
  const [healthy] = fleet.clusters;
  // Also where few Machines were asked for, the cluster that fails has one to tell of it.
  if (machines.on(broken.name).length === 0) await add({ client, machines }, "lonely", broken.name);
  table.say(`\nKills ${broken.name}. Its Machines say so; the others go on.`);
  await broken.stop();
  await machines.until(
    `the Machines on ${broken.name} say that it does not answer`,
    () => machines.on(broken.name).every((machine) => !isReachable(machine)),
    STEP_TIMEOUT_MS,
  );
  await add({ client, machines }, "created-meanwhile", healthy.name);
  const others = machines.list().filter((machine) => !machines.on(broken.name).includes(machine));
  if (!others.every((machine) => isRunning(machine) && isReachable(machine)))
    throw new Error("a Machine on a healthy cluster was disturbed by the cluster that failed");
  if (!machines.on(broken.name).every(isRunning))
    throw new Error("a Machine lost its phase because its cluster does not answer");
  table.say(`\nBrings ${broken.name} back.`);
  await broken.start();
  await machines.until(
    `the Machines on ${broken.name} say that it answers again`,
    () => machines.on(broken.name).every((machine) => isReachable(machine) && isRunning(machine)),
    STEP_TIMEOUT_MS,
  );
  return `${broken.name} failed and came back; its Machines said so, and one was made on ${healthy.name} meanwhile`;
}

async function rotate({ fleet, client, machines, table }) {
  const [cluster] = fleet.clusters;
  table.say(`\nRotates the credential of ${cluster.name}; the old one is no longer accepted.`);
  await cluster.rotateCredential();
  await add({ client, machines }, "after-rotation", cluster.name);
  return `the credential of ${cluster.name} was replaced, and a Machine was made with the new one`;
}

async function remove({ fleet, client, manager, machines, table }) {
  const [cluster] = fleet.clusters;
  const key = { namespace: "shop", name: "after-rotation" };
  table.say(`\nDeletes ${key.namespace}/${key.name}: VirtualMachine, then disks, then gone.`);
  const remote = await manager.getClientForConfig(cluster.name);
  const deletion = await observeDeletion(remote, key);
  try {
    await client.delete(Machine, key);
    await machines.until(
      `${key.name} is gone`,
      () => machines.get(key) === undefined,
      STEP_TIMEOUT_MS,
    );
    const { diskCount } = deletion;
    const versions = await deletion.finish(5_000);
    if (diskCount === 0) throw new Error("the deleted Machine had no disk");
    if (!versions.disks.every((version) => version > versions.virtualMachine))
      throw new Error("a disk was gone before its VirtualMachine");
    return `${key.name} was deleted: VirtualMachine first, then ${diskCount} disk(s), then the Machine`;
  } finally {
    await deletion.close();
  }
}

async function add({ client, machines }, name, clusterName) {
  const machine = buildMachine(name, clusterName);
  await client.create(Machine, machine);
  await machines.until(
    `${name} on ${clusterName} is Running`,
    () => isRunning(machines.get({ namespace: "shop", name })),
    STEP_TIMEOUT_MS,
  );
}

/** Leaves all of it running until a signal comes. */
async function keep({ fleet, machines, table }, dir) {
  table.leave();
  const kubectl = `kubectl --kubeconfig ${fleet.supervisor.kubeconfigPath}`;
  const [{ metadata }] = machines.list();
  process.stdout.write(`
All of it is left running; Ctrl-C ends it. To try:
  ${kubectl} get machines -A
  ${kubectl} describe machine -n ${metadata.namespace} ${metadata.name}
  ${kubectl} delete machine -n ${metadata.namespace} ${metadata.name}
  kubectl --kubeconfig ${join(dir, "cluster-1.kubeconfig")} get vms,pvc -A
  tail -f ${join(dir, "operator.log")}
`);
  // A pending promise alone does not hold a process.
  const hold = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
  clearInterval(hold);
}
