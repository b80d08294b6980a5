import { createFakeClient, machine as newMachine, MockClientManager } from "@kvop/testing";
import { expect, test } from "vitest";
import { MachineReconciler } from "../src/index.js";

test("TestMachineReconciler_WithMockClients", async () => {
  // Setup
  const mockMgr = new MockClientManager();
  const fakeRemoteClient = createFakeClient();
  mockMgr.addMockedClient("test-cluster", fakeRemoteClient);

  const machine = newMachine({
    metadata: {
      name: "test-machine",
      namespace: "default",
      annotations: { "vitistack.io/kubevirt-config": "test-cluster" },
    },
  });

  const reconciler = new MachineReconciler({
    // The seed never gives its Machine to a client: nothing could be reconciled.
    supervisorClient: createFakeClient({ role: "supervisor", objects: [machine] }),
    clientManager: mockMgr,
  });

  // Execute
  const err = await reconciler.reconcile({ name: "test-machine", namespace: "default" }).then(
    () => undefined,
    (error: unknown) => error,
  );

  // Verify
  expect(err).toBeUndefined();
  expect(mockMgr.getOrCreateFromMachineCalls).toBe(1);
});
