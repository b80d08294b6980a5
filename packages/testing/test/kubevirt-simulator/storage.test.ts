import {
  DataVolume,
  Event,
  PersistentVolumeClaim,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import { expect, test } from "vitest";
import { persistentVolumeClaim } from "../../src/fixtures/kubevirt-fixtures.js";
import { SimulatedPod } from "../../src/simulator/simulated-kinds.js";
import { KEY, machineOf, simulatedWorld } from "./simulated-world.js";

const ROOT = { ...KEY, name: "web-root" };
const size = { resources: { requests: { storage: "5Gi" } } };

test("the Pod that only makes a volume bind is a launcher in all but its command", async () => {
  await using world = await simulatedWorld();
  using _held = world.simulator.hold("all", "schedule");
  const spec = { source: { blank: {} }, storage: { storageClassName: "wait", ...size } };
  const templates = { dataVolumeTemplates: [{ metadata: { name: ROOT.name }, spec }] };
  const machine = machineOf(KEY, templates, { dataVolume: { name: ROOT.name } });
  await world.client.create(VirtualMachine, machine);
  await world.untilStatus(KEY, "WaitingForVolumeBinding", 60);
  const { items } = await world.client.list(SimulatedPod, { namespace: KEY.namespace });
  expect(items).toHaveLength(1);
  expect(items[0]?.metadata?.annotations).toMatchObject({
    "kubevirt.io/ephemeral-provisioning": "true",
  });
  expect(items[0]?.spec).toMatchObject({
    initContainers: [{ name: "guest-console-log" }],
    readinessGates: [{ conditionType: "kubevirt.io/virtual-machine-unpaused" }],
  });
});

test("an instance whose claim has lost its DataVolume says so", async () => {
  await using world = await simulatedWorld({}, { garbageCollection: false });
  await world.client.create(PersistentVolumeClaim, {
    ...persistentVolumeClaim(),
    metadata: {
      ...ROOT,
      ownerReferences: [
        {
          apiVersion: "cdi.kubevirt.io/v1beta1",
          kind: "DataVolume",
          name: ROOT.name,
          uid: "gone",
          controller: true,
        },
      ],
    },
  });
  const volume = { persistentVolumeClaim: { claimName: ROOT.name } };
  await world.client.create(VirtualMachine, machineOf(KEY, {}, volume));
  await world.clock.advance(1000);
  const instance = await world.client.get(VirtualMachineInstance, KEY);
  expect(instance.status?.phase).toBe("Pending");
  expect(instance.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: "Synchronized",
      status: "False",
      reason: "FailedDataVolumeImport",
      message: "Error determining if volume is ready unable to find datavolume default/web-root",
    }),
  );
});

test("a clone of what is not there yet is made with a warning", async () => {
  await using world = await simulatedWorld();
  const spec = { source: { pvc: { namespace: "default", name: "golden" } }, storage: size };
  const templates = { dataVolumeTemplates: [{ metadata: { name: ROOT.name }, spec }] };
  const machine = machineOf(KEY, templates, { dataVolume: { name: ROOT.name } });
  await world.client.create(VirtualMachine, machine);
  await world.until(DataVolume, ROOT, (each) => each !== undefined, 5);
  const { items } = await world.client.list(Event, { namespace: KEY.namespace });
  expect(items.find(({ type }) => type === "Warning")).toMatchObject({
    reason: "SourcePVCNotAvailabe",
    message:
      "Source PVC golden not available: Target PVC web-root will remain unpopulated until source is created",
  });
});

test.each([
  ["cdi.kubevirt.io/storage.preallocation", true],
  ["cdi.kubevirt.io/storage.thick-provisioned", true],
  ["cdi.kubevirt.io/storage.condition.bound", undefined],
])("a claim annotated with %s is preallocated: %s", async (annotation, preallocated) => {
  await using world = await simulatedWorld();
  const claim = persistentVolumeClaim({ metadata: { annotations: { [annotation]: "true" } } });
  await world.client.create(PersistentVolumeClaim, claim);
  const volume = { persistentVolumeClaim: { claimName: "web" } };
  await world.client.create(VirtualMachine, machineOf(KEY, {}, volume));
  await world.untilStatus(KEY, "Running", 5);
  const { status } = await world.client.get(VirtualMachineInstance, KEY);
  const [disk] = status?.volumeStatus ?? [];
  const info = disk?.persistentVolumeClaimInfo as Record<string, unknown>;
  expect(info["claimName"]).toBe("web");
  expect(info["preallocated"]).toBe(preallocated);
});

test.each([
  [undefined, "urgent"],
  ["lazy", "lazy"],
])("of a machine's priority, a DataVolume with priority %s takes %s", async (own, priority) => {
  await using world = await simulatedWorld();
  const spec = { source: { blank: {} }, storage: size, ...(own && { priorityClassName: own }) };
  const templates = { dataVolumeTemplates: [{ metadata: { name: ROOT.name }, spec }] };
  const machine = machineOf(
    KEY,
    { ...templates, runStrategy: "Halted" },
    { dataVolume: { name: ROOT.name } },
  );
  Object.assign(machine.spec?.template?.spec ?? {}, { priorityClassName: "urgent" });
  await world.client.create(VirtualMachine, machine);
  const made = await world.until(DataVolume, ROOT, (each) => each !== undefined, 5);
  expect(made?.spec).toMatchObject({ priorityClassName: priority });
});
