import { VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineOf, simulatedWorld, type SimulatedWorld } from "./simulated-world.js";

type Json = Record<string, unknown>;

const NOT_LIVE = "a non-live-updatable field was changed in the template spec";

/** A running machine whose domain has more fields than usual. */
async function running(domain: Json): Promise<SimulatedWorld> {
  const world = await simulatedWorld();
  const machine = machineOf(KEY);
  const spec = machine.spec?.template?.spec as unknown as { domain: Json };
  Object.assign(spec.domain, domain);
  await world.client.create(VirtualMachine, machine);
  await world.until(VirtualMachine, KEY, (vm) => vm?.status?.ready === true, 2);
  return world;
}

async function change(world: SimulatedWorld, spec: Json, metadata: Json = {}): Promise<void> {
  const patch = { spec: { template: { metadata, spec } } };
  await world.client.patch(VirtualMachine, KEY, { type: "merge", patch });
  await world.clock.advance(1000);
}

async function restartRequired(world: SimulatedWorld): Promise<string | undefined> {
  const { status } = await world.client.get(VirtualMachine, KEY);
  return status?.conditions?.find(({ type }) => type === "RestartRequired")?.message;
}

const ROOT = { name: "root", containerDisk: { image: "images.test/disk:v1" } };
const ROOT_DISK = { name: "root", disk: { bus: "virtio" } };
const plugged = (hotpluggable: boolean): Json => ({
  volumes: [ROOT, { name: "more", persistentVolumeClaim: { claimName: "more", hotpluggable } }],
  domain: { devices: { disks: [ROOT_DISK, { name: "more", disk: { bus: "scsi" } }] } },
});

test.each([
  [
    "more sockets than there can be",
    { cpu: { sockets: 1 } },
    { domain: { cpu: { sockets: 8 } } },
    "CPU sockets updated in template spec to a value higher than what's available",
  ],
  [
    "fewer sockets",
    { cpu: { sockets: 2 } },
    { domain: { cpu: { sockets: 1 } } },
    "Reduction of CPU socket count requires a restart",
  ],
  ["other cores", { cpu: { sockets: 1, cores: 1 } }, { domain: { cpu: { cores: 2 } } }, NOT_LIVE],
  ["sockets where there was no CPU", {}, { domain: { cpu: { sockets: 2 } } }, NOT_LIVE],
  [
    "less memory",
    { memory: { guest: "2Gi" } },
    { domain: { memory: { guest: "1Gi" } } },
    "memory updated in template spec to a value lower than what the VM started with",
  ],
  [
    "memory in odd steps",
    {},
    { domain: { memory: { guest: "1025Mi" } } },
    "memory hotplug not supported, Guest memory must be 2Mi aligned",
  ],
  ["a host name", {}, { hostname: "other" }, NOT_LIVE],
  ["a volume", {}, plugged(false), NOT_LIVE],
  ["a volume that is plugged while the guest runs", {}, plugged(true), undefined],
  ["where it may run", {}, { nodeSelector: { zone: "a" } }, undefined],
] as const)("a change of %s", async (_what, domain, spec, message) => {
  await using world = await running(domain);
  await change(world, spec);
  expect(await restartRequired(world)).toBe(message);
});

test("labels of the template wait for the next start, and say nothing", async () => {
  await using world = await running({});
  await change(world, {}, { labels: { colour: "red" } });
  expect(await restartRequired(world)).toBeUndefined();
  const { status } = await world.client.get(VirtualMachine, KEY);
  expect(status).toMatchObject({ observedGeneration: 1, desiredGeneration: 2 });
});

test("what needs a restart needs none any more once it is taken back", async () => {
  await using world = await running({});
  await change(world, { hostname: "other" });
  expect(await restartRequired(world)).toBe(NOT_LIVE);
  await change(world, { hostname: null });
  expect(await restartRequired(world)).toBeUndefined();
  const { status } = await world.client.get(VirtualMachine, KEY);
  expect(status).toMatchObject({ observedGeneration: 3, desiredGeneration: 3 });
});

test("sockets grow with what is requested for them, one change at a time", async () => {
  await using world = await running({
    cpu: { sockets: 1 },
    resources: { requests: { cpu: "1" }, limits: { cpu: "2" } },
  });
  await change(world, { domain: { cpu: { sockets: 3 } } });
  const { spec, status } = await world.client.get(VirtualMachineInstance, KEY);
  expect(spec).toMatchObject({
    domain: {
      cpu: { sockets: 3 },
      resources: { requests: { cpu: "1200m" }, limits: { cpu: "2200m" } },
    },
  });
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({ type: "HotVCPUChange", status: "True" }),
  );
  await change(world, { domain: { cpu: { sockets: 4 } } });
  const vm = await world.client.get(VirtualMachine, KEY);
  expect(vm.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: "Failure",
      reason: "HotPlugCPUError",
      message:
        "Error encountered while handling CPU change request: another CPU hotplug is in progress",
    }),
  );
});

test("memory grows with what is requested for it, one change at a time", async () => {
  await using world = await running({ resources: { requests: { memory: "1Gi" } } });
  await change(world, { domain: { memory: { guest: "2Gi" } } });
  const { spec, status } = await world.client.get(VirtualMachineInstance, KEY);
  expect(spec).toMatchObject({
    domain: { memory: { guest: "2Gi" }, resources: { requests: { memory: "2Gi" } } },
  });
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({ type: "HotMemoryChange", status: "True" }),
  );
  await change(world, { domain: { memory: { guest: "3Gi" } } });
  const vm = await world.client.get(VirtualMachine, KEY);
  expect(vm.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: "Failure",
      reason: "HotPlugMemoryError",
      message:
        "error encountered while handling memory hotplug requests: another memory hotplug is in progress",
    }),
  );
});

test("an interface takes another state, and one on another network is plugged", async () => {
  await using world = await running({});
  const red = { name: "red", bridge: {} };
  await change(world, {
    networks: [
      { name: "default", pod: {} },
      { name: "red", multus: { networkName: "red" } },
    ],
    domain: { devices: { interfaces: [{ name: "default", masquerade: {}, state: "down" }, red] } },
  });
  expect(await restartRequired(world)).toBeUndefined();
  const { spec } = await world.client.get(VirtualMachineInstance, KEY);
  expect(spec).toMatchObject({
    networks: [{ name: "default" }, { name: "red" }],
    domain: { devices: { interfaces: [{ name: "default", state: "down" }, red] } },
  });
});
