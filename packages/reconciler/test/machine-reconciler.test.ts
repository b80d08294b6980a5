import {
  type Condition,
  ConnectionFailedError,
  type KubernetesObject,
  Machine,
  MACHINE_FINALIZER,
  type MachineStatus,
  NetworkAttachmentDefinition,
  NetworkConfiguration,
  PersistentVolumeClaim,
  Secret,
  StorageClass,
  type TransportRequest,
  VirtualMachine,
} from "@kvop/core";
import {
  machineClass,
  networkAttachmentDefinition,
  networkNamespace,
  persistentVolumeClaim,
} from "@kvop/testing";
import { describe, expect, it } from "vitest";
import { TestFleet } from "./test-fleet.js";

const KEY = { namespace: "default", name: "web" };

function machine(spec: object = {}, metadata: object = {}): Machine {
  return {
    apiVersion: "vitistack.io/v1alpha1",
    kind: "Machine",
    metadata: { ...KEY, ...metadata },
    spec: { provider: "kubevirt", ...spec },
  };
}

async function statusOf(fleet: TestFleet, name = "web"): Promise<MachineStatus> {
  return (await fleet.machine(name)).status ?? {};
}

async function conditionOf(
  fleet: TestFleet,
  type: string,
  name = "web",
): Promise<Partial<Condition>> {
  const { conditions } = await statusOf(fleet, name);
  return (conditions?.find((entry) => entry.type === type) ?? {}) as Partial<Condition>;
}

async function deleteMachine(fleet: TestFleet): Promise<void> {
  await fleet.supervisor.client.delete(Machine, KEY);
}

const foreignVirtualMachine = (metadata: object = {}): KubernetesObject =>
  ({
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { ...KEY, ...metadata },
    spec: {
      runStrategy: "Always",
      template: {
        spec: {
          domain: {
            devices: { interfaces: [{ name: "default", macAddress: "02:aa:00:00:00:01" }] },
          },
        },
      },
    },
  }) as KubernetesObject;

describe("creating", () => {
  it("records the placement and the finalizer before the first write to a cluster", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    let recorded: unknown;
    fleet.cluster().beforeRequest = async ({ method }) => {
      if (method !== "GET") recorded ??= (await fleet.machine("web")).metadata;
    };
    await fleet.settle();
    expect(recorded).toMatchObject({
      finalizers: [MACHINE_FINALIZER],
      annotations: {
        "vitistack.io/kubevirt-config": "kv-1",
        "kvop.dev/placement": "kv-1/kv-1-uid",
      },
    });
    expect(await statusOf(fleet)).toMatchObject({ phase: "Running", ipAddresses: ["10.0.0.7"] });
    expect(await conditionOf(fleet, "Ready")).toMatchObject({ status: "True", reason: "Running" });
  });

  it("writes nothing in a pass over a Machine that is as it should be", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    await fleet.settle();
    const before = fleet.writeCount;
    expect(await fleet.reconciler.reconcile(KEY)).toEqual({});
    expect(fleet.writeCount).toBe(before);
  });

  it("serves an empty provider and leaves the user's spec as it is", async () => {
    const fleet = new TestFleet();
    const spec = { provider: "", monitoring: false, disks: [{ name: "a", boot: true, sizeGB: 5 }] };
    fleet.apply(machine(spec));
    await fleet.settle();
    expect((await fleet.machine("web")).spec).toEqual(spec);
    expect((await statusOf(fleet)).phase).toBe("Running");
  });

  it("does not touch a Machine of another provider", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({ provider: "proxmox" }));
    await fleet.settle();
    expect(fleet.writeCount).toBe(0);
  });

  it("goes on where a pass ended, whichever request was the last, and makes each object once", async () => {
    const whole = new TestFleet();
    whole.apply(
      machine({
        disks: [
          { boot: true, sizeGB: 5 },
          { name: "data", sizeGB: 1 },
        ],
      }),
    );
    await whole.settle();
    const wanted = (await whole.cluster().all(VirtualMachine))[0];
    for (const moment of ["beforeRequest", "afterRequest"] as const) {
      for (let last = 1; last <= 25; last += 1) {
        const fleet = new TestFleet();
        fleet.apply(
          machine({
            disks: [
              { boot: true, sizeGB: 5 },
              { name: "data", sizeGB: 1 },
            ],
          }),
        );
        let count = 0;
        const crash = (): void => {
          count += 1;
          if (count === last)
            throw new ConnectionFailedError({ cluster: "supervisor", address: "127.0.0.1:1" });
        };
        for (const server of [fleet.supervisor, fleet.cluster()]) server[moment] = crash;
        await fleet.reconciler.reconcile(KEY).catch(() => undefined);
        for (const server of [fleet.supervisor, fleet.cluster()]) server[moment] = undefined;
        await fleet.settle();
        const label = `${moment} ${last}`;
        const [virtualMachine] = await fleet.cluster().all(VirtualMachine);
        const devices = JSON.stringify(virtualMachine?.spec);
        const mac = /"macAddress":"([^"]+)"/.exec(devices)?.[1];
        const configurations = JSON.stringify(await fleet.supervisor.all(NetworkConfiguration));
        const outcome = {
          isMacRecorded: configurations.includes(String(mac)),
          spec: devices.replace(String(mac), ""),
          disks: (await fleet.cluster().all(PersistentVolumeClaim)).length,
          phase: (await statusOf(fleet)).phase,
        };
        const spec = JSON.stringify(wanted?.spec).replace(/(?<="macAddress":")[^"]+/, "");
        // The label says which request was lost.
        expect({ label, ...outcome }).toEqual({
          label,
          isMacRecorded: true,
          spec,
          disks: 2,
          phase: "Running",
        });
      }
    }
  }, 60_000);

  it("says what to do when several clusters could be meant, and recovers", async () => {
    const fleet = new TestFleet({ clusters: ["kv-1", "kv-2"] });
    fleet.apply(machine());
    await fleet.settle();
    expect(await statusOf(fleet)).toMatchObject({
      phase: "Failed",
      failureReason: "AmbiguousCluster",
    });
    expect((await conditionOf(fleet, "ConfigResolved")).status).toBe("False");
    await fleet.supervisor.client.patch(Machine, KEY, {
      type: "merge",
      patch: { metadata: { annotations: { "vitistack.io/kubevirt-config": "kv-2" } } },
    });
    await fleet.settle();
    expect((await statusOf(fleet)).phase).toBe("Running");
    expect((await statusOf(fleet)).failureReason).toBeUndefined();
    expect((await fleet.cluster("kv-2").all(VirtualMachine)).length).toBe(1);
  });

  it("makes nothing while the class is disabled or the cluster has no storage class", async () => {
    const fleet = new TestFleet();
    fleet.apply(machineClass({ metadata: { name: "big" }, spec: { enabled: false } }));
    fleet.apply(machine({ machineClass: "big" }));
    await fleet.settle();
    expect((await conditionOf(fleet, "VirtualMachineReady")).reason).toBe("MachineClassDisabled");
    await fleet.cluster().remove(StorageClass, { name: "standard" });
    fleet.apply(machine({}, { name: "other" }));
    await fleet.settle();
    expect((await conditionOf(fleet, "DisksReady", "other")).reason).toBe("StorageClassMissing");
    expect(fleet.cluster().writes).toEqual([]);
    expect(await fleet.supervisor.all(NetworkConfiguration)).toEqual([]);
  });

  it("serves every name that a label can hold, and says so of a longer one", async () => {
    const fleet = new TestFleet();
    for (const name of ["d", "web.example", "x".repeat(63), "x".repeat(64)])
      fleet.apply(machine({}, { name }));
    await fleet.settle();
    for (const name of ["d", "web.example", "x".repeat(63)])
      expect((await statusOf(fleet, name)).phase).toBe("Running");
    const condition = await conditionOf(fleet, "VirtualMachineReady", "x".repeat(64));
    expect(condition).toMatchObject({ status: "False", reason: "NameTooLong" });
  });

  it("refuses the system's namespaces", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({}, { namespace: "kube-public" }));
    await fleet.settle();
    expect((await conditionOf(fleet, "VirtualMachineReady")).reason).toBe("NamespaceDenied");
    expect(fleet.cluster().writes).toEqual([]);
  });
});

describe("what is not ours", () => {
  it("leaves a VirtualMachine of somebody else alone, also in deletion", async () => {
    const fleet = new TestFleet();
    fleet.cluster().load(foreignVirtualMachine());
    fleet.apply(machine());
    await fleet.settle();
    expect((await conditionOf(fleet, "VirtualMachineReady")).reason).toBe("NameConflict");
    expect(fleet.cluster().writes).toEqual([]);
    await deleteMachine(fleet);
    await fleet.settle();
    expect(await fleet.supervisor.all(Machine)).toEqual([]);
    expect((await fleet.cluster().all(VirtualMachine)).length).toBe(1);
  });

  it("takes over a VirtualMachine of the Go operator without writing to the cluster", async () => {
    const fleet = new TestFleet();
    const labels = {
      "vitistack.io/managed-by": "kubevirt-operator",
      "vitistack.io/source-machine": "web",
    };
    fleet.cluster().load(foreignVirtualMachine({ labels }));
    fleet.apply(machine());
    await fleet.settle();
    expect((await statusOf(fleet)).phase).toBe("Running");
    expect(fleet.cluster().writes).toEqual([]);
    expect(JSON.stringify(await fleet.supervisor.all(NetworkConfiguration))).toContain(
      "02:aa:00:00:00:01",
    );
  });

  it("does not take over one that carries the UID of another Machine", async () => {
    const fleet = new TestFleet();
    const labels = {
      "vitistack.io/managed-by": "kubevirt-operator",
      "vitistack.io/source-machine": "web",
    };
    const annotations = { "kvop.dev/machine-uid": "another" };
    fleet.cluster().load(foreignVirtualMachine({ labels, annotations }));
    fleet.apply(machine());
    await fleet.settle();
    expect((await conditionOf(fleet, "VirtualMachineReady")).reason).toBe("NameConflict");
  });

  it("does not share a claim between two Machines whose disk names meet", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({ disks: [{ boot: true }, { name: "data1" }] }));
    await fleet.settle();
    fleet.apply(machine({}, { name: "web-data1" }));
    await fleet.settle();
    expect((await conditionOf(fleet, "DisksReady", "web-data1")).reason).toBe("NameConflict");
    expect((await fleet.cluster().all(VirtualMachine)).length).toBe(1);
  });
});

describe("a cluster that does not answer", () => {
  it("keeps phase and addresses, says so, and says so when it answers again", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    await fleet.settle();
    fleet.cluster().isDown = true;
    const { requeueAfterMs } = await fleet.reconciler.reconcile(KEY);
    expect(requeueAfterMs).toBeGreaterThan(0);
    expect(await conditionOf(fleet, "ClusterReachable")).toMatchObject({
      status: "False",
      reason: "ConnectionFailed",
    });
    expect(await statusOf(fleet)).toMatchObject({ phase: "Running", ipAddresses: ["10.0.0.7"] });
    fleet.cluster().isDown = false;
    await fleet.settle();
    expect((await conditionOf(fleet, "ClusterReachable")).status).toBe("True");
    expect((await conditionOf(fleet, "Ready")).status).toBe("True");
  });

  it("keeps the finalizer in deletion, until the user gives up what is there", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    await fleet.settle();
    fleet.cluster().isDown = true;
    await deleteMachine(fleet);
    await fleet.reconciler.reconcile(KEY);
    expect((await fleet.machine("web")).metadata?.finalizers).toEqual([MACHINE_FINALIZER]);
    expect((await conditionOf(fleet, "ClusterReachable")).status).toBe("False");
    const { uid } = (await fleet.machine("web")).metadata ?? {};
    await fleet.supervisor.client.patch(Machine, KEY, {
      type: "merge",
      patch: { metadata: { annotations: { "kvop.dev/abandon": uid } } },
    });
    await fleet.reconciler.reconcile(KEY);
    expect(await fleet.supervisor.all(Machine)).toEqual([]);
  });

  it("refuses a config that now leads to another cluster", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({}, { annotations: { "kvop.dev/placement": "kv-1/another" } }));
    await fleet.settle();
    expect((await conditionOf(fleet, "ConfigResolved")).reason).toBe("PlacementConflict");
    expect(fleet.cluster().writes).toEqual([]);
  });
});

describe("deleting", () => {
  it("removes the VirtualMachine, then the disks, then the Machine, and keeps the namespace", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({ disks: [{ boot: true }, { name: "data" }] }));
    await fleet.settle();
    fleet.cluster().writes.length = 0;
    await deleteMachine(fleet);
    await fleet.settle();
    expect(fleet.cluster().writes).toEqual([
      "delete virtualmachines web",
      "delete persistentvolumeclaims web",
      "delete persistentvolumeclaims web-data",
    ]);
    expect(await fleet.supervisor.all(Machine)).toEqual([]);
    expect(await fleet.supervisor.all(NetworkConfiguration)).toEqual([]);
  });

  it("deletes nothing but what it has read: each deletion names UID and version", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    await fleet.settle();
    const seen: unknown[] = [];
    const look = ({ method, resource, body }: TransportRequest): void => {
      if (method === "DELETE") seen.push({ resource, ...(body as { preconditions?: object }) });
    };
    await deleteMachine(fleet);
    fleet.supervisor.beforeRequest = look;
    fleet.cluster().beforeRequest = look;
    await fleet.settle();
    const preconditions = { uid: expect.any(String), resourceVersion: expect.any(String) };
    expect(seen).toMatchObject([
      { resource: "virtualmachines", preconditions },
      { resource: "persistentvolumeclaims", preconditions },
      { resource: "networkconfigurations", preconditions },
    ]);
  });

  it("keeps the disks while the instance still runs", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    await fleet.settle();
    await fleet.holdInstances();
    await deleteMachine(fleet);
    await fleet.settle();
    expect((await fleet.cluster().all(PersistentVolumeClaim)).length).toBe(1);
    expect(await conditionOf(fleet, "Deleting")).toMatchObject({ status: "True" });
    expect((await statusOf(fleet)).phase).toBe("Terminating");
    await fleet.releaseInstances();
    await fleet.settle();
    expect(await fleet.cluster().all(PersistentVolumeClaim)).toEqual([]);
    expect(await fleet.supervisor.all(Machine)).toEqual([]);
  });

  it("leaves claims of others with our Machine's name in their label", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine());
    await fleet.settle();
    const labels = {
      "vitistack.io/managed-by": "kubevirt-operator",
      "vitistack.io/source-machine": "web",
    };
    const other = { name: "backup-of-web", namespace: "default", labels };
    fleet.cluster().load(persistentVolumeClaim({ metadata: other }));
    await deleteMachine(fleet);
    await fleet.settle();
    const left = await fleet.cluster().all(PersistentVolumeClaim);
    expect(left.map(({ metadata }) => metadata.name)).toEqual(["backup-of-web"]);
  });

  it("removes the network of a VLAN with the last Machine that needs it", async () => {
    const fleet = new TestFleet();
    fleet.apply(
      networkNamespace({
        metadata: { name: "net-a", namespace: "default" },
        status: { vlanId: 7 },
      }),
    );
    fleet.apply(machine());
    fleet.apply(machine({}, { name: "other" }));
    await fleet.settle();
    const names = async (): Promise<readonly unknown[]> =>
      (await fleet.cluster().all(NetworkAttachmentDefinition)).map(({ metadata }) => metadata.name);
    expect(await names()).toEqual(["vlan7"]);
    await deleteMachine(fleet);
    await fleet.settle();
    expect(await names()).toEqual(["vlan7"]);
    await fleet.supervisor.admin.delete(Machine, { ...KEY, name: "other" });
    await fleet.settle();
    expect(await names()).toEqual([]);
  });

  it("leaves a network that somebody else made", async () => {
    const fleet = new TestFleet();
    const name = { name: "vlan100", namespace: "default" };
    fleet.cluster().load(networkAttachmentDefinition({ metadata: name }));
    fleet.apply(networkNamespace({ metadata: { name: "net-a", namespace: "default" } }));
    fleet.apply(machine());
    await fleet.settle();
    await deleteMachine(fleet);
    await fleet.settle();
    expect(await fleet.supervisor.all(Machine)).toEqual([]);
    expect(await fleet.cluster().all(NetworkAttachmentDefinition)).toHaveLength(1);
  });

  it("makes a network again for a Machine that found it while it was being deleted", async () => {
    const fleet = new TestFleet();
    fleet.apply(networkNamespace({ metadata: { name: "net-a", namespace: "default" } }));
    fleet.apply(machine());
    await fleet.settle();
    await deleteMachine(fleet);
    fleet.cluster().beforeRequest = async ({ method, resource }) => {
      if (method !== "DELETE" || resource !== "network-attachment-definitions") return;
      fleet.cluster().beforeRequest = undefined;
      fleet.apply(machine({}, { name: "late" }));
      await fleet.reconciler.reconcile({ ...KEY, name: "late" });
    };
    await fleet.settle();
    expect((await statusOf(fleet, "late")).phase).toBe("Running");
    expect(await fleet.cluster().all(NetworkAttachmentDefinition)).toHaveLength(1);
  });

  it("is immediate for a Machine that was never placed", async () => {
    const fleet = new TestFleet({ clusters: ["kv-1", "kv-2"] });
    fleet.apply(machine({}, { finalizers: [MACHINE_FINALIZER] }));
    await deleteMachine(fleet);
    await fleet.settle();
    expect(await fleet.supervisor.all(Machine)).toEqual([]);
  });
});

describe("cloud-init", () => {
  const secret = (name: string, data: Record<string, string>): KubernetesObject =>
    ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])),
    }) as KubernetesObject;

  it("waits for a Secret, then puts its data into a Secret of the cluster, and removes that", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({ cloudInit: { userDataSecretRef: { name: "init" } } }));
    await fleet.settle();
    expect((await conditionOf(fleet, "VirtualMachineReady")).reason).toBe("CloudInitSourceMissing");
    expect((await statusOf(fleet)).phase).toBe("Pending");
    expect(fleet.cluster().writes).toEqual([]);
    fleet.apply(secret("init", { userdata: "#cloud-config\npassword: hunter2\n" }));
    await fleet.settle();
    const [virtualMachine] = await fleet.cluster().all(VirtualMachine);
    expect(JSON.stringify(virtualMachine)).not.toContain("hunter2");
    expect(JSON.stringify(virtualMachine)).toContain('"secretRef":{"name":"web-cloudinit"}');
    const [copy] = await fleet.cluster().all(Secret);
    expect(copy?.data).toEqual({ userdata: btoa("#cloud-config\npassword: hunter2\n") });
    await deleteMachine(fleet);
    await fleet.settle();
    expect(await fleet.cluster().all(Secret)).toEqual([]);
  });

  it("keeps data that KubeVirt would refuse inline in a Secret", async () => {
    const fleet = new TestFleet();
    fleet.apply(machine({ cloudInit: { userData: "#".repeat(2049), type: "configDrive" } }));
    await fleet.settle();
    const [virtualMachine] = await fleet.cluster().all(VirtualMachine);
    expect(JSON.stringify(virtualMachine)).toContain(
      '"cloudInitConfigDrive":{"secretRef":{"name":"web-cloudinit"}}',
    );
  });

  it("waits for a static address and hands it to the guest", async () => {
    const fleet = new TestFleet();
    const addresses = { ipv4CIDR: "10.20.30.0/22", ipv4Gateway: "10.20.30.1", dns: ["10.0.0.53"] };
    fleet.apply(
      networkNamespace({
        metadata: { name: "net-a", namespace: "default" },
        spec: { ipAllocation: { type: "static", static: addresses } },
        status: { vlanId: 7 },
      }),
    );
    fleet.apply(machine({ cloudInit: {} }));
    await fleet.settle();
    expect((await conditionOf(fleet, "NetworkReady")).reason).toBe("AddressPending");
    expect(await fleet.cluster().all(VirtualMachine)).toEqual([]);
    const [configuration] = await fleet.supervisor.all(NetworkConfiguration);
    const recorded = configuration?.spec as {
      networkInterfaces: Array<{ macAddress: string }>;
    };
    const macAddress = recorded.networkInterfaces[0]?.macAddress;
    const status = { networkInterfaces: [{ macAddress, ipv4Addresses: ["10.20.30.10"] }] };
    fleet.apply({ ...configuration, status } as never);
    await fleet.settle();
    const [virtualMachine] = await fleet.cluster().all(VirtualMachine);
    const text = JSON.stringify(virtualMachine);
    expect(text).toContain("address: 10.20.30.10\\n");
    expect(text).toContain("netmask: 255.255.252.0\\n");
    expect(text).toContain(String(macAddress));
  });
});
