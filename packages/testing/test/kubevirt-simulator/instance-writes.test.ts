import { VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineOf, simulatedWorld, type SimulatedWorld } from "./simulated-world.js";

async function running(): Promise<SimulatedWorld> {
  const world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.until(VirtualMachine, KEY, (vm) => vm?.status?.ready === true, 2);
  return world;
}

test("what a client writes into the status of an instance is passed over in silence", async () => {
  await using world = await running();
  const before = await world.client.get(VirtualMachineInstance, KEY);
  const patched = await world.client.patch(VirtualMachineInstance, KEY, {
    type: "merge",
    patch: { metadata: { labels: { colour: "red" } }, status: { phase: "Failed" } },
  });
  expect(patched.status).toEqual(before.status);
  expect(patched.metadata?.labels).toMatchObject({ colour: "red" });
  await world.clock.advance(1000);
  const vm = await world.client.get(VirtualMachine, KEY);
  expect(vm.status?.printableStatus).toBe("Running");
});

test.each([
  ["changed", { "kubevirt.io/nodeName": "other" }],
  ["taken away", { "kubevirt.io/nodeName": null }],
  ["added", { "kubevirt.io/schedulable": "true" }],
])("KubeVirt's own labels cannot be %s", async (_what, labels) => {
  await using world = await running();
  const changing = world.client.patch(VirtualMachineInstance, KEY, {
    type: "merge",
    patch: { metadata: { labels } },
  });
  await expect(changing).rejects.toThrow(
    "modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited",
  );
});
