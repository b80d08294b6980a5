import {
  DataVolume,
  Event,
  NetworkAttachmentDefinition,
  PersistentVolumeClaim,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import { expect, test } from "vitest";
import { persistentVolumeClaim } from "../../src/fixtures/kubevirt-fixtures.js";
import { SimulatedPod } from "../../src/simulator/simulated-kinds.js";
import { KEY, machineOf, simulatedWorld } from "./simulated-world.js";

const statusOf = (vm: VirtualMachine): unknown => vm.status?.printableStatus;

test("each write of an instance's status raises its generation, none of a machine's does", async () => {
  await using world = await simulatedWorld();
  const generations = world.valuesOf(
    VirtualMachineInstance,
    KEY,
    ({ metadata }) => metadata?.generation,
  );
  await world.client.create(VirtualMachine, machineOf(KEY));
  const vm = await world.until(VirtualMachine, KEY, (each) => each?.status?.ready === true, 2);
  expect(vm?.metadata?.generation).toBe(1);
  expect(generations.length).toBeGreaterThan(5);
  expect(generations).toEqual([...generations.keys()].map((index) => index + 1));
});

test("a claim that waits for its first consumer is bound when the launcher is placed", async () => {
  await using world = await simulatedWorld();
  const claim = persistentVolumeClaim({ spec: { storageClassName: "wait" } });
  await world.client.create(PersistentVolumeClaim, claim);
  await world.clock.advance(60_000);
  expect((await world.client.get(PersistentVolumeClaim, KEY)).status?.phase).toBe("Pending");
  const volume = { persistentVolumeClaim: { claimName: "web" } };
  await world.client.create(VirtualMachine, machineOf(KEY, {}, volume));
  await world.untilStatus(KEY, "Running", 2);
  const bound = await world.client.get(PersistentVolumeClaim, KEY);
  expect(bound.status?.phase).toBe("Bound");
  expect(bound.metadata?.annotations).toMatchObject({
    "volume.kubernetes.io/selected-node": "node01",
  });
});

test("a DataVolume that waits for its first consumer gets one: a Pod of its own", async () => {
  await using world = await simulatedWorld();
  const spec = {
    source: { blank: {} },
    storage: { storageClassName: "wait", resources: { requests: { storage: "5Gi" } } },
  };
  const templates = { dataVolumeTemplates: [{ metadata: { name: "web-root" }, spec }] };
  const phases = world.valuesOf(
    DataVolume,
    { ...KEY, name: "web-root" },
    ({ status }) => status?.phase,
  );
  const machine = machineOf(KEY, templates, { dataVolume: { name: "web-root" } });
  await world.client.create(VirtualMachine, machine);
  await world.untilStatus(KEY, "Running", 5);
  expect(phases).toContain("WaitForFirstConsumer");
  expect(phases.at(-1)).toBe("Succeeded");
  const { items } = await world.client.list(SimulatedPod, { namespace: "default" });
  expect(items).toHaveLength(1);
});

test("without its claim a machine waits and says so; the claim lets it start", async () => {
  await using world = await simulatedWorld();
  const volume = { persistentVolumeClaim: { claimName: "web" } };
  await world.client.create(VirtualMachine, machineOf(KEY, {}, volume));
  await world.untilStatus(KEY, "ErrorPvcNotFound", 2);
  await world.client.create(PersistentVolumeClaim, persistentVolumeClaim());
  await world.untilStatus(KEY, "Running", 2);
});

test("without the definition of its network a machine waits and says so", async () => {
  await using world = await simulatedWorld();
  const machine = machineOf(KEY);
  const spec = machine.spec?.template?.spec as {
    networks: object[];
    domain: { devices: { interfaces: object[] } };
  };
  spec.networks.push({ name: "red", multus: { networkName: "red" } });
  spec.domain.devices.interfaces.push({ name: "red", bridge: {} });
  await world.client.create(VirtualMachine, machine);
  await world.clock.advance(5000);
  const { status } = await world.client.get(VirtualMachine, KEY);
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({
      type: "Synchronized",
      reason: "FailedCreate",
      message:
        "failed to render launch manifest: failed to locate network attachment definition default/red",
    }),
  );
  await world.client.create(NetworkAttachmentDefinition, {
    metadata: { namespace: "default", name: "red" },
    spec: { config: "{}" },
  });
  await world.untilStatus(KEY, "Running", 5);
});

test.each([
  ["Always", "shutDown", true],
  ["Always", "crash", true],
  ["RerunOnFailure", "shutDown", false],
  ["RerunOnFailure", "crash", true],
  ["Manual", "crash", false],
  ["Once", "shutDown", false],
  ["Once", "crash", false],
] as const)("%s after a guest's %s: a new instance %s", async (runStrategy, end, isNew) => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY, { runStrategy }));
  await world.clock.advance(200);
  if (runStrategy === "Manual") await world.send("PUT", "virtualmachines/web/start", {});
  await world.untilStatus(KEY, "Running", 2);
  const { metadata } = await world.client.get(VirtualMachineInstance, KEY);
  world.simulator.guest(KEY)[end]();
  await world.clock.advance(60_000);
  const after = await world.client.find(VirtualMachineInstance, KEY);
  expect(after !== undefined && after.metadata?.uid !== metadata?.uid).toBe(isNew);
  expect(statusOf(await world.client.get(VirtualMachine, KEY))).toBe(isNew ? "Running" : "Stopped");
});

test("a launcher Pod that is deleted takes its guest along, and Always makes another", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  const [pod] = (await world.client.list(SimulatedPod, { namespace: "default" })).items;
  const name = pod?.metadata?.name ?? "";
  const { metadata } = await world.client.get(VirtualMachineInstance, KEY);
  await world.client.delete(SimulatedPod, { namespace: "default", name });
  const isNew = (vmi: VirtualMachineInstance | undefined): boolean =>
    vmi?.status?.phase === "Running" && vmi.metadata?.uid !== metadata?.uid;
  await world.until(VirtualMachineInstance, KEY, isNew, 60);
  const { items } = await world.client.list(SimulatedPod, { namespace: "default" });
  expect(items).toHaveLength(1);
});

test("an instance of its own runs without a machine, ends, and stays", async () => {
  await using world = await simulatedWorld();
  const { template } = machineOf(KEY).spec ?? {};
  const spec = template?.spec;
  await world.client.create(VirtualMachineInstance, { metadata: { ...KEY }, spec } as never);
  const inPhase = (phase: string) => (vmi: VirtualMachineInstance | undefined) =>
    vmi?.status?.phase === phase;
  await world.until(VirtualMachineInstance, KEY, inPhase("Running"), 2);
  world.simulator.guest(KEY).shutDown();
  await world.until(VirtualMachineInstance, KEY, inPhase("Succeeded"), 2);
  await world.clock.advance(60_000);
  const ended = await world.client.get(VirtualMachineInstance, KEY);
  expect(ended.metadata?.finalizers ?? []).not.toContain(
    "kubevirt.io/virtualMachineControllerFinalize",
  );
  await world.client.delete(VirtualMachineInstance, KEY);
  await world.until(VirtualMachineInstance, KEY, (vmi) => vmi === undefined, 5);
});

test("a change that the guest cannot take is announced, and done by a restart", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  const patch = { spec: { template: { spec: { hostname: "other" } } } };
  await world.client.patch(VirtualMachine, KEY, { type: "merge", patch });
  const conditionTypes = (vm: VirtualMachine | undefined) =>
    (vm?.status?.conditions ?? []).map(({ type }) => type);
  const needs = (vm: VirtualMachine | undefined) => conditionTypes(vm).includes("RestartRequired");
  await world.until(VirtualMachine, KEY, needs, 2);
  await world.send("PUT", "virtualmachines/web/restart", {});
  await world.until(VirtualMachine, KEY, (vm) => !needs(vm), 5);
  await world.untilStatus(KEY, "Running", 5);
  const { spec } = await world.client.get(VirtualMachineInstance, KEY);
  expect(spec).toMatchObject({ hostname: "other" });
});

test("a machine that is deleted alone leaves its instance running", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  await world.client.delete(VirtualMachine, KEY, { propagationPolicy: "Orphan" });
  await world.clock.advance(5000);
  expect(await world.client.find(VirtualMachine, KEY)).toBeUndefined();
  const instance = await world.client.get(VirtualMachineInstance, KEY);
  expect(instance.status?.phase).toBe("Running");
  expect(instance.metadata?.ownerReferences ?? []).toEqual([]);
});

test("deleted in the foreground, a machine waits for its instance and its Pod", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  const phases = world.valuesOf(VirtualMachineInstance, KEY, ({ status }) => status?.phase);
  await world.client.delete(VirtualMachine, KEY, { propagationPolicy: "Foreground" });
  await world.until(VirtualMachine, KEY, (vm) => vm === undefined, 5);
  expect(phases).toEqual(["Running", "Succeeded", "(deleted)"]);
  expect((await world.client.list(SimulatedPod)).items).toEqual([]);
});

test("a deleted machine takes its instance, Pod, DataVolumes and claims along", async () => {
  await using world = await simulatedWorld();
  const spec = {
    source: { blank: {} },
    storage: { resources: { requests: { storage: "5Gi" } } },
  };
  const templates = { dataVolumeTemplates: [{ metadata: { name: "web-root" }, spec }] };
  const machine = machineOf(KEY, templates, { dataVolume: { name: "web-root" } });
  await world.client.create(VirtualMachine, machine);
  await world.untilStatus(KEY, "Running", 5);
  const statuses = world.valuesOf(VirtualMachine, KEY, statusOf);
  await world.client.delete(VirtualMachine, KEY);
  await world.until(VirtualMachine, KEY, (vm) => vm === undefined, 5);
  await world.clock.advance(1000);
  expect(statuses).toEqual(["Running", "Terminating", "(deleted)"]);
  for (const kind of [VirtualMachineInstance, SimulatedPod, DataVolume, PersistentVolumeClaim]) {
    const { items } = await world.client.list(kind as typeof SimulatedPod);
    expect([kind.kind, items.length]).toEqual([kind.kind, 0]);
  }
});

test("events tell what was done, and count what was done again", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  const { items } = await world.client.list(Event, { namespace: "default" });
  const told = items.map(({ reason, involvedObject }) => `${involvedObject.kind} ${reason}`);
  expect(told).toContain("VirtualMachine SuccessfulCreate");
  expect(told).toContain("VirtualMachineInstance SuccessfulCreate");
});
