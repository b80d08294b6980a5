import { VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { SimulatedPod } from "../../src/simulator/simulated-kinds.js";
import { KEY, machineWith, simulatedWorld, type SimulatedWorld } from "./simulated-world.js";

async function runningWorld(
  evictionStrategy: string,
  binding: object = { masquerade: {} },
): Promise<SimulatedWorld> {
  const world = await simulatedWorld();
  const machine = machineWith({
    runStrategy: "Always",
    "template.spec.evictionStrategy": evictionStrategy,
    "template.spec.domain.devices.interfaces": [{ name: "default", ...binding }],
  });
  await world.client.create(VirtualMachine, machine);
  await world.untilStatus(KEY, "Running", 5);
  return world;
}

async function evict(world: SimulatedWorld, options: object = {}) {
  const { items } = await world.client.list(SimulatedPod, { namespace: "default" });
  const name = items[0]?.metadata?.name ?? "";
  const path = `/api/v1/namespaces/default/pods/${name}/eviction`;
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name }, ...options };
  const answer = await world.send("POST", path, body);
  await world.clock.advance(100);
  return answer;
}

async function nodeToLeave(world: SimulatedWorld): Promise<unknown> {
  const { status } = await world.client.get(VirtualMachineInstance, KEY);
  return (status as { evacuationNodeName?: string } | undefined)?.evacuationNodeName;
}

const PREFIX =
  'admission webhook "virt-launcher-eviction-interceptor.kubevirt.io" denied the request: ';
const EVACUATES = 'Eviction triggered evacuation of VMI "default/web"';

test.each(["LiveMigrate", "LiveMigrateIfPossible", "External"])(
  "evicting the launcher of an instance with %s marks it, and takes the Pod nothing",
  async (strategy) => {
    await using world = await runningWorld(strategy);
    expect(await evict(world, { deleteOptions: { dryRun: ["All"] } })).toMatchObject({
      status: 429,
    });
    expect(await nodeToLeave(world)).toBeUndefined();
    const { status, body } = await evict(world);
    expect(status).toBe(429);
    expect(body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: PREFIX + EVACUATES,
      code: 429,
    });
    expect(await nodeToLeave(world)).toBe("node01");
    expect(await evict(world)).toMatchObject({
      status: 429,
      message: `${PREFIX}Evacuation in progress: ${EVACUATES}`,
    });
    await world.clock.advance(60_000);
    await world.untilStatus(KEY, "Running", 1);
  },
);

test("an instance that has to move and cannot is not evicted", async () => {
  await using world = await runningWorld("LiveMigrate", { bridge: {} });
  expect(await evict(world)).toMatchObject({
    status: 429,
    message: `${PREFIX}VMI web is configured with an eviction strategy but is not live-migratable`,
  });
});

test("without a strategy the launcher is evicted, and its machine starts again", async () => {
  await using world = await runningWorld("None");
  const before = await world.client.get(VirtualMachineInstance, KEY);
  expect((await evict(world)).status).toBe(201);
  const isAnother = (instance: VirtualMachineInstance | undefined): boolean =>
    instance?.metadata?.uid !== before.metadata?.uid && instance?.status?.phase === "Running";
  await world.until(VirtualMachineInstance, KEY, isAnother, 60);
});

test("an evacuation is called off, by who knows its node", async () => {
  await using world = await runningWorld("External");
  const cancel = (body: object, plural = "virtualmachineinstances") =>
    world.send("PUT", `${plural}/web/evacuate/cancel`, body);
  expect((await cancel({})).status).toBe(200);
  await evict(world);
  expect(await cancel({ evacuationNodeName: "node02" })).toMatchObject({ status: 500 });
  expect(await nodeToLeave(world)).toBe("node01");
  const right = { evacuationNodeName: "node01" };
  expect((await cancel({ ...right, dryRun: ["All"] })).status).toBe(200);
  expect(await nodeToLeave(world)).toBe("node01");
  expect((await cancel(right, "virtualmachines")).status).toBe(200);
  expect(await nodeToLeave(world)).toBeUndefined();
  const gone = await world.send("PUT", "virtualmachines/none/evacuate/cancel", right);
  expect(gone.status).toBe(404);
});
