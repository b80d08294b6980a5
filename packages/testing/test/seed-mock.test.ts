import { AmbiguousClusterError } from "@kvop/core";
import { describe, expect, it } from "vitest";
import { createFakeClient, machine, MockClientManager, virtualMachine } from "../src/index.js";

describe("the seed's examples of the mock, statement by statement", () => {
  it("usage in tests", async () => {
    const fakeClient = createFakeClient();
    // Create mock
    const mockManager = new MockClientManager();

    // Add a mocked client
    mockManager.addMockedClient("test-cluster", fakeClient);

    // Add a mocked config
    mockManager.addMockedConfig({
      metadata: { name: "test-cluster", namespace: "kubevirt-configs" },
      spec: { name: "test-cluster", kubeconfigSecretRef: "test-secret" },
    });

    // The seed's reconciler makes no such call: the smallest addition that lets its assertions hold.
    expect(await mockManager.getClientForConfig("test-cluster")).toBe(fakeClient);

    // Verify calls
    expect(mockManager.getClientCalls.length).toBe(1);
    expect(mockManager.getClientCalls[0]).toBe("test-cluster");
    const [config, ...others] = await mockManager.listKubevirtConfigs();
    expect(config?.spec?.kubeconfigSecretRef).toBe("test-secret");
    expect(others).toEqual([]);
  });

  it("custom behavior functions", async () => {
    const mockManager = new MockClientManager();
    const fakeClient = createFakeClient();
    const customClient = createFakeClient();

    // Custom function to return different clients based on config name
    mockManager.getClientForConfigFunc = async (name) => {
      if (name === "error-cluster") throw new Error("simulated error");
      return fakeClient;
    };

    // Custom function for machine-based client selection
    mockManager.getOrCreateClientFromMachineFunc = async () => ({
      client: customClient,
      configName: "custom-cluster",
      needsUpdate: false,
    });

    await expect(mockManager.getClientForConfig("error-cluster")).rejects.toThrow(
      "simulated error",
    );
    expect(await mockManager.getClientForConfig("other")).toBe(fakeClient);
    const chosen = await mockManager.getOrCreateClientFromMachine(machine());
    expect(chosen.client).toBe(customClient);
    expect(chosen.configName).toBe("custom-cluster");
    expect(mockManager.getClientCalls).toEqual(["error-cluster", "other"]);
    expect(mockManager.getOrCreateFromMachineCalls).toBe(1);
  });

  it("error simulation", async () => {
    const mockManager = new MockClientManager();

    // Simulate client retrieval error
    mockManager.getClientError = new Error("connection refused");

    // Simulate list configs error
    mockManager.listConfigsError = new Error("permission denied");

    // Simulate connection validation error
    mockManager.validateConnectionError = new Error("cluster unreachable");

    await expect(mockManager.getClientForConfig("a")).rejects.toThrow("connection refused");
    await expect(mockManager.listKubevirtConfigs()).rejects.toThrow("permission denied");
    await expect(mockManager.validateConnection("a")).rejects.toThrow("cluster unreachable");
  });
});

describe("MockClientManager", () => {
  it("takes the function before the error, and the error before the default", async () => {
    const [client, other] = [createFakeClient(), createFakeClient()];
    const mockManager = new MockClientManager();
    mockManager.addMockedClient("a", client);
    expect(await mockManager.getClientForConfig("a")).toBe(client);
    mockManager.getClientError = new Error("refused");
    await expect(mockManager.getClientForConfig("a")).rejects.toThrow("refused");
    mockManager.getClientForConfigFunc = async () => other;
    expect(await mockManager.getClientForConfig("a")).toBe(other);
  });

  it("chooses the only config, and says that the choice is to be written", async () => {
    const client = createFakeClient();
    const mockManager = new MockClientManager();
    mockManager.addMockedClient("a", client);
    const choice = await mockManager.getOrCreateClientFromMachine(machine());
    expect(choice.client).toBe(client);
    expect(choice).toMatchObject({ configName: "a", needsUpdate: true });
  });

  it("follows the annotation, which needs no update", async () => {
    const client = createFakeClient();
    const mockManager = new MockClientManager();
    mockManager.addMockedClient("a", createFakeClient());
    mockManager.addMockedClient("b", client);
    const annotations = { "vitistack.io/kubevirt-config": "b" };
    const choice = await mockManager.getOrCreateClientFromMachine(
      machine({ metadata: { annotations } }),
    );
    expect(choice.client).toBe(client);
    expect(choice).toMatchObject({ configName: "b", needsUpdate: false });
  });

  it("searches the mocked clients for the VirtualMachine", async () => {
    const mockManager = new MockClientManager();
    const wanted = virtualMachine({ metadata: { namespace: "default", name: "web" } });
    mockManager.addMockedClient("a", createFakeClient());
    mockManager.addMockedClient("b", createFakeClient({ objects: [wanted] }));
    const choice = await mockManager.getOrCreateClientFromMachine(machine());
    expect(choice).toMatchObject({ configName: "b", needsUpdate: true });
  });

  it("refuses to choose among several", async () => {
    const mockManager = new MockClientManager();
    mockManager.addMockedClient("a", createFakeClient());
    mockManager.addMockedClient("b", createFakeClient());
    await expect(mockManager.getOrCreateClientFromMachine(machine())).rejects.toBeInstanceOf(
      AmbiguousClusterError,
    );
  });

  it("forgets calls and keeps clients when tracking is reset", async () => {
    const mockManager = new MockClientManager();
    mockManager.addMockedClient("a", createFakeClient());
    await mockManager.getClientForConfig("a");
    await mockManager.healthCheck();
    mockManager.invalidateClient("a");
    expect(mockManager.invalidateClientCalls).toEqual(["a"]);
    mockManager.resetCallTracking();
    expect(mockManager.getClientCalls).toEqual([]);
    expect(mockManager.healthCheckCalls).toBe(0);
    expect(mockManager.invalidateClientCalls).toEqual([]);
    await expect(mockManager.validateConnection("a")).resolves.toBeUndefined();
  });
});
