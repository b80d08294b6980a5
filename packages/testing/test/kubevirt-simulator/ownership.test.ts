import { DataVolume, Event, VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineOf, simulatedWorld } from "./simulated-world.js";

const CONTROLLER = "kubevirt.io/virtualMachineControllerFinalize";

test("virt-controller lets go of a machine that is deleted alone, before anybody orphans its instance", async () => {
  await using world = await simulatedWorld({}, { garbageCollection: false });
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  const finalizers = world.valuesOf(VirtualMachine, KEY, ({ metadata }) => metadata?.finalizers);
  await world.client.delete(VirtualMachine, KEY, { propagationPolicy: "Orphan" });
  await world.untilStatus(KEY, "Terminating", 2);
  await world.clock.advance(5000);
  expect(finalizers.slice(-2)).toEqual([[CONTROLLER, "orphan"], ["orphan"]]);
  const { metadata, status } = await world.client.get(VirtualMachineInstance, KEY);
  expect(metadata?.deletionTimestamp).toBeUndefined();
  expect(status?.phase).toBe("Running");
});

test("an instance that was there before its machine is adopted, and all that virt-controller does until it is gone", async () => {
  await using world = await simulatedWorld();
  const { template } = machineOf(KEY).spec ?? {};
  const alone = { metadata: { ...KEY }, spec: template?.spec };
  await world.client.create(VirtualMachineInstance, alone as never);
  await world.until(VirtualMachineInstance, KEY, (vmi) => vmi?.status?.phase === "Running", 2);
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.clock.advance(5000);
  const vm = await world.client.get(VirtualMachine, KEY);
  const { metadata } = await world.client.get(VirtualMachineInstance, KEY);
  expect(metadata?.ownerReferences).toMatchObject([{ kind: "VirtualMachine", controller: true }]);
  expect(vm.metadata?.finalizers).toEqual([CONTROLLER]);
  expect(vm.status).not.toHaveProperty("conditions");
  await world.client.delete(VirtualMachineInstance, KEY);
  const isOwn = (vmi: VirtualMachineInstance | undefined): boolean =>
    vmi !== undefined && vmi.metadata?.uid !== metadata?.uid && vmi.status?.phase === "Running";
  await world.until(VirtualMachineInstance, KEY, isOwn, 5);
  await world.untilStatus(KEY, "Running", 1);
});

test("a machine whose instance's name is taken by somebody else's says so", async () => {
  await using world = await simulatedWorld();
  const { template } = machineOf(KEY).spec ?? {};
  const owner = {
    apiVersion: "example.test/v1",
    kind: "Owner",
    name: "other",
    uid: "0e0d0c0b-0000-4000-8000-000000000000",
    controller: true,
  };
  await world.client.create(VirtualMachineInstance, {
    metadata: { ...KEY, ownerReferences: [owner] },
    spec: template?.spec,
  } as never);
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.clock.advance(2000);
  const { status } = await world.client.get(VirtualMachine, KEY);
  const taken = `virtualmachineinstances.kubevirt.io "web" already exists`;
  expect(status?.printableStatus).toBe("Stopped");
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({
      type: "Failure",
      status: "True",
      reason: "FailedCreate",
      message: `Failure while starting VMI: ${taken}`,
    }),
  );
  const { items } = await world.client.list(Event, { namespace: "default" });
  expect(items.map(({ reason, message }) => `${reason}: ${message}`)).toContain(
    `FailedCreate: Error creating virtual machine instance: ${taken}`,
  );
});

test("a DataVolume that is there under the name of a template is adopted", async () => {
  await using world = await simulatedWorld();
  const metadata = { ...KEY, name: "web-root" };
  const spec = { source: { blank: {} }, storage: { resources: { requests: { storage: "5Gi" } } } };
  await world.client.create(DataVolume, { metadata, spec } as never);
  await world.clock.advance(5000);
  const templates = { dataVolumeTemplates: [{ metadata: { name: "web-root" }, spec }] };
  const machine = machineOf(KEY, templates, { dataVolume: { name: "web-root" } });
  await world.client.create(VirtualMachine, machine);
  await world.untilStatus(KEY, "Running", 2);
  const { ownerReferences } = (await world.client.get(DataVolume, metadata)).metadata ?? {};
  expect(ownerReferences).toMatchObject([{ kind: "VirtualMachine", name: "web" }]);
});
