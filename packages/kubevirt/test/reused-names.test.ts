import { ApiError, ConfigMap, KubevirtConfig, Namespace } from "@kvop/core";
import { kubevirtConfig } from "@kvop/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

let fleet: VirtualFleet;
let manager: KubevirtClientManager;

beforeEach(() => {
  fleet = new VirtualFleet();
  manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  for (const { open } of fleet.clusters.values()) expect(open).toBe(0);
  expect([fleet.clock.pendingTimers, fleet.openSupervisorWatches]).toEqual([0, 0]);
});

const forbidden = () =>
  new ApiError({ code: 403, reason: "Forbidden", message: "not allowed" }, { httpStatus: 403 });

/** Ways in which a supervisor lets configs be followed. */
const rights: ReadonlyArray<
  readonly [name: string, mayNot: (verb: string, isOfOne: boolean) => boolean]
> = [
  ["all of them are watched", () => false],
  ["all of them are read from time to time", (verb) => verb === "watch"],
  ["each is watched by its name", (verb, isOfOne) => verb !== "get" && !isOfOne],
  ["each is read by its name from time to time", (verb) => verb === "list" || verb === "watch"],
];

it.each(rights)(
  "a config made anew under its old name is another one where %s",
  async (_name, mayNot) => {
    fleet.beforeSupervisor = ({ verb, resource, query = [] }) => {
      const isOfOne = query.some(([field]) => field === "fieldSelector");
      if (resource === "kubevirtconfigs" && verb !== "patch" && mayNot(verb, isOfOne))
        throw forbidden();
    };
    const east = await fleet.add("east");
    const other = fleet.addServer("other");
    await other.server
      .client()
      .create(ConfigMap, { metadata: { namespace: "default", name: "of-other" } });
    const old = await manager.getClientForConfig("east");
    const before = manager.getClusterState("east");
    const watch = manager.watchResource("east", ConfigMap);
    await fleet.clock.advance(1000);

    await fleet.deleteConfig("east");
    await fleet.setKubeconfig("east", other.kubeconfig());
    await fleet.supervisor
      .client()
      .create(KubevirtConfig, kubevirtConfig({ metadata: { name: "east" } }));
    await fleet.clock.advance(90_000);

    // What was made for the old config is over, and reaches no cluster any more.
    expect(east.open).toBe(0);
    expect(watch.isEnded).toBe(true);
    expect(watch.get({ namespace: "default", name: "of-other" })).toBeUndefined();
    await expect(old.get(Namespace, { name: "kube-system" })).rejects.toMatchObject({
      code: "ConfigNotFound",
    });
    // Another cluster than before is not refused: nothing is known of this config yet.
    const client = await manager.getClientForConfig("east");
    const { metadata } = await client.get(Namespace, { name: "kube-system" });
    const state = manager.getClusterState("east");
    expect(state).toMatchObject({ type: "ready", clusterUid: metadata?.uid });
    expect(state.clusterUid).not.toBe(before.clusterUid);
    expect(state.configUid).not.toBe(before.configUid);
  },
);

it("whoever asks while a config is made anew gets a client of the new one", async () => {
  fleet.beforeSupervisor = ({ verb, resource }) => {
    if (resource === "kubevirtconfigs" && (verb === "list" || verb === "watch")) throw forbidden();
  };
  await fleet.add("east");
  const other = fleet.addServer("other");
  await manager.getClientForConfig("east");
  await fleet.deleteConfig("east");
  await fleet.setKubeconfig("east", other.kubeconfig());
  await fleet.supervisor
    .client()
    .create(KubevirtConfig, kubevirtConfig({ metadata: { name: "east" } }));
  manager.invalidateClient("east");
  const clients = await Promise.all([1, 2, 3].map(() => manager.getClientForConfig("east")));
  expect(new Set(clients).size).toBe(1);
  expect([other.dials, other.open]).toEqual([1, 1]);
});
