import { ApiError, ConfigMap, KubevirtConfig } from "@kvop/core";
import { afterEach, beforeEach, expect, it } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

let fleet: VirtualFleet;
let manager: KubevirtClientManager;

beforeEach(() => {
  fleet = new VirtualFleet();
  manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
});
afterEach(() => manager[Symbol.asyncDispose]());

const stateOf = () => manager.getClusterState("east");

it("what is wrong with new credentials is told as it is now, also when something else was wrong before", async () => {
  const east = await fleet.add("east");
  await manager.getClientForConfig("east");
  await fleet.clock.advance(1000);
  const wrongs = [
    [fleet.addServer("other").kubeconfig(), "leads to another cluster"],
    ["garbage: [", "is not valid by rule"],
    [east.kubeconfig().replace(/token:/, "exec: { command: sh } #"), 'refused by rule "exec"'],
    [east.kubeconfig().replace(/https:/, "http:"), 'refused by rule "insecure-server"'],
  ] as const;
  let sinceMs: number | undefined;
  for (const [kubeconfig, message] of wrongs) {
    await fleet.setKubeconfig("east", kubeconfig);
    await fleet.clock.advance(2000);
    const state = stateOf();
    expect(state).toMatchObject({ type: "degraded", reason: "NewCredentialsRefused" });
    expect(state.message).toContain(message);
    expect("error" in state && state.error.message).toBe(state.message);
    const { status } = await fleet.supervisor.client().get(KubevirtConfig, { name: "east" });
    expect(status?.message).toBe(state.message);
    // It is the same state all the while.
    expect(state.changedAtMs).toBe((sinceMs ??= state.changedAtMs));
  }
});

it("writes of every kind say whether writes work: over raw requests, and after newer credentials", async () => {
  const east = await fleet.add("east");
  const client = await manager.getClientForConfig("east");
  const webhook = {
    code: 500,
    reason: "InternalError",
    message: 'Internal error occurred: failed calling webhook "mutator.kubevirt.io"',
  };
  let isDown = true;
  east.before = ({ method }) => {
    if (isDown && method !== "GET") throw new ApiError(webhook, { httpStatus: 500 });
  };
  const path = "/api/v1/namespaces/default/configmaps";
  let names = 0;
  const post = (of: { readonly resource?: string } = {}) => {
    names += 1;
    const body = { metadata: { name: `a-${names}` } };
    return client.request({ method: "POST", path, body, ...of }).catch((error: unknown) => error);
  };
  await post();
  await post({ resource: "configmaps" });
  expect(stateOf()).toMatchObject({ type: "degraded", reason: "WritesFailing" });
  isDown = false;
  await post();
  await client.create(ConfigMap, { metadata: { namespace: "default", name: "b" } });
  expect(stateOf().type).toBe("ready");
  // The first try of each of these is answered 401.
  isDown = true;
  for (const token of ["token-2-of-the-fixture", "token-3-of-the-fixture"]) {
    east.token = token;
    await fleet.setKubeconfig("east", east.kubeconfig());
    expect(await post()).toMatchObject({ httpStatus: 500 });
    await fleet.clock.advance(1000);
  }
  expect(stateOf()).toMatchObject({ type: "degraded", reason: "WritesFailing" });
});

it("a state that stays has the failure of the last observation", async () => {
  const east = await fleet.add("east");
  await manager.getClientForConfig("east");
  east.before = ({ path }) => {
    if (path === "/readyz")
      throw new ApiError({ code: 500, message: `at ${fleet.clock.now()}` }, { httpStatus: 500 });
  };
  await fleet.clock.advance(10_000);
  const { type, reason, message, changedAtMs } = stateOf();
  expect([type, reason]).toEqual(["degraded", "NotReady"]);
  await fleet.clock.advance(10_000);
  expect(stateOf()).toMatchObject({ type, reason, changedAtMs });
  expect(stateOf().message).not.toBe(message);
});
