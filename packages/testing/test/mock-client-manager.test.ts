import { hasErrorCode, PLACEMENT_ANNOTATION } from "@kvop/core";
import { describe, expect, it } from "vitest";
import {
  createFakeClient,
  kubevirtConfig,
  machine,
  MockClientManager,
  namespace,
} from "../src/index.js";

const kubeSystem = (uid: string) => namespace({ metadata: { name: "kube-system", uid } });

describe("MockClientManager", () => {
  it("says which client is missing for a config that it has", async () => {
    const manager = new MockClientManager();
    manager.addMockedConfig(kubevirtConfig({ metadata: { name: "east" } }));
    await expect(manager.getClientForConfig("east")).rejects.toThrow('addMockedClient("east"');
    const missing = await manager.getClientForConfig("west").catch((error: unknown) => error);
    expect(hasErrorCode(missing, "ConfigNotFound")).toBe(true);
  });

  it("holds a recorded placement against the cluster, as in production", async () => {
    const manager = new MockClientManager();
    manager.addMockedClient("east", createFakeClient({ objects: [kubeSystem("uid-1")] }));
    const placedOn = (uid: string) =>
      manager.getOrCreateClientFromMachine(
        machine({ metadata: { annotations: { [PLACEMENT_ANNOTATION]: `east/${uid}` } } }),
      );
    expect((await placedOn("uid-1")).configName).toBe("east");
    const refused = await placedOn("uid-2").catch((error: unknown) => error);
    expect(hasErrorCode(refused, "PlacementConflict")).toBe(true);
  });

  it("counts a call whose signal has aborted, and rejects with its reason", async () => {
    const manager = new MockClientManager();
    manager.addMockedClient("east", createFakeClient());
    const reason = new Error("no longer wanted");
    const signal = AbortSignal.abort(reason);
    await expect(manager.getClientForConfig("east", { signal })).rejects.toBe(reason);
    await expect(manager.healthCheck({ signal })).rejects.toBe(reason);
    expect(manager.getClientCalls).toEqual(["east"]);
  });
});
