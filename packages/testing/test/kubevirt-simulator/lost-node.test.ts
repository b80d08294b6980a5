import { Event, type KubernetesObject, VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { SimulatedPod } from "../../src/simulator/simulated-kinds.js";
import { KEY, machineOf, simulatedWorld, type SimulatedWorld } from "./simulated-world.js";

async function runningWorld(): Promise<SimulatedWorld> {
  const world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 5);
  await world.clock.advance(1000);
  return world;
}

async function podOf(world: SimulatedWorld): Promise<SimulatedPod> {
  const [pod] = (await world.client.list(SimulatedPod, { namespace: "default" })).items;
  if (pod === undefined) throw new Error("There is no Pod.");
  return pod;
}

function readyOf(object: KubernetesObject | undefined): unknown {
  const { conditions = [] } =
    (object as { status?: { conditions?: { type: string }[] } }).status ?? {};
  return conditions.find(({ type }) => type === "Ready");
}

test("a node that is silent for a while: its machine is not ready, and ready again", async () => {
  await using world = await runningWorld();
  const ready = async () => readyOf(await world.client.get(VirtualMachine, KEY));
  {
    using _lost = world.simulator.loseNode();
    await world.clock.advance(45_000);
    expect(await ready()).toMatchObject({ status: "True" });
    const paused = await world.send("PUT", "virtualmachineinstances/web/pause", {});
    expect(paused).toMatchObject({ status: 500 });
    await world.clock.advance(10_000);
    expect(await ready()).toMatchObject({ status: "False" });
    expect((await world.client.get(VirtualMachine, KEY)).status).toMatchObject({
      printableStatus: "Running",
      created: true,
    });
    expect((await world.client.get(VirtualMachine, KEY)).status?.ready).not.toBe(true);
  }
  await world.clock.advance(1000);
  expect(await ready()).toMatchObject({ status: "True" });
});

test("a lost node: the Pod is deleted and stays; back again, its guest is ended and its machine starts anew", async () => {
  await using world = await runningWorld();
  const before = await world.client.get(VirtualMachineInstance, KEY);
  const lost = world.simulator.loseNode();
  await world.clock.advance(340_000);
  expect((await podOf(world)).metadata?.deletionTimestamp).toBeUndefined();
  await world.clock.advance(700_000);
  expect((await podOf(world)).metadata?.deletionTimestamp).toBeDefined();
  const left = await world.client.get(VirtualMachineInstance, KEY);
  expect(left).toMatchObject({
    metadata: { uid: before.metadata?.uid },
    status: { phase: "Running" },
  });
  expect(readyOf(left)).toMatchObject({ status: "False", reason: "PodTerminating" });
  lost[Symbol.dispose]();
  const isAnother = (instance: VirtualMachineInstance | undefined): boolean =>
    instance?.metadata?.uid !== before.metadata?.uid && instance?.status?.phase === "Running";
  await world.until(VirtualMachineInstance, KEY, isAnother, 60);
});

test("a Pod that is deleted by force: its instance fails, and the next one waits for a node", async () => {
  await using world = await runningWorld();
  const phases = world.valuesOf(VirtualMachineInstance, KEY, ({ status }) => status?.phase);
  const lost = world.simulator.loseNode();
  await world.clock.advance(60_000);
  const { metadata } = await podOf(world);
  const key = { namespace: "default", name: metadata?.name ?? "" };
  await world.client.delete(SimulatedPod, key, { gracePeriodSeconds: 0 });
  await world.clock.advance(1000);
  expect(phases).toContain("Failed");
  await world.untilStatus(KEY, "ErrorUnschedulable", 1);
  const events = (await world.client.list(Event, { namespace: "default" })).items;
  expect(events).toContainEqual(
    expect.objectContaining({ reason: "NodeNotReady", message: "Node is not ready" }),
  );
  lost[Symbol.dispose]();
  await world.untilStatus(KEY, "Running", 10);
});

test("a machine that is deleted while its node is lost goes when the node is back", async () => {
  await using world = await runningWorld();
  const lost = world.simulator.loseNode();
  await world.client.delete(VirtualMachine, KEY);
  await world.clock.advance(120_000);
  const vm = await world.client.get(VirtualMachine, KEY);
  expect(vm.status?.printableStatus).toBe("Terminating");
  lost[Symbol.dispose]();
  await world.until(VirtualMachine, KEY, (each) => each === undefined, 60);
});
