import { ApiError, VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineOf, simulatedWorld } from "./simulated-world.js";

type Json = Record<string, unknown>;

/** A machine with some fields of its instance replaced, by path. */
function machineWith(changes: Readonly<Record<string, unknown>>): VirtualMachine {
  const machine = machineOf(KEY, { runStrategy: "Halted" });
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split(".");
    const last = parts.pop() ?? "";
    let node = machine.spec as unknown as Json;
    for (const part of parts) node = (node[part] ??= {}) as Json;
    if (value === undefined) delete node[last];
    else node[last] = value;
  }
  return machine;
}

const TEMPLATE = "template.spec";

test.each([
  [{ running: true }, "Running and RunStrategy are mutually exclusive"],
  [{ runStrategy: undefined }, "RunStrategy must be specified"],
  [{ runStrategy: "Sometimes" }, "Invalid RunStrategy (Sometimes)"],
  [
    { [`${TEMPLATE}.volumes`]: [] },
    "spec.template.spec.domain.devices.disks[0].Name 'root' not found.",
  ],
  [
    { [`${TEMPLATE}.networks`]: [] },
    "spec.template.spec.domain.devices.interfaces[0].name 'default' not found",
  ],
  [
    {
      [`${TEMPLATE}.volumes`]: [
        { name: "root", containerDisk: { image: "a" }, emptyDisk: { capacity: "1Gi" } },
      ],
    },
    "spec.template.spec.volumes[0] must have exactly one source type set",
  ],
  [{ [`${TEMPLATE}.domain.devices.disks`]: [{ name: "root", disk: { bus: "floppy" } }] }, "floppy"],
  [{ [`${TEMPLATE}.subdomain`]: "-a" }, "DNS_SUBDOMAIN rules"],
  [
    { [`${TEMPLATE}.domain.memory.hugepages`]: { pageSize: "2Mi" } },
    "must be equal to or larger than page size",
  ],
  [
    { [`${TEMPLATE}.livenessProbe`]: { periodSeconds: 5 } },
    "must be set if a spec.template.spec.livenessProbe is specified",
  ],
  [{ [`${TEMPLATE}.domain.ioThreadsPolicy`]: "all" }, "Invalid IOThreadsPolicy (all)"],
  [{ instancetype: { name: "none" } }, "Failure to find instancetype"],
])("virt-api refuses %j", async (changes, message) => {
  await using world = await simulatedWorld();
  const creating = world.client.create(VirtualMachine, machineWith(changes));
  const error = await creating.then(
    () => undefined,
    (reason: unknown) => reason as ApiError,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error?.message).toContain(message);
});

test("a machine whose instance is refused says so, and starts once it is set right", async () => {
  await using world = await simulatedWorld();
  const machine = machineWith({ runStrategy: "Always", [`${TEMPLATE}.domain.memory`]: undefined });
  await world.client.create(VirtualMachine, machine);
  const hasFailed = (vm: VirtualMachine | undefined): boolean =>
    (vm?.status?.conditions ?? []).some(
      ({ type, message }) =>
        type === "Failure" && message?.includes("no memory requested") === true,
    );
  await world.until(VirtualMachine, KEY, hasFailed, 2);
  const patch = { spec: { template: { spec: { domain: { memory: { guest: "1Gi" } } } } } };
  await world.client.patch(VirtualMachine, KEY, { type: "merge", patch });
  const vm = await world.untilStatus(KEY, "Running", 5);
  expect(hasFailed(vm)).toBe(false);
});

test("the spec of an instance cannot be changed by users", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 2);
  const patch = { spec: { domain: { memory: { guest: "4Gi" } } } };
  const changing = world.client.patch(VirtualMachineInstance, KEY, { type: "merge", patch });
  await expect(changing).rejects.toThrow("update of VMI object is restricted");
});

test("what a user leaves out is set: machine type, firmware, architecture", async () => {
  await using world = await simulatedWorld();
  const { spec } = await world.client.create(VirtualMachine, machineOf(KEY));
  const uuid = expect.stringMatching(/^[0-9a-f]{8}-/) as unknown;
  expect(spec?.template?.spec).toMatchObject({
    architecture: "amd64",
    domain: { machine: { type: "q35" }, firmware: { uuid, serial: uuid } },
  });
});
