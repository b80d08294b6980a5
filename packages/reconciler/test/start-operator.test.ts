import { KubevirtConfig, Machine, type MachineStatus, VirtualMachine } from "@kvop/core";
import { kubevirtConfig } from "@kvop/testing";
import { afterEach, describe, expect, it } from "vitest";
import { type Operator, startOperator } from "../src/index.js";
import { TestFleet } from "./test-fleet.js";

async function statusOf(fleet: TestFleet, name: string): Promise<MachineStatus> {
  return (await fleet.machine(name)).status ?? {};
}

async function reachableOf(fleet: TestFleet, name: string): Promise<string | undefined> {
  const { conditions } = await statusOf(fleet, name);
  return conditions?.find(({ type }) => type === "ClusterReachable")?.status;
}

function machineOn(name: string, configName: string): Machine {
  return {
    apiVersion: "vitistack.io/v1alpha1",
    kind: "Machine",
    metadata: {
      name,
      namespace: "default",
      annotations: { "vitistack.io/kubevirt-config": configName },
    },
    spec: { provider: "kubevirt" },
  };
}

describe("startOperator", () => {
  let operator: Operator | undefined;
  afterEach(async () => {
    await operator?.[Symbol.asyncDispose]();
    operator = undefined;
  });

  async function start(fleet: TestFleet): Promise<void> {
    operator = startOperator({ clientManager: fleet.manager, clock: fleet.clock });
    await fleet.clock.advance(1000);
    await operator.waitUntilReady();
  }

  it("serves Machines that come, writes nothing while nothing happens, and deletes", async () => {
    const fleet = new TestFleet();
    await start(fleet);
    await fleet.supervisor.admin.create(Machine, machineOn("web", "kv-1"));
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "web")).phase === "Running");
    await fleet.clock.runUntil(() => operator?.isIdle === true);
    await fleet.clock.advance(60_000);
    const { writeCount } = fleet;
    await fleet.clock.advance(3_600_000);
    expect(fleet.writeCount).toBe(writeCount);
    await fleet.supervisor.admin.delete(Machine, { namespace: "default", name: "web" });
    await fleet.clock.runUntil(async () => (await fleet.supervisor.all(Machine)).length === 0);
    expect(await fleet.cluster().all(VirtualMachine)).toEqual([]);
  });

  it("follows a cluster that the client manager knows of and the supervisor does not", async () => {
    const fleet = new TestFleet();
    await fleet.supervisor.remove(KubevirtConfig, { name: "kv-1" });
    await start(fleet);
    await fleet.supervisor.admin.create(Machine, machineOn("web", "kv-1"));
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "web")).phase === "Running");
  });

  it("takes no notice of configs in namespaces that are not its own", async () => {
    const namespaced = { ...KubevirtConfig, namespaced: true };
    const fleet = new TestFleet({ isConfigNamespaced: true });
    await start(fleet);
    await fleet.supervisor.admin.create(Machine, machineOn("web", "kv-1"));
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "web")).phase === "Running");
    fleet.ensureNamespace("tenant");
    const foreign = kubevirtConfig({ metadata: { name: "kv-1", namespace: "tenant" } });
    await fleet.supervisor.admin.create(namespaced, foreign);
    await fleet.supervisor.admin.delete(namespaced, { namespace: "tenant", name: "kv-1" });
    await fleet.clock.advance(1000);
    const patch = { spec: { runStrategy: "Halted" } };
    const key = { namespace: "default", name: "web" };
    await fleet.cluster().admin.patch(VirtualMachine, key, { type: "merge", patch });
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "web")).phase === "Stopped");
  });

  it("shows what a cluster makes of a VirtualMachine without being asked", async () => {
    const fleet = new TestFleet();
    fleet.printableStatus.set("web", "Provisioning");
    await start(fleet);
    await fleet.supervisor.admin.create(Machine, machineOn("web", "kv-1"));
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "web")).state === "Provisioning");
    await fleet.clock.runUntil(() => operator?.isIdle === true);
    fleet.printableStatus.set("web", "ErrorPvcNotFound");
    await fleet
      .cluster()
      .admin.patch(
        VirtualMachine,
        { namespace: "default", name: "web" },
        { type: "merge", patch: { status: { printableStatus: "ErrorPvcNotFound" } } },
        { subresource: "status" },
      );
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "web")).phase === "Failed");
  });

  it("lets the Machines of a cluster that is down say so, and goes on with the others", async () => {
    const fleet = new TestFleet({ clusters: ["kv-1", "kv-2"] });
    fleet.cluster("kv-2").isDown = true;
    await start(fleet);
    await fleet.supervisor.admin.create(Machine, machineOn("down", "kv-2"));
    await fleet.supervisor.admin.create(Machine, machineOn("up", "kv-1"));
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "up")).phase === "Running");
    await fleet.clock.runUntil(async () => (await reachableOf(fleet, "down")) === "False");
    const { conditions = [] } = await statusOf(fleet, "down");
    const reachable = conditions.find(({ type }) => type === "ClusterReachable");
    expect(reachable?.message).toContain("127.0.0.1:1");
    fleet.cluster("kv-2").isDown = false;
    await fleet.clock.runUntil(async () => (await statusOf(fleet, "down")).phase === "Running");
    expect(await reachableOf(fleet, "down")).toBe("True");
  });
});
