import { VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineOf, simulatedWorld, type SimulatedWorld } from "./simulated-world.js";

const START = "virtualmachines/web/start";
const STOP = "virtualmachines/web/stop";
const RESTART = "virtualmachines/web/restart";
const PAUSE = "virtualmachineinstances/web/pause";
const UNPAUSE = "virtualmachineinstances/web/unpause";

async function worldWith(runStrategy: string): Promise<SimulatedWorld> {
  const world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY, { runStrategy }));
  await world.clock.advance(1000);
  return world;
}

const uidOf = async ({ client }: SimulatedWorld): Promise<string | undefined> =>
  (await client.find(VirtualMachineInstance, KEY))?.metadata?.uid;

test.each([
  ["Halted", STOP, "VM is not running"],
  ["Halted", RESTART, "RunStategy Halted does not support manual restart requests"],
  ["Manual", STOP, "VM is not running"],
  ["Manual", RESTART, "VM is not running: Halted"],
  ["Always", START, "VM is already running"],
  ["Once", START, "VM is already running"],
])("%s refuses %s: %s", async (runStrategy, call, why) => {
  await using world = await worldWith(runStrategy);
  const answer = await world.send("PUT", call, {});
  expect(answer.status).toBe(409);
  expect(answer.message).toContain(why);
});

test("who does not take everything is refused with 406, as by the real virt-api", async () => {
  await using world = await worldWith("Halted");
  const answer = await world.server.transport().request({
    method: "PUT",
    path: `/apis/subresources.kubevirt.io/v1/namespaces/default/${START}`,
    verb: "update",
    resource: "",
    timeoutMs: 0,
    accept: "application/json",
    body: {},
  });
  expect(answer.status).toBe(406);
});

test("Manual: start, stop and start again make instances one after the other", async () => {
  await using world = await worldWith("Manual");
  expect(await uidOf(world)).toBeUndefined();
  expect(await world.send("PUT", START, {})).toMatchObject({ status: 202, body: "" });
  await world.untilStatus(KEY, "Running", 2);
  const first = await uidOf(world);
  expect((await world.send("PUT", STOP, {})).status).toBe(202);
  await world.untilStatus(KEY, "Stopped", 2);
  await world.until(VirtualMachineInstance, KEY, (vmi) => vmi === undefined, 2);
  expect((await world.send("PUT", START, {})).status).toBe(202);
  await world.untilStatus(KEY, "Running", 2);
  expect(await uidOf(world)).not.toBe(first);
  const { spec } = await world.client.get(VirtualMachine, KEY);
  expect(spec?.runStrategy).toBe("Manual");
});

test("Halted becomes Always by start, and again Halted by stop", async () => {
  await using world = await worldWith("Halted");
  await world.send("PUT", START, {});
  const started = await world.untilStatus(KEY, "Running", 2);
  expect(started.spec?.runStrategy).toBe("Always");
  await world.send("PUT", STOP, {});
  const stopped = await world.untilStatus(KEY, "Stopped", 2);
  expect(stopped.spec?.runStrategy).toBe("Halted");
});

test("restart makes a new instance; without a grace period at once", async () => {
  await using world = await worldWith("Always");
  const first = await uidOf(world);
  using _hold = world.simulator.hold(KEY, "shutdown");
  expect((await world.send("PUT", RESTART, { gracePeriodSeconds: 0 })).status).toBe(202);
  const isNew = (vmi: VirtualMachineInstance | undefined): boolean =>
    vmi !== undefined && vmi.metadata?.uid !== first && vmi.status?.phase === "Running";
  await world.until(VirtualMachineInstance, KEY, isNew, 5);
  const refused = await world.send("PUT", RESTART, { gracePeriodSeconds: 5 });
  expect(refused.status).toBe(400);
});

test("started paused, it is Paused until it goes on", async () => {
  await using world = await worldWith("Halted");
  await world.send("PUT", START, { paused: true });
  const paused = await world.untilStatus(KEY, "Paused", 2);
  expect(paused.status?.ready).not.toBe(true);
  expect((await world.send("PUT", PAUSE, {})).status).toBe(409);
  expect((await world.send("PUT", UNPAUSE, {})).status).toBe(200);
  const running = await world.until(VirtualMachine, KEY, (vm) => vm?.status?.ready === true, 2);
  expect(running?.status?.printableStatus).toBe("Running");
  const again = await world.send("PUT", UNPAUSE, {});
  expect(again).toMatchObject({ status: 409 });
  expect(again.message).toContain("VMI is not paused");
});

test("what the guest's agent tells can be read once it is connected", async () => {
  await using world = await worldWith("Always");
  const read = () => world.send("GET", "virtualmachineinstances/web/guestosinfo");
  expect((await read()).body).toContain("VMI does not have guest agent connected");
  {
    using _agent = world.simulator.guest(KEY).connectAgent();
    const vmi = await world.until(
      VirtualMachineInstance,
      KEY,
      (each) => each?.status?.guestOSInfo !== undefined,
      2,
    );
    const conditions = vmi?.status?.conditions ?? [];
    expect(conditions.map(({ type }) => type)).toContain("AgentConnected");
    expect((await read()).status).toBe(200);
  }
  await world.clock.advance(1000);
  expect((await read()).status).toBe(500);
});

test.each([
  ["GET", "virtualmachineinstances/web/console"],
  ["GET", "virtualmachineinstances/web/vnc"],
  ["GET", "virtualmachines/web/portforward/22"],
  ["GET", "virtualmachineinstances/web/vsock"],
  ["PUT", "expand-vm-spec"],
  ["GET", "/apis/subresources.kubevirt.io/v1/guestfs"],
] as const)("%s %s is not simulated and says so", async (method, path) => {
  await using world = await worldWith("Always");
  const answer = await world.send(method, path, method === "GET" ? undefined : {});
  expect(answer.status).toBe(501);
  expect(answer.message).toContain("not simulated");
});

test.each([
  ["PUT", "virtualmachineinstances/web/addvolume", "Unable to Add Volume because HotplugVolumes"],
  ["PUT", "virtualmachineinstances/web/removevolume", "Unable to Remove Volume because"],
  ["GET", "virtualmachineinstances/web/vnc", "VMI is not running"],
  ["GET", "virtualmachineinstances/web/console", "VMI is not running"],
  [
    "PUT",
    "virtualmachineinstances/web/reset",
    "Failed to reset non-running VMI with phase Scheduling: Unable to connect",
  ],
] as const)(
  "%s %s of an instance without a node is a bad request: %s",
  async (method, path, why) => {
    await using world = await simulatedWorld();
    using _hold = world.simulator.hold("all", "schedule");
    await world.client.create(VirtualMachine, machineOf(KEY, { runStrategy: "Always" }));
    await world.clock.advance(1000);
    const answer = await world.send(method, path, method === "GET" ? undefined : {});
    expect(answer.status).toBe(400);
    expect(answer.message).toContain(why);
  },
);

test.each([
  ["addvolume", 400, "Unable to Add Volume because HotplugVolumes feature gate is not enabled."],
  [
    "removevolume",
    400,
    "Unable to Remove Volume because HotplugVolumes feature gate is not enabled.",
  ],
  ["memorydump", 400, "Unable to memory dump because HotplugVolumes feature gate is not enabled."],
  [
    "removememorydump",
    409,
    'Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": can\'t remove memory dump association for vm web, no association found',
  ],
] as const)(
  "%s of a machine is refused though discovery does not tell of it",
  async (call, status, message) => {
    await using world = await worldWith("Halted");
    const answer = await world.send("PUT", `virtualmachines/web/${call}`, { name: "data" });
    expect(answer).toMatchObject({ status, message });
  },
);

test("what only a guest's agent knows is a plain 500 while there is none, as by the real virt-api", async () => {
  await using world = await worldWith("Halted");
  const answer = await world.send("GET", "virtualmachineinstances/web/userlist");
  expect(answer).toMatchObject({
    status: 500,
    body: 'virtualmachineinstance.kubevirt.io "web" not found',
  });
});

test("a migration is made and fails: there is one node", async () => {
  await using world = await worldWith("Always");
  expect((await world.send("PUT", "virtualmachines/web/migrate", {})).status).toBe(202);
  await world.clock.advance(1000);
  const answer = await world.send(
    "GET",
    "/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstancemigrations",
  );
  const { items } = answer.body as { items: { status?: { phase?: string } }[] };
  expect(items.map(({ status }) => status?.phase)).toEqual(["Failed"]);
  await world.untilStatus(KEY, "Running", 1);
});
