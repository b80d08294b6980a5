import { KubevirtConfig } from "@kvop/core";
import { kubevirtConfig } from "@kvop/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

let fleet: VirtualFleet;
let manager: KubevirtClientManager;
/** Lets the supervisor answer whoever follows the configs. */
let release: () => void;

beforeEach(() => {
  fleet = new VirtualFleet();
  manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
  const gate = new Promise<void>((resolve) => (release = resolve));
  fleet.beforeSupervisor = ({ verb, resource }) =>
    resource === "kubevirtconfigs" && (verb === "list" || verb === "watch") ? gate : undefined;
});
afterEach(async () => {
  release();
  await manager[Symbol.asyncDispose]();
});

it("a config that is deleted after its first use and before they are followed is noticed", async () => {
  const east = await fleet.add("east");
  const west = await fleet.add("west");
  await manager.getClientForConfig("east");
  const client = await manager.getClientForConfig("west");
  await fleet.deleteConfig("east");
  release();
  await fleet.clock.advance(1000);
  expect([east.open, west.open]).toEqual([0, 1]);
  expect(manager.getClusterState("east").reason).toBe("NotSeen");
  expect(await manager.getClientForConfig("west")).toBe(client);
});

it("a config that is newer than the list of them is left alone", async () => {
  const east = await fleet.add("east");
  const client = await manager.getClientForConfig("east");
  // As if the list were of a moment before: the config is in no event.
  let isRead = false;
  const { beforeSupervisor } = fleet;
  fleet.beforeSupervisor = async (request) => {
    if (
      request.verb === "get" &&
      request.path.endsWith("/east") &&
      request.resource === "kubevirtconfigs"
    ) {
      isRead = true;
      await fleet.supervisor
        .client()
        .create(KubevirtConfig, kubevirtConfig({ metadata: { name: "east" } }))
        .catch(() => undefined);
    }
    await beforeSupervisor?.(request);
  };
  await fleet.deleteConfig("east");
  release();
  await fleet.clock.advance(1000);
  expect(isRead).toBe(true);
  // Here it is another one of the name.
  expect(await manager.getClientForConfig("east")).not.toBe(client);
  expect(east.open).toBe(1);
});

it("a config that is gone when its Secret is read again is noticed then", async () => {
  const east = await fleet.add("east");
  await manager.getClientForConfig("east");
  await fleet.clock.advance(1000);
  await fleet.deleteConfig("east");
  await fleet.setKubeconfig("east", `# newer\n${east.kubeconfig()}`);
  await fleet.clock.advance(1000);
  expect(east.open).toBe(0);
  await expect(manager.getClientForConfig("east")).rejects.toMatchObject({
    code: "ConfigNotFound",
  });
  release();
});
