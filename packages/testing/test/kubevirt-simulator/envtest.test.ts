import {
  createClusterClient,
  PersistentVolumeClaim,
  StorageClass,
  StorageProfile,
  systemClock,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import { describe, expect, test } from "vitest";
import { kubevirtCustomResourceDefinitions } from "../../src/crds/custom-resource-definitions.js";
import { findEnvtestBinary, hasEnvtestBinaries } from "../../src/envtest/envtest-binaries.js";
import { httpsTransport } from "../../src/envtest/https-transport.js";
import { startEnvtest } from "../../src/envtest.js";
import { storageClass, storageProfile } from "../../src/fixtures/kubevirt-fixtures.js";
import { startKubevirtSimulator } from "../../src/kubevirt.js";
import { SimulatedPod } from "../../src/simulator/simulated-kinds.js";
import { KEY, machineOf } from "./simulated-world.js";

const TEMPLATES = {
  dataVolumeTemplates: [
    {
      metadata: { name: "web-root" },
      spec: { source: { blank: {} }, storage: { resources: { requests: { storage: "1Gi" } } } },
    },
  ],
};

describe.skipIf(!hasEnvtestBinaries())("on a real kube-apiserver", { timeout: 120_000 }, () => {
  test("a machine gets its volume, Pod and instance, runs, stops, starts and goes", async () => {
    const hasControllerManager = findEnvtestBinary("kube-controller-manager") !== undefined;
    await using envtest = await startEnvtest({
      crds: kubevirtCustomResourceDefinitions(),
      startTimeoutMs: 60_000,
      withControllerManager: hasControllerManager,
    });
    const { url, caData: caPem, adminToken = "" } = envtest;
    const client = createClusterClient(
      httpsTransport({ name: "real", url, caPem, token: adminToken, clock: systemClock }),
      { role: "cluster", name: "real" },
    );
    await client.create(StorageClass, storageClass());
    const { status, ...profile } = storageProfile();
    await client.create(StorageProfile, profile);
    const patch = { status };
    const target = { name: "standard" };
    await client.patch(StorageProfile, target, { type: "merge", patch }, { subresource: "status" });
    await using _simulator = startKubevirtSimulator({ client });

    const statusOf = async () =>
      (await client.find(VirtualMachine, KEY))?.status?.printableStatus ?? "gone";
    const until = async (wanted: string): Promise<void> => {
      await expect.poll(statusOf, { timeout: 20_000, interval: 50 }).toBe(wanted);
    };
    const machine = machineOf(KEY, TEMPLATES, { dataVolume: { name: "web-root" } });
    await client.create(VirtualMachine, machine);
    await until("Running");
    const claim = await client.get(PersistentVolumeClaim, { ...KEY, name: "web-root" });
    expect([claim.status?.phase, claim.spec?.volumeMode]).toEqual(["Bound", "Block"]);
    const instance = await client.get(VirtualMachineInstance, KEY);
    expect(instance.status?.nodeName).toBe("node01");
    const pods = await client.list(SimulatedPod, { namespace: "default" });
    expect(pods.items.map(({ status: podStatus }) => podStatus?.phase)).toEqual(["Running"]);

    const halt = { spec: { runStrategy: "Halted" } };
    await client.patch(VirtualMachine, KEY, { type: "merge", patch: halt });
    await until("Stopped");
    await expect
      .poll(() => client.find(VirtualMachineInstance, KEY), { timeout: 20_000 })
      .toBeUndefined();
    const go = { spec: { runStrategy: "Always" } };
    await client.patch(VirtualMachine, KEY, { type: "merge", patch: go });
    await until("Running");
    await client.delete(VirtualMachine, KEY);
    await until("gone");
    expect((await client.list(VirtualMachineInstance)).items).toEqual([]);
  });
});
