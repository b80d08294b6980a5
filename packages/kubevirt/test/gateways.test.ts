import { ApiError, Namespace } from "@kvop/core";
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
const read = async (): Promise<unknown> => {
  const client = await manager.getClientForConfig("east");
  return client.get(Namespace, { name: "default" });
};

it.each([502, 503, 504])(
  "a cluster whose load balancer answers %i for it is down like any other",
  async (httpStatus) => {
    const east = await fleet.add("east");
    await read();
    await fleet.clock.advance(1000);
    let isDown = true;
    east.before = () => {
      if (isDown) throw new ApiError({ code: httpStatus, message: "no backend" }, { httpStatus });
    };
    // The first to meet it see the answer; it is looked at because of them.
    expect(await read().catch((error: unknown) => error)).toMatchObject({ httpStatus });
    await fleet.clock.advance(5000);
    expect(stateOf().type).toBe("unreachable");
    const before = east.requests.length;
    const errors = Array.from({ length: 100 }, () => read().catch((error: unknown) => error));
    for (const error of await Promise.all(errors))
      expect(error).toMatchObject({ code: "ClusterUnavailable" });
    expect(east.requests.length).toBe(before);
    isDown = false;
    await fleet.clock.advance(10_000);
    expect(stateOf().type).toBe("ready");
    await read();
  },
);

it("a cluster that says itself that it is not ready is asked all the same", async () => {
  const east = await fleet.add("east");
  await read();
  east.before = ({ path }) => {
    if (path === "/readyz")
      throw new ApiError({ code: 500, message: "[-]etcd failed" }, { httpStatus: 500 });
  };
  await fleet.clock.advance(20_000);
  expect(stateOf()).toMatchObject({ type: "degraded", reason: "NotReady" });
  await read();
});
