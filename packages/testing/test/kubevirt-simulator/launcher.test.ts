import { VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { SimulatedPod } from "../../src/simulator/simulated-kinds.js";
import { KEY, machineOf, simulatedWorld } from "./simulated-world.js";

type Json = Record<string, unknown>;

/** The instance of a machine whose template has these fields, and its launcher Pod. */
async function launched(
  spec: Json,
  domain: Json = {},
): Promise<{ readonly instance: VirtualMachineInstance; readonly pod: SimulatedPod }> {
  await using world = await simulatedWorld();
  using _held = world.simulator.hold("all", "schedule");
  const machine = machineOf(KEY);
  const template = machine.spec?.template?.spec as unknown as Json & { domain: Json };
  Object.assign(template, spec);
  const { devices, ...others } = domain as { devices?: Json };
  Object.assign(template.domain, others);
  Object.assign(template.domain["devices"] as Json, devices);
  await world.client.create(VirtualMachine, machine);
  await world.clock.advance(1000);
  const instance = await world.client.get(VirtualMachineInstance, KEY);
  const { items } = await world.client.list(SimulatedPod, { namespace: KEY.namespace });
  return { instance, pod: items[0] as SimulatedPod };
}

const resourcesOf = (pod: SimulatedPod): unknown =>
  (pod.spec.containers[0] as { resources?: unknown } | undefined)?.resources;
const volumesOf = (pod: SimulatedPod): string[] =>
  (pod.spec.volumes ?? []).map(({ name }) => name).slice(6);

test.each([
  ["what is requested", { requests: { memory: "2Gi" } }, "2Gi"],
  ["what it is limited to", { limits: { memory: "2Gi" } }, "2Gi"],
])("a guest without memory of its own has %s", async (_what, resources, guest) => {
  const { instance } = await launched({}, { memory: undefined, resources });
  expect(instance.spec).toMatchObject({
    domain: { memory: { guest, maxGuest: "8Gi" }, resources },
  });
  expect(instance.status).toMatchObject({ memory: { guestAtBoot: guest, guestCurrent: guest } });
});

test("a limit of memory is no request of the instance, and one of its Pod", async () => {
  const { instance, pod } = await launched(
    {},
    { resources: { limits: { memory: "2Gi", cpu: "2" } } },
  );
  expect(instance.spec?.domain).toMatchObject({
    cpu: { sockets: 2, cores: 1, threads: 1, maxSockets: 8 },
    resources: { limits: { memory: "2Gi", cpu: "2" }, requests: { cpu: "2" } },
  });
  expect(instance.spec?.domain).not.toHaveProperty("resources.requests.memory");
  expect(resourcesOf(pod)).toMatchObject({
    requests: { memory: "2344Mi", cpu: "2", "ephemeral-storage": "50M" },
    limits: { memory: "2344Mi", cpu: "2" },
  });
});

test.each([
  [{ cores: 2 }, { cores: 2, model: "host-model" }, "200m"],
  [{ sockets: 3 }, { sockets: 3, maxSockets: 12, model: "host-model" }, "300m"],
  [{ sockets: 70, cores: 2, threads: 2 }, { maxSockets: 128 }, "28"],
])("of the topology %j the rest stays open", async (cpu, expected, request) => {
  const { instance, pod } = await launched({}, { cpu });
  expect(instance.spec?.domain.cpu).toEqual({ ...cpu, ...expected, model: "host-model" });
  expect(instance.status).toMatchObject({ currentCPUTopology: cpu });
  expect(resourcesOf(pod)).toMatchObject({ requests: { cpu: request } });
});

test("disks without a bus are on SATA, drives are closed and read only, and a volume gets a disk", async () => {
  const { instance } = await launched(
    {
      volumes: [
        { name: "root", containerDisk: { image: "images.test/disk:v1" } },
        { name: "drive", containerDisk: { image: "images.test/disk" } },
        { name: "more", emptyDisk: { capacity: "1024Mi" } },
      ],
    },
    {
      devices: {
        disks: [
          { name: "root", disk: {} },
          { name: "drive", cdrom: {} },
        ],
      },
    },
  );
  expect(instance.spec?.domain.devices?.disks).toEqual([
    { name: "root", disk: { bus: "sata" } },
    { name: "drive", cdrom: { bus: "sata", readonly: true, tray: "closed" } },
    { name: "more", disk: { bus: "sata" } },
  ]);
});

test("probes, inputs, a watchdog and features are filled in", async () => {
  const { instance } = await launched(
    { readinessProbe: { tcpSocket: { port: 22 }, periodSeconds: 5 } },
    {
      features: { smm: {}, hyperv: { relaxed: {}, spinlocks: {} } },
      devices: { inputs: [{ name: "pen", type: "tablet" }], watchdog: { name: "dog" } },
    },
  );
  expect(instance.spec).toMatchObject({
    readinessProbe: {
      periodSeconds: 5,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    },
    domain: {
      features: {
        acpi: { enabled: true },
        smm: { enabled: true },
        hyperv: { relaxed: { enabled: true }, spinlocks: { enabled: true, spinlocks: 4096 } },
      },
      devices: {
        inputs: [{ name: "pen", type: "tablet", bus: "usb" }],
        watchdog: { i6300esb: { action: "reset" } },
      },
    },
  });
});

const DEDICATED = { resources: { requests: { memory: "1Gi" } } };

test.each([
  [
    "realtime CPUs",
    {
      ...DEDICATED,
      cpu: {
        dedicatedCpuPlacement: true,
        cores: 2,
        realtime: {},
        numa: { guestMappingPassthrough: {} },
      },
      memory: { guest: "1Gi", hugepages: { pageSize: "2Mi" } },
    },
  ],
  ["less than 1Gi", { memory: { guest: "512Mi" } }],
  ["an odd size", { memory: { guest: "1025Mi" } }],
])("a guest with %s cannot grow", async (_what, domain) => {
  const { instance } = await launched({}, domain);
  expect(instance.spec?.domain.memory).not.toHaveProperty("maxGuest");
});

test("volumes of the Pod: what configures the guest first, then disks, credentials and images", async () => {
  const { pod } = await launched({
    accessCredentials: [
      {
        sshPublicKey: {
          source: { secret: { secretName: "keys" } },
          propagationMethod: { noCloud: {} },
        },
      },
    ],
    volumes: [
      { name: "root", containerDisk: { image: "images.test/disk:v1" } },
      {
        name: "init",
        cloudInitNoCloud: { secretRef: { name: "user" }, networkDataSecretRef: { name: "net" } },
      },
      { name: "config", configMap: { name: "settings" } },
      { name: "secret", secret: { secretName: "hidden" } },
      {
        name: "facts",
        downwardAPI: { fields: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] },
      },
      { name: "account", serviceAccount: { serviceAccountName: "default" } },
      { name: "scratch", emptyDisk: { capacity: "1Gi" } },
    ],
  });
  expect(volumesOf(pod)).toEqual([
    "config",
    "secret",
    "facts",
    "init-udata",
    "init-ndata",
    "keys-access-cred",
    "root",
    "launcher-volume",
    "hotplug-disks",
  ]);
  expect(pod.spec).toMatchObject({ serviceAccountName: "default" });
});

test("a guest with CPUs of its own and huge pages gets them whole", async () => {
  const { pod } = await launched(
    {},
    {
      cpu: { cores: 4, dedicatedCpuPlacement: true, isolateEmulatorThread: true },
      memory: { guest: "2Gi", hugepages: { pageSize: "2Mi" } },
      resources: { requests: { memory: "2Gi" } },
    },
  );
  const both = { cpu: "5", "hugepages-2Mi": "2Gi", memory: "416Mi" };
  expect(resourcesOf(pod)).toMatchObject({ requests: both, limits: both });
  expect(pod.spec).toMatchObject({ nodeSelector: { cpumanager: "true" } });
  expect(volumesOf(pod)).toEqual([
    "root",
    "launcher-volume",
    "hugepages",
    "hugetblfs-dir",
    "hotplug-disks",
  ]);
});

test("what a guest takes beside its memory depends on its probes and devices", async () => {
  const { pod, instance } = await launched(
    { readinessProbe: { exec: { command: ["true"] } } },
    { devices: { tpm: {}, autoattachGraphicsDevice: false } },
  );
  // 256Mi without video, 110Mi for a probe that runs a command, 53Mi for the TPM.
  expect(resourcesOf(pod)).toMatchObject({ requests: { memory: "1443Mi" } });
  expect(instance.status).toMatchObject({ memory: { memoryOverhead: "419Mi" } });
});

test("the Pod is named after the host of the guest", async () => {
  const { pod } = await launched({ hostname: "db" });
  expect(pod.metadata?.labels).toMatchObject({
    "vm.kubevirt.io/name": "db",
    "vmi.kubevirt.io/id": "web",
  });
  expect(pod.spec).toMatchObject({ hostname: "db" });
});
