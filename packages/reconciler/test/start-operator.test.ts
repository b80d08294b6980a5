import { Machine, type MachineStatus } from "@kvop/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Operator, startOperator } from "../src/index.js";
import { MemoryFleet } from "./memory-fleet.js";

const CONFIGS = "apis/vitistack.io/v1alpha1/kubevirtconfigs";

function statusOf(fleet: MemoryFleet, name: string): MachineStatus {
  return fleet.machine(name)["status"] ?? {};
}

function reachableOf(fleet: MemoryFleet, name: string): string | undefined {
  return statusOf(fleet, name).conditions?.find(({ type }) => type === "ClusterReachable")?.status;
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

  async function start(names: readonly string[]): Promise<MemoryFleet> {
    const fleet = new MemoryFleet({ clusters: names });
    for (const name of names) fleet.supervisor.put({ metadata: { name } }, CONFIGS);
    operator = startOperator({ clientManager: fleet.manager });
    await operator.waitUntilReady();
    return fleet;
  }

  it("serves Machines that come, writes nothing while nothing happens, and deletes", async () => {
    const fleet = await start(["kv-1"]);
    await fleet.supervisor.client.create(Machine, machineOn("web", "kv-1"));
    await vi.waitFor(() => expect(statusOf(fleet, "web").phase).toBe("Running"), 10_000);
    await vi.waitFor(() => expect(operator?.isIdle).toBe(true), 10_000);
    await fleet.supervisor.client.delete(Machine, { namespace: "default", name: "web" });
    await vi.waitFor(() => expect(fleet.supervisor.all("machines")).toEqual([]), 10_000);
    expect(fleet.cluster().all("virtualmachines")).toEqual([]);
  });

  it("shows what a cluster makes of a VirtualMachine without being asked", async () => {
    const fleet = await start(["kv-1"]);
    fleet.printableStatus.set("web", "Provisioning");
    await fleet.supervisor.client.create(Machine, machineOn("web", "kv-1"));
    await vi.waitFor(() => expect(statusOf(fleet, "web").state).toBe("Provisioning"), 10_000);
    await vi.waitFor(() => expect(operator?.isIdle).toBe(true), 10_000);
    const [virtualMachine] = fleet.cluster().all("virtualmachines");
    fleet
      .cluster()
      .put(
        { ...virtualMachine, status: { printableStatus: "ErrorPvcNotFound" } } as never,
        "apis/kubevirt.io/v1/virtualmachines",
      );
    await vi.waitFor(() => expect(statusOf(fleet, "web").phase).toBe("Failed"), 10_000);
  });

  it("lets the Machines of a cluster that is down say so, and goes on with the others", async () => {
    const fleet = new MemoryFleet({ clusters: ["kv-1", "kv-2"] });
    fleet.cluster("kv-2").isDown = true;
    for (const name of ["kv-1", "kv-2"]) fleet.supervisor.put({ metadata: { name } }, CONFIGS);
    operator = startOperator({ clientManager: fleet.manager });
    await operator.waitUntilReady();
    await fleet.supervisor.client.create(Machine, machineOn("down", "kv-2"));
    await fleet.supervisor.client.create(Machine, machineOn("up", "kv-1"));
    await vi.waitFor(() => expect(statusOf(fleet, "up").phase).toBe("Running"), 10_000);
    await vi.waitFor(() => expect(reachableOf(fleet, "down")).toBe("False"), 10_000);
    fleet.cluster("kv-2").isDown = false;
    await vi.waitFor(() => expect(statusOf(fleet, "down").phase).toBe("Running"), 15_000);
    expect(reachableOf(fleet, "down")).toBe("True");
  }, 30_000);
});
