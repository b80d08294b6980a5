import { ConfigMap, KubevirtConfig, Namespace, Secret, VirtualMachine } from "@kvop/core";
import { type Fleet, startFleet } from "@kvop/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { hasEnvtestBinaries } from "../../testing/src/envtest/envtest-binaries.js";
import { KubevirtClientManager } from "../src/index.js";

vi.setConfig({ testTimeout: 120_000 });

// The same statements as on the embedded fleet, on real API servers.
describe.skipIf(!hasEnvtestBinaries())("the client manager on real API servers", () => {
  let fleet: Fleet;
  let manager: KubevirtClientManager;

  beforeAll(async () => {
    fleet = await startFleet({ clusters: 1, engine: "envtest" });
    manager = new KubevirtClientManager(fleet.supervisor.client, {
      probeIntervalMs: 1000,
      probeTimeoutMs: 3000,
    });
  }, 240_000);
  afterAll(async () => {
    await manager?.[Symbol.asyncDispose]();
    await fleet?.[Symbol.asyncDispose]();
  }, 120_000);

  const cluster = () => {
    const [first] = fleet.clusters;
    if (first === undefined) throw new Error("no cluster");
    return first;
  };
  const stateOf = () => manager.getClusterState(cluster().name);

  it("connects, knows the cluster's identity, and shows the state in the status of the config", async () => {
    const client = await manager.getClientForConfig(cluster().name);
    const system = await client.get(Namespace, { name: "kube-system" });
    expect(stateOf()).toMatchObject({ type: "ready", clusterUid: system.metadata?.uid });
    await vi.waitFor(async () => {
      const config = await fleet.supervisor.client.get(KubevirtConfig, { name: cluster().name });
      expect(config.status).toMatchObject({ phase: "Ready" });
    }, 20_000);
  });

  it("streams the first list, and goes on over a rotation and an outage without losing an event", async () => {
    const direct = cluster().client;
    const make = (name: string) =>
      direct.create(ConfigMap, { metadata: { namespace: "default", name } });
    await make("first");
    const watch = manager.watchResource(cluster().name, ConfigMap, {
      namespace: "default",
      fields: ["metadata.labels"],
    });
    const metadata = manager.watchResource(cluster().name, VirtualMachine);
    await Promise.all([watch.waitForSync(), metadata.waitForSync()]);
    expect(watch.get({ namespace: "default", name: "first" })).not.toHaveProperty("data");
    const seen: string[] = [];
    watch.subscribe(({ type, object }) => void seen.push(`${type} ${object.metadata?.name}`));
    await cluster().rotateCredential();
    await make("second");
    await vi.waitFor(() => expect(stateOf().credentialExpiresAtMs).toBeDefined(), 20_000);
    await vi.waitFor(() => expect(seen).toContain("added second"), 20_000);

    await cluster().stop();
    await vi.waitFor(() => expect(stateOf().type).toBe("unreachable"), 30_000);
    await make("third");
    await cluster().start();
    await vi.waitFor(() => expect(stateOf().type).toBe("ready"), 30_000);
    await vi.waitFor(() => expect(seen).toContain("added third"), 20_000);
    expect(seen.filter((event) => event.startsWith("deleted"))).toEqual([]);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("keeps the old client when the new credentials are bad, and takes good ones after", async () => {
    const { client } = fleet.supervisor;
    const key = { namespace: "kubevirt-configs", name: cluster().name };
    const held = await client.get(Secret, key);
    const good = Buffer.from(held.data?.["kubeconfig"] ?? "", "base64").toString();
    const bad = good.replace(
      / {4}user:\n[\s\S]*?(?=\n\w|\ncontexts)/,
      "    user:\n      token: no-such-token-of-the-fixture",
    );
    const put = (text: string) =>
      client.patch(Secret, key, {
        type: "merge",
        patch: { data: { kubeconfig: Buffer.from(text).toString("base64") } },
      });
    expect(bad).not.toBe(good);
    await put(bad);
    await vi.waitFor(() => expect(stateOf().reason).toBe("NewCredentialsRefused"), 20_000);
    await (await manager.getClientForConfig(cluster().name)).get(Namespace, { name: "default" });
    await put(good);
    await vi.waitFor(() => expect(stateOf().type).toBe("ready"), 20_000);
  });

  it("ends with the config", async () => {
    const watch = manager.watchResource(cluster().name, Namespace);
    await watch.waitForSync();
    await fleet.supervisor.client.delete(KubevirtConfig, { name: cluster().name });
    await vi.waitFor(() => expect(watch.isEnded).toBe(true), 20_000);
  });
});
