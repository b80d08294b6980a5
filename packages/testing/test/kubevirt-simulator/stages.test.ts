import {
  DataVolume,
  defineResource,
  PersistentVolumeClaim,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import { expect, test } from "vitest";
import { persistentVolumeClaim } from "../../src/fixtures/kubevirt-fixtures.js";
import { KEY, machineOf, simulatedWorld } from "./simulated-world.js";

const phaseOf = (object: { status?: { phase?: string | undefined } | undefined }): unknown =>
  object.status?.phase;
const statusOf = (vm: VirtualMachine): unknown => vm.status?.printableStatus;
const ON_CLAIM = { persistentVolumeClaim: { claimName: "web" } };
const DATA_VOLUME = {
  dataVolumeTemplates: [
    {
      metadata: { name: "web-root" },
      spec: {
        source: { blank: {} },
        storage: { resources: { requests: { storage: "5Gi" } } },
      },
    },
  ],
};
const ON_DATA_VOLUME = { dataVolume: { name: "web-root" } };

test("without a word a machine runs within a second, and stays", async () => {
  await using world = await simulatedWorld();
  const phases = world.valuesOf(VirtualMachineInstance, KEY, phaseOf);
  await world.client.create(VirtualMachine, machineOf(KEY));
  const began = world.clock.monotonic();
  await world.untilStatus(KEY, "Running", 1);
  expect(world.clock.monotonic() - began).toBeLessThanOrEqual(150);
  await world.clock.advance(3_600_000);
  expect(phases).toEqual(["Pending", "Scheduling", "Scheduled", "Running"]);
});

test.each([
  ["start", "Stopped"],
  ["bind", "WaitingForVolumeBinding"],
  ["schedule", "Starting"],
  ["pull", "Starting"],
  ["launch", "Starting"],
  ["boot", "Starting"],
] as const)("%s: held, it stays %s and goes on when let go", async (stage, status) => {
  await using world = await simulatedWorld();
  const hold = world.simulator.hold(KEY, stage);
  const other = { ...KEY, name: "other" };
  await world.client.create(PersistentVolumeClaim, persistentVolumeClaim());
  // A claim that is bound later changes nothing that virt-controller shows until its machine's instance goes on.
  await world.clock.advance(1000);
  await world.client.create(VirtualMachine, machineOf(KEY, {}, ON_CLAIM));
  await world.client.create(VirtualMachine, machineOf(other));
  await world.untilStatus(other, "Running", 1);
  await world.clock.advance(60_000);
  expect(statusOf(await world.client.get(VirtualMachine, KEY))).toBe(status);
  hold[Symbol.dispose]();
  await world.untilStatus(KEY, "Running", 1);
});

test("import: held, slowed and failed once, a DataVolume is Provisioning meanwhile", async () => {
  await using world = await simulatedWorld();
  const volume = { ...KEY, name: "web-root" };
  const phases = world.valuesOf(DataVolume, volume, ({ status }) => status?.phase);
  const statuses = world.valuesOf(VirtualMachine, KEY, statusOf);
  {
    using _hold = world.simulator.hold(volume, "import");
    await world.client.create(VirtualMachine, machineOf(KEY, DATA_VOLUME, ON_DATA_VOLUME));
    await world.clock.advance(60_000);
    expect(statusOf(await world.client.get(VirtualMachine, KEY))).toBe("Provisioning");
  }
  using _failure = world.simulator.fail(volume, "import", { times: 1 });
  using _slow = world.simulator.slow(volume, "import", 10_000);
  await world.untilStatus(KEY, "Running", 120);
  const after = (await world.client.get(DataVolume, volume)) as { status?: object };
  expect(after.status).toMatchObject({ phase: "Succeeded", progress: "100.0%", restartCount: 1 });
  expect(phases).toContain("ImportInProgress");
  expect(phases.at(-1)).toBe("Succeeded");
  expect(statuses).toContain("DataVolumeError");
  const claim = await world.client.get(PersistentVolumeClaim, volume);
  expect(claim.spec).toMatchObject({ accessModes: ["ReadWriteMany"], volumeMode: "Block" });
});

test("schedule: failed, it is ErrorUnschedulable until there is room", async () => {
  await using world = await simulatedWorld();
  const failure = world.simulator.fail("all", "schedule", { message: "0/1 nodes are available" });
  await world.client.create(VirtualMachine, machineOf(KEY));
  const { status } = await world.untilStatus(KEY, "ErrorUnschedulable", 5);
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({ type: "PodScheduled", message: "0/1 nodes are available" }),
  );
  failure[Symbol.dispose]();
  await world.untilStatus(KEY, "Running", 5);
});

test("pull: failed, it is ErrImagePull, then ImagePullBackOff, until it works", async () => {
  await using world = await simulatedWorld();
  const failure = world.simulator.fail(KEY, "pull");
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "ErrImagePull", 5);
  await world.untilStatus(KEY, "ImagePullBackOff", 15);
  failure[Symbol.dispose]();
  await world.untilStatus(KEY, "Running", 5);
});

test("launch: failing launchers back off for 10 to 15, 40 to 60, 90 to 135, then at most 300 s", async () => {
  await using world = await simulatedWorld();
  const failure = world.simulator.fail(KEY, "launch");
  const failures: { readonly count: number; readonly seconds: number }[] = [];
  await world.client.create(VirtualMachine, machineOf(KEY));
  for (let count = 1; count <= 8; count += 1) {
    const vm = await world.until(
      VirtualMachine,
      KEY,
      (each) => startFailureOf(each)?.consecutiveFailCount === count,
      301,
    );
    const retry = Date.parse(startFailureOf(vm)?.retryAfterTimestamp ?? "");
    failures.push({ count, seconds: Math.round((retry - world.clock.now()) / 1000) });
    await world.untilStatus(KEY, "CrashLoopBackOff", 1);
  }
  for (const { count, seconds } of failures) {
    const least = Math.min(10 * count ** 2, 300);
    expect(seconds).toBeGreaterThanOrEqual(least - 1);
    expect(seconds).toBeLessThanOrEqual(Math.min(Math.ceil(least * 1.5), 300));
  }
  failure[Symbol.dispose]();
  const vm = await world.untilStatus(KEY, "Running", 301);
  expect(startFailureOf(vm)).toBeUndefined();
});

test("boot: failed, the instance ends before it ran, and is tried again", async () => {
  await using world = await simulatedWorld();
  using _failure = world.simulator.fail(KEY, "boot", { times: 1 });
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "CrashLoopBackOff", 5);
  await world.untilStatus(KEY, "Running", 20);
});

test("shutdown: a guest that ignores it is killed after its grace period", async () => {
  await using world = await simulatedWorld();
  const machine = machineOf(KEY, { runStrategy: "Halted" });
  const spec = machine.spec?.template?.spec as { terminationGracePeriodSeconds?: number };
  spec.terminationGracePeriodSeconds = 45;
  await world.client.create(VirtualMachine, machine);
  await world.clock.advance(100);
  expect((await world.send("PUT", "virtualmachines/web/start", {})).status).toBe(202);
  await world.untilStatus(KEY, "Running", 5);
  using _hold = world.simulator.hold(KEY, "shutdown");
  expect((await world.send("PUT", "virtualmachines/web/stop", {})).status).toBe(202);
  const began = world.clock.monotonic();
  await world.until(VirtualMachineInstance, KEY, (vmi) => vmi === undefined, 120);
  const seconds = (world.clock.monotonic() - began) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(45);
  expect(seconds).toBeLessThan(62);
});

test("pause and terminate can be slowed", async () => {
  await using world = await simulatedWorld();
  await world.client.create(VirtualMachine, machineOf(KEY));
  await world.untilStatus(KEY, "Running", 5);
  using _slow = world.simulator.slow(KEY, "pause", 5_000);
  await world.send("PUT", "virtualmachineinstances/web/pause", {});
  await world.clock.advance(4_900);
  expect(statusOf(await world.client.get(VirtualMachine, KEY))).toBe("Running");
  await world.untilStatus(KEY, "Paused", 1);
  using _hold = world.simulator.hold("all", "terminate");
  await world.client.delete(VirtualMachine, KEY);
  await world.clock.advance(60_000);
  const Pod = defineResource({
    group: "",
    version: "v1",
    kind: "Pod",
    plural: "pods",
    namespaced: true,
  });
  const [pod] = (await world.client.list(Pod, { namespace: "default" })).items;
  expect(pod?.metadata?.deletionTimestamp).toBeDefined();
  _hold[Symbol.dispose]();
  await world.until(VirtualMachine, KEY, (vm) => vm === undefined, 5);
  expect((await world.client.list(Pod, { namespace: "default" })).items).toEqual([]);
});

interface StartFailure {
  readonly consecutiveFailCount: number;
  readonly retryAfterTimestamp: string;
}

function startFailureOf(vm: VirtualMachine | undefined): StartFailure | undefined {
  return (vm?.status as { startFailure?: StartFailure } | undefined)?.startFailure;
}
