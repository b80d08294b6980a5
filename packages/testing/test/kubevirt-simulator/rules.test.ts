import { ApiError, VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineOf, machineWith, simulatedWorld } from "./simulated-world.js";

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
  [
    { [`${TEMPLATE}.domain.devices.disks`]: [{ name: "root", disk: {}, io: "fast" }] },
    "Supported modes are: native, threads.",
  ],
  [
    { [`${TEMPLATE}.domain.devices.disks`]: [{ name: "root", disk: {}, errorPolicy: "hope" }] },
    'errorPolicy has invalid value "hope"',
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.disks`]: [
        { name: "root", disk: { bus: "sata" }, dedicatedIOThread: true },
      ],
    },
    "IOThreads are not supported for disks on a sata bus",
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.disks`]: [
        {
          name: "root",
          disk: { bus: "virtio" },
          blockSize: { custom: { logical: 1000, physical: 4096 } },
        },
      ],
    },
    "Provided size of 1000 is not a power of 2",
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.disks`]: [
        { name: "root", disk: { bus: "sata", pciAddress: "0000:81:00.1" } },
      ],
    },
    "setting a PCI address is only possible with bus type virtio.",
  ],
  [
    { [`${TEMPLATE}.domain.firmware`]: { bootloader: { efi: {} } } },
    "SecureBoot requires SMM, which is currently disabled.",
  ],
  [
    { [`${TEMPLATE}.domain.firmware`]: { bootloader: { efi: { secureBoot: false }, bios: {} } } },
    "they are mutually exclusive.",
  ],
  [
    { [`${TEMPLATE}.domain.firmware`]: { kernelBoot: { kernelArgs: "quiet" } } },
    "without an external kernel",
  ],
  [
    { [`${TEMPLATE}.domain.cpu`]: { dedicatedCpuPlacement: true } },
    "spec.template.spec.domain.resources.limits.memory should be provided",
  ],
  [
    { [`${TEMPLATE}.dnsPolicy`]: "Mine" },
    "DNSPolicy: Mine is not supported, valid values: [ClusterFirstWithHostNet",
  ],
  [{ [`${TEMPLATE}.dnsPolicy`]: "None" }, "must provide `dnsConfig` when `dnsPolicy` is None"],
  [
    { [`${TEMPLATE}.volumes`]: [{ name: "root", secret: {} }] },
    "volumes[0].secret.secretName is a required field",
  ],
  [
    { [`${TEMPLATE}.volumes`]: [{ name: "root", cloudInitNoCloud: { userDataBase64: "?" } }] },
    "userDataBase64 is not a valid base64 value.",
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.interfaces`]: [
        { name: "default", masquerade: {}, ports: [{ port: 80 }, { port: 0 }] },
      ],
    },
    "Port field is mandatory.",
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.interfaces`]: [
        { name: "default", masquerade: {}, ports: [{ port: 80, protocol: "SCTP" }] },
      ],
    },
    "Unknown protocol, only TCP or UDP allowed",
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.interfaces`]: [
        {
          name: "default",
          masquerade: {},
          ports: [
            { name: "a", port: 80 },
            { name: "a", port: 81 },
          ],
        },
      ],
    },
    "Duplicate name of the port: a",
  ],
  [
    {
      [`${TEMPLATE}.domain.devices.interfaces`]: [
        { name: "default", masquerade: {}, pciAddress: "1" },
      ],
    },
    "has malformed PCI address (1).",
  ],
  [
    {
      [`${TEMPLATE}.volumes`]: [{ name: "root", dataVolume: { name: "root" } }],
      dataVolumeTemplates: [
        {
          metadata: { name: "root", namespace: "other" },
          spec: { storage: {}, source: { blank: {} } },
        },
      ],
    },
    "Embedded DataVolume namespace other differs from VM namespace default",
  ],
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

test.each([
  [undefined, [{ name: "default-0", bus: "usb", type: "tablet" }]],
  [
    [{ name: "own", bus: "virtio", type: "tablet" }],
    [{ name: "own", bus: "virtio", type: "tablet" }],
  ],
])("with autoattachInputDevice, inputs %j become %j", async (inputs, expected) => {
  await using world = await simulatedWorld();
  const machine = machineOf(KEY);
  const devices = machine.spec?.template?.spec?.domain?.devices as Record<string, unknown>;
  devices["autoattachInputDevice"] = true;
  if (inputs !== undefined) devices["inputs"] = inputs;
  await world.client.create(VirtualMachine, machine);
  await world.untilStatus(KEY, "Running", 5);
  const { spec } = await world.client.get(VirtualMachineInstance, KEY);
  expect(spec?.domain?.devices).toMatchObject({ inputs: expected });
});
