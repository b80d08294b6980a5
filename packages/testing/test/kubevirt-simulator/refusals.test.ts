import { ApiError, VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { KEY, machineWith, simulatedWorld } from "./simulated-world.js";

const TEMPLATE = "template.spec";
const AT = "spec.template.spec";
const DEVICES = `${TEMPLATE}.domain.devices`;
const ROOT = { name: "root", containerDisk: { image: "images.test/disk:v1" } };
const INVALID = "FieldValueInvalid";
const REQUIRED = "FieldValueRequired";
const HTTP = { http: { url: "http://files.test/disk.qcow2" } };

type Causes = readonly (readonly [reason: string, field: string, message: string])[];

async function causesOf(creating: Promise<unknown>): Promise<Causes> {
  const error: unknown = await creating.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  const { details } = (error as ApiError).status ?? {};
  return (details?.causes ?? []).map(
    ({ reason = "", field = "", message = "" }) => [reason, field, message] as const,
  );
}

const disk = (fields: object): object => ({ [`${DEVICES}.disks`]: [{ name: "root", ...fields }] });
const volumes = (...more: readonly object[]): object => ({
  [`${TEMPLATE}.volumes`]: [ROOT, ...more],
});
const dataVolume = (spec: object): object => ({
  dataVolumeTemplates: [{ metadata: { name: "web-root" }, spec }],
  [`${TEMPLATE}.volumes`]: [{ name: "root", dataVolume: { name: "web-root" } }],
});
const withInterface = (fields: object, network: object = { pod: {} }): object => ({
  [`${DEVICES}.interfaces`]: [{ name: "default", masquerade: {}, ...fields }],
  [`${TEMPLATE}.networks`]: [{ name: "default", ...network }],
});
const credential = (value: object): object => ({ [`${TEMPLATE}.accessCredentials`]: [value] });
const CREDENTIAL = `${AT}.accessCredentials[0]`;
const key = (propagationMethod: object): object =>
  credential({ sshPublicKey: { source: { secret: { secretName: "key" } }, propagationMethod } });

test.each<[what: string, changes: object, causes: Causes]>([
  [
    "a run strategy whose feature gate is off",
    { runStrategy: "WaitAsReceiver" },
    [
      [
        INVALID,
        "spec.runStrategy",
        "Invalid RunStrategy (WaitAsReceiver), DecentralizedLiveMigration feature gate is not enabled in kubevirt resource",
      ],
    ],
  ],
  [
    "more sockets than there may ever be, twice: as an instance, and as what may be changed while it runs",
    { [`${TEMPLATE}.domain.cpu`]: { sockets: 3, maxSockets: 2 } },
    [
      [
        INVALID,
        `${AT}.domain.cpu.sockets`,
        "Number of sockets in CPU topology is greater than the maximum sockets allowed",
      ],
      [
        INVALID,
        `${AT}.domain.cpu.sockets`,
        "Number of sockets in CPU topology is greater than the maximum sockets allowed",
      ],
    ],
  ],
  [
    "a key by cloud-init without cloud-init",
    key({ noCloud: {} }),
    [
      [
        INVALID,
        `${CREDENTIAL}.sshPublicKey.propagationMethod`,
        `${CREDENTIAL} requires a noCloud volume to exist when the noCloud propagationMethod is in use.`,
      ],
    ],
  ],
  [
    "a key by the agent for nobody, and by a drive",
    key({ qemuGuestAgent: { users: [] }, configDrive: {} }),
    [
      [
        INVALID,
        `${CREDENTIAL}.sshPublicKey.propagationMethod`,
        `${CREDENTIAL} requires a configDrive volume to exist when the configDrive propagationMethod is in use.`,
      ],
      [
        INVALID,
        `${CREDENTIAL}.sshPublicKey.propagationMethod.qemuGuestAgent.users`,
        `${CREDENTIAL} requires at least one user to be present in the users list`,
      ],
      [
        INVALID,
        `${CREDENTIAL}.sshPublicKey.propagationMethod`,
        `${CREDENTIAL} must have exactly one propagationMethod set`,
      ],
    ],
  ],
  [
    "a password from nowhere",
    credential({ userPassword: { source: {}, propagationMethod: { qemuGuestAgent: {} } } }),
    [
      [
        INVALID,
        `${CREDENTIAL}.userPassword.source`,
        `${CREDENTIAL} must have exactly one source set`,
      ],
    ],
  ],
  [
    "a credential of no kind",
    credential({}),
    [[INVALID, CREDENTIAL, `${CREDENTIAL} must have exactly one access credential type set`]],
  ],
  [
    "annotations whose feature is off",
    {
      "template.metadata.annotations": {
        "hooks.kubevirt.io/hookSidecars": "[]",
        "kubevirt.io/ignitiondata": "{}",
      },
    },
    [
      [
        INVALID,
        "spec.template.metadata.annotations",
        "ExperimentalIgnitionSupport feature gate is not enabled in kubevirt-config, invalid entry spec.template.metadata.annotations.kubevirt.io/ignitiondata",
      ],
      [
        INVALID,
        "spec.template.metadata.annotations",
        "sidecar feature gate is not enabled in kubevirt-config, invalid entry spec.template.metadata.annotations.hooks.kubevirt.io/hookSidecars",
      ],
    ],
  ],
  [
    "a DataVolume of no size",
    dataVolume({ source: HTTP }),
    [[INVALID, "spec.dataVolumeTemplate[0].PVC.Storage", "Missing Data volume PVC or Storage"]],
  ],
  [
    "a DataVolume of two sizes",
    dataVolume({ source: HTTP, pvc: {}, storage: {} }),
    [
      [
        INVALID,
        "spec.dataVolumeTemplate[0].PVC.Storage",
        "Duplicate storage definition, both target storage and target pvc defined",
      ],
    ],
  ],
  [
    "a DataVolume from nowhere",
    dataVolume({ storage: {} }),
    [
      [
        INVALID,
        "spec.dataVolumeTemplate[0].source.sourceRef",
        "Data volume should have either Source, SourceRef, or be externally populated",
      ],
    ],
  ],
  [
    "a DataVolume from two places",
    dataVolume({ storage: {}, source: { ...HTTP, blank: {} } }),
    [[INVALID, "spec.dataVolumeTemplate[0].source", "Multiple dataVolume sources"]],
  ],
  [
    "a DataVolume that no volume uses",
    { dataVolumeTemplates: [{ metadata: { name: "a" }, spec: { storage: {}, source: HTTP } }] },
    [
      [
        REQUIRED,
        "spec.dataVolumeTemplate[0]",
        "DataVolumeTemplate entry spec.dataVolumeTemplate[0] must be referenced in the VMI template's 'volumes' list",
      ],
    ],
  ],
  [
    "blocks that SATA does not have",
    disk({ disk: {}, blockSize: { custom: { logical: 4096, physical: 4096 } } }),
    [
      [
        INVALID,
        `${AT}.domain.devices.disks[0].blockSize.custom.logical`,
        "Logical size 4096 must be 512 for SATA devices",
      ],
    ],
  ],
  [
    "an address of neither the bus nor its form",
    disk({ disk: { bus: "scsi", pciAddress: "1" } }),
    [
      "disk spec.template.spec.domain.devices.disks.domain.devices.disks.disk[0].name - setting a PCI address is only possible with bus type virtio.",
      "disk spec.template.spec.domain.devices.disks.domain.devices.disks.disk[0].name has malformed PCI address (1).",
    ].map((message) => [
      INVALID,
      `${AT}.domain.devices.disks.domain.devices.disks.disk[0].pciAddress`,
      message,
    ]),
  ],
  [
    "disks of the host",
    volumes({ name: "host", hostDisk: { path: "", type: "Disk", capacity: "1Gi" } }),
    [
      [INVALID, `${AT}.volumes[1]`, "HostDisk feature gate is not enabled"],
      [
        "FieldValueNotFound",
        `${AT}.volumes[1].hostDisk.path`,
        `${AT}.volumes[1].hostDisk.path is required for hostDisk volume`,
      ],
      [
        INVALID,
        `${AT}.volumes[1].hostDisk.capacity`,
        `${AT}.volumes[1].hostDisk.capacity is allowed to pass only with ${AT}.volumes[1].hostDisk.type equal to 'DiskOrCreate'`,
      ],
    ],
  ],
  [
    "two service accounts",
    volumes(
      { name: "a", serviceAccount: { serviceAccountName: "a" } },
      { name: "b", serviceAccount: { serviceAccountName: "b" } },
    ),
    [[INVALID, `${AT}.volumes`, `${AT}.volumes must have max one serviceAccount volume set`]],
  ],
  [
    "time of the host without CPUs of one's own",
    { [`${TEMPLATE}.domain.cpu`]: { realtime: {} } },
    [
      [
        REQUIRED,
        `${AT}.domain.cpu.dedicatedCpuPlacement`,
        `${AT}.domain.cpu.dedicatedCpuPlacement must be set to true when ${AT}.domain.cpu.realtime is used`,
      ],
      [
        REQUIRED,
        `${AT}.domain.cpu.numa.guestMappingPassthrough`,
        `${AT}.domain.cpu.numa.guestMappingPassthrough must be defined when ${AT}.domain.cpu.realtime is used`,
      ],
    ],
  ],
  [
    "NUMA nodes without huge pages",
    { [`${TEMPLATE}.domain.cpu`]: { numa: { guestMappingPassthrough: {} } } },
    [
      [
        INVALID,
        `${AT}.domain.cpu.dedicatedCpuPlacement`,
        `${AT}.domain.cpu.dedicatedCpuPlacement must be set to true when NUMA topology strategy is set in ${AT}.domain.cpu.numa.guestMappingPassthrough`,
      ],
      [
        INVALID,
        `${AT}.domain.cpu.numa.guestMappingPassthrough`,
        `${AT}.domain.memory.hugepages must be requested when NUMA topology strategy is set in ${AT}.domain.cpu.numa.guestMappingPassthrough`,
      ],
    ],
  ],
  [
    "tables of a volume that is no Secret",
    { [`${TEMPLATE}.domain.firmware`]: { acpi: { slicNameRef: "root", msdmNameRef: "b" } } },
    [
      [INVALID, `${AT}.acpi.slicNameRef`, `${AT}.acpi refers to Volume of unsupported type.`],
      [INVALID, `${AT}.acpi.msdmNameRef`, `${AT}.acpi does not have a matching Volume.`],
    ],
  ],
  [
    "a kernel at a relative path",
    {
      [`${TEMPLATE}.domain.firmware`]: {
        kernelBoot: { container: { image: "a", kernelPath: "../vmlinuz" } },
      },
    },
    [
      [
        INVALID,
        `${AT}.domain.firmware.kernelBoot.container.kernelPath`,
        `${AT}.domain.firmware.kernelBoot.container.kernelPath must be an absolute path to a file without relative components`,
      ],
    ],
  ],
  [
    "an interface that is to go, and cannot",
    withInterface({ state: "absent" }),
    [
      [
        INVALID,
        `${AT}.domain.devices.interfaces[0].state`,
        `"default" interface's state "absent" is supported only for bridge binding`,
      ],
      [
        INVALID,
        `${AT}.domain.devices.interfaces[0].state`,
        `"default" interface's state "absent" is not supported on default networks`,
      ],
    ],
  ],
  [
    "a state that links do not have",
    withInterface({ state: "asleep" }),
    [
      [
        INVALID,
        `${AT}.domain.devices.interfaces[0].state`,
        "logical default interface state value is unsupported: asleep",
      ],
    ],
  ],
  [
    "a binding of the past, before all else",
    { ...withInterface({ masquerade: undefined, slirp: {} }), runStrategy: "Sometimes" },
    [
      [
        INVALID,
        "spec.domain.devices.interfaces[0].slirp",
        "Slirp interface support has been discontinued since v1.3",
      ],
    ],
  ],
  [
    "ports, names before numbers",
    withInterface({ ports: [{ port: 0 }, { name: "A", port: 80, protocol: "SCTP" }] }),
    [
      [INVALID, `${AT}.domain.devices.interfaces[0].ports[1].name`, "Invalid name of the port: A"],
      [REQUIRED, `${AT}.domain.devices.interfaces[0].ports[0]`, "Port field is mandatory."],
      [
        INVALID,
        `${AT}.domain.devices.interfaces[0].ports[1].protocol`,
        "Unknown protocol, only TCP or UDP allowed",
      ],
    ],
  ],
  [
    "what DHCP cannot tell",
    withInterface({
      dhcpOptions: { privateOptions: [{ option: 12, value: "a" }], ntpServers: ["time"] },
    }),
    [
      [INVALID, AT, "provided DHCPPrivateOptions are out of range, must be in range 224 to 254"],
      [
        INVALID,
        `${AT}.domain.devices.interfaces[0].dhcpOptions.ntpServers[0]`,
        "NTP servers must be a list of valid IPv4 addresses.",
      ],
    ],
  ],
  [
    "two kinds of secrecy",
    { [`${TEMPLATE}.domain.launchSecurity`]: { sev: {}, tdx: {} } },
    [
      [
        "FieldValueForbidden",
        `${AT}.launchSecurity`,
        "One and only one launchSecurity type can be set",
      ],
    ],
  ],
  [
    "no name server, of a policy that needs one",
    { [`${TEMPLATE}.dnsPolicy`]: "None", [`${TEMPLATE}.dnsConfig`]: { searches: ["a"] } },
    [
      [
        REQUIRED,
        "nameservers",
        "must provide at least one DNS nameserver when `dnsPolicy` is None",
      ],
    ],
  ],
])("refused: %s", async (_, changes, causes) => {
  await using world = await simulatedWorld();
  const creating = world.client.create(VirtualMachine, machineWith({ ...changes }));
  expect(await causesOf(creating)).toEqual(causes);
});

test("an instance of its own is refused what its architecture has not", async () => {
  await using world = await simulatedWorld();
  const { spec } = machineWith({
    [`${DEVICES}.watchdog`]: { name: "dog", diag288: {} },
    [`${DEVICES}.video`]: { type: "qxl" },
  });
  const creating = world.client.create(VirtualMachineInstance, {
    metadata: KEY,
    spec: spec?.template?.spec as never,
  });
  expect(await causesOf(creating)).toEqual([
    [
      "FieldValueNotSupported",
      "spec.domain.devices.watchdog",
      "amd64 only supports I6300ESB watchdog device",
    ],
    [
      "FieldValueNotSupported",
      "spec.domain.devices.video.type",
      "video model 'qxl' is not supported on amd64 architecture",
    ],
  ]);
});

test("the namespace of a machine's disks is judged when they change alone", async () => {
  await using world = await simulatedWorld();
  const spec = { storage: {}, source: HTTP };
  await world.client.create(VirtualMachine, machineWith({ ...dataVolume(spec) }));
  const rename = (namespace: string): Promise<unknown> =>
    world.client.patch(VirtualMachine, KEY, {
      type: "merge",
      patch: {
        spec: { dataVolumeTemplates: [{ metadata: { name: "web-root", namespace }, spec }] },
      },
    });
  expect(await causesOf(rename("other"))).toEqual([
    [
      INVALID,
      "spec.dataVolumeTemplates[0]",
      "Embedded DataVolume namespace other differs from VM namespace default",
    ],
  ]);
  await rename("default");
});
