import { ApiError, KubevirtConfig, type TransportRequest } from "@kvop/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

// Virtual minutes take real seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let fleet: VirtualFleet;
let manager: KubevirtClientManager;
let patches: TransportRequest[];

beforeEach(() => {
  fleet = new VirtualFleet();
  patches = [];
  fleet.beforeSupervisor = (request) => {
    if (request.verb === "patch") patches.push(request);
  };
  manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  expect(fleet.clock.pendingTimers).toBeLessThanOrEqual(1);
});

const statusOf = async (name: string) =>
  (await fleet.supervisor.client().get(KubevirtConfig, { name })).status;

it("shows the state of a cluster that is used, and writes on a difference alone", async () => {
  const east = await fleet.add("east");
  await fleet.add("west");
  await manager.getClientForConfig("east");
  await fleet.clock.advance(10_000);
  expect(await statusOf("east")).toEqual({
    phase: "Ready",
    status: "Ready",
    message: "The cluster answers.",
  });
  expect(await statusOf("west")).toBeUndefined();
  await fleet.clock.advance(3_600_000);
  expect(patches).toHaveLength(1);

  east.behaviour = "down";
  await fleet.clock.advance(20_000);
  expect(await statusOf("east")).toMatchObject({
    phase: "Unreachable",
    status: "ConnectionFailed",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
  await fleet.clock.advance(3_600_000);
  expect(patches).toHaveLength(2);
  expect(patches[0]).toMatchObject({ path: expect.stringMatching(/\/east\/status$/) as string });
});

it("a second manager finds nothing to write", async () => {
  await fleet.add("east");
  await manager.getClientForConfig("east");
  await fleet.clock.advance(1000);
  const second = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
  await second.getClientForConfig("east");
  await fleet.clock.advance(10_000);
  expect(patches).toHaveLength(1);
  await second[Symbol.asyncDispose]();
});

it("says when new credentials are bad while the old ones work", async () => {
  const east = await fleet.add("east");
  await manager.getClientForConfig("east");
  await fleet.clock.advance(1000);
  await fleet.setKubeconfig("east", east.kubeconfig("wrong-token-of-the-fixture"));
  await fleet.clock.advance(2000);
  const status = await statusOf("east");
  expect(status).toMatchObject({ phase: "Degraded", status: "NewCredentialsRefused" });
  expect(JSON.stringify(status)).not.toContain("wrong-token");
});

it("ends for good, and says so once, where it is not allowed", async () => {
  const east = await fleet.add("east");
  fleet.beforeSupervisor = (request) => {
    if (request.verb !== "patch") return;
    patches.push(request);
    throw new ApiError({ code: 403, reason: "Forbidden" }, { httpStatus: 403 });
  };
  await manager.getClientForConfig("east");
  await fleet.clock.advance(1000);
  east.behaviour = "down";
  await fleet.clock.advance(60_000);
  expect(patches).toHaveLength(1);
  const warnings = fleet.log.filter(({ message }) => message.includes("may not be written"));
  expect(warnings).toHaveLength(1);
});

it("tries again when the supervisor fails", async () => {
  await fleet.add("east");
  let failures = 3;
  fleet.beforeSupervisor = ({ verb }) => {
    if (verb !== "patch") return;
    failures -= 1;
    if (failures >= 0) throw new ApiError({ code: 500 }, { httpStatus: 500 });
  };
  await manager.getClientForConfig("east");
  await fleet.clock.advance(30_000);
  expect(await statusOf("east")).toMatchObject({ phase: "Ready" });
});

it("is left alone when told so", async () => {
  await manager[Symbol.asyncDispose]();
  manager = new KubevirtClientManager(fleet.supervisorClient, {
    ...fleet.options,
    writeStatus: false,
  });
  await fleet.add("east");
  await manager.getClientForConfig("east");
  await fleet.clock.advance(60_000);
  expect(patches).toEqual([]);
});
