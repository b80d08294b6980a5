import { ConfigNotFoundError, KUBEVIRT_CONFIG_ANNOTATION, Machine, Namespace } from "@kvop/core";
import {
  createFakeClient,
  type Fleet,
  kubeconfigSecret,
  kubevirtConfig,
  machine,
  startFleet,
} from "@kvop/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KubevirtClientManager } from "../src/index.js";

// The seed's statements on the production manager, on a supervisor and two clusters over HTTPS.
let fleet: Fleet;
let clientMgr: KubevirtClientManager;

beforeAll(async () => {
  fleet = await startFleet({ clusters: 2 });
  clientMgr = new KubevirtClientManager(fleet.supervisor.client, {
    configNamespace: "kubevirt-configs",
  });
}, 60_000);

afterAll(async () => {
  await clientMgr?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

describe("KubevirtClientManager", () => {
  test("getClientForConfig: creates clients from kubeconfig Secrets, and caches them", async () => {
    const remoteClient = await clientMgr.getClientForConfig("cluster-1");
    expect(remoteClient.role).toBe("cluster");
    const system = await remoteClient.get(Namespace, { name: "kube-system" });
    const direct = await fleet.clusters[0]?.client.get(Namespace, { name: "kube-system" });
    expect(system.metadata?.uid).toBe(direct?.metadata?.uid);
    expect(await clientMgr.getClientForConfig("cluster-1")).toBe(remoteClient);
  });

  test("listKubevirtConfigs", async () => {
    const configs = await clientMgr.listKubevirtConfigs();
    expect(configs.map(({ metadata }) => metadata?.name)).toEqual(["cluster-1", "cluster-2"]);
  });

  test("invalidateClient, invalidateAll: the next call builds anew", async () => {
    const reads = () =>
      fleet.supervisor.server?.requests.filter(
        ({ resource, verb }) => resource === "secrets" && verb === "get",
      ).length ?? 0;
    await clientMgr.getClientForConfig("cluster-1");
    const before = reads();
    clientMgr.invalidateClient("cluster-1");
    await clientMgr.getClientForConfig("cluster-1");
    expect(reads()).toBe(before + 1);
    clientMgr.invalidateAll();
    await clientMgr.getClientForConfig("cluster-1");
    expect(reads()).toBe(before + 2);
  });

  test("getConfigNamespace", () => {
    expect(clientMgr.getConfigNamespace()).toBe("kubevirt-configs");
  });

  test("validateConnection", async () => {
    await expect(clientMgr.validateConnection("cluster-2")).resolves.toBeUndefined();
    const error = await clientMgr
      .validateConnection("cluster-9")
      .catch((caught: unknown) => caught);
    expect(ConfigNotFoundError.isInstance(error)).toBe(true);
  });

  test("getOrCreateClientFromMachine: the usage example", async () => {
    const key = { namespace: "default", name: "seed" };
    const supervisor = fleet.supervisor.client;
    await supervisor.create(Machine, machine({ metadata: key }));
    const manager = new KubevirtClientManager(supervisor, {
      configNamespace: "kubevirt-configs",
      defaultConfig: "cluster-2",
    });
    try {
      const stored = await supervisor.get(Machine, key);
      const { client, configName, needsUpdate } =
        await manager.getOrCreateClientFromMachine(stored);
      expect([client.role, configName, needsUpdate]).toEqual(["cluster", "cluster-2", true]);
      const annotations = {
        ...stored.metadata?.annotations,
        [KUBEVIRT_CONFIG_ANNOTATION]: configName,
      };
      const updated = await supervisor.update(Machine, {
        ...stored,
        metadata: { ...stored.metadata, annotations },
      });
      const again = await manager.getOrCreateClientFromMachine(updated);
      expect([again.configName, again.needsUpdate]).toEqual(["cluster-2", false]);
    } finally {
      await manager[Symbol.asyncDispose]();
    }
  });

  test("healthCheck: only the unhealthy", async () => {
    expect(await clientMgr.healthCheck()).toEqual(new Map());
    const [, second] = fleet.clusters;
    await second?.stop();
    try {
      const sick = await clientMgr.healthCheck({ timeoutMs: 10_000 });
      expect([...sick.keys()]).toEqual(["cluster-2"]);
    } finally {
      await second?.start();
    }
  });

  test("getRESTConfigForConfig", async () => {
    const restConfig = await clientMgr.getRESTConfigForConfig("cluster-1");
    expect(restConfig.getCurrentCluster()?.server).toBe(fleet.clusters[0]?.url);
  });

  test("another way to connect", async () => {
    const supervisor = createFakeClient({
      role: "supervisor",
      objects: [
        kubevirtConfig({ metadata: { name: "own" } }),
        kubeconfigSecret(undefined, { metadata: { name: "own" } }),
      ],
    });
    const own = createFakeClient({ name: "own" });
    const manager = new KubevirtClientManager(supervisor, { connect: () => Promise.resolve(own) });
    try {
      const client = await manager.getClientForConfig("own");
      expect((await client.get(Namespace, { name: "default" })).metadata?.name).toBe("default");
    } finally {
      await manager[Symbol.asyncDispose]();
    }
  });
});
