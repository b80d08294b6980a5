import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ClusterClient, defineResource, type KubernetesObject, Namespace } from "@kvop/core";
import { expect, it, vi } from "vitest";

import { startApiServer } from "../../src/api-server.js";
import { findEnvtestBinary } from "../../src/envtest/envtest-binaries.js";

const path = findEnvtestBinary("kube-controller-manager");
const PATIENCE = { timeout: 60_000, interval: 100 };

interface Deployment extends KubernetesObject {
  readonly spec: object;
}
const of = (group: string, kind: string) => ({
  group,
  version: "v1",
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: true,
});
const Deployment = defineResource<Deployment>(of("apps", "Deployment"));
const ReplicaSet = defineResource(of("apps", "ReplicaSet"));
const Pod = defineResource(of("", "Pod"));

async function counts(client: ClusterClient): Promise<string> {
  const lists = await Promise.all(
    [Deployment, ReplicaSet, Pod].map((resource) => client.list(resource, { namespace: "shop" })),
  );
  return lists.map(({ items }) => items.length).join(" ");
}

const until = (client: ClusterClient, wanted: string): Promise<void> =>
  vi.waitFor(async () => expect(await counts(client)).toBe(wanted), PATIENCE);

it.skipIf(path === undefined)(
  "a real kube-controller-manager rolls out, scales, collects garbage and empties a namespace",
  { timeout: 240_000 },
  async () => {
    const own = { namespaceDeletion: false, garbageCollection: false };
    const listening = await startApiServer({
      authorization: "RBAC",
      controllers: { ...own, storageProtection: false },
    });
    await using server = listening.server;
    await using client = server.client();
    const folder = await mkdtemp(join(tmpdir(), "controller-manager-"));
    const kubeconfigPath = join(folder, "kubeconfig");
    await writeFile(kubeconfigPath, listening.kubeconfig(), { mode: 0o600 });
    const manager = spawn(
      path ?? "",
      [
        `--kubeconfig=${kubeconfigPath}`,
        `--cert-dir=${folder}`,
        "--secure-port=0",
        "--concurrent-gc-syncs=2",
        "--use-service-account-credentials=false",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    manager.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const ended = once(manager, "close");
    try {
      const labels = { app: "web" };
      await client.create(Namespace, { metadata: { name: "shop" } });
      const key = { namespace: "shop", name: "web" };
      await client.create(Deployment, {
        metadata: key,
        spec: {
          replicas: 3,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: "web", image: "registry.example.com/web:1" }] },
          },
        },
      });
      await until(client, "1 1 3");
      await client.patch(Deployment, key, { type: "merge", patch: { spec: { replicas: 1 } } });
      await until(client, "1 1 1");
      await client.delete(Deployment, key, { propagationPolicy: "Foreground" });
      await until(client, "0 0 0");
      await client.delete(Namespace, { name: "shop" });
      await vi.waitFor(async () => {
        const { items } = await client.list(Namespace);
        expect(items.map(({ metadata }) => metadata?.name)).not.toContain("shop");
      }, PATIENCE);
      // Its watches of all kinds were served as they were asked for.
      expect(log.match(/^E.*Failed to watch.*$/gm) ?? []).toEqual([]);
    } finally {
      manager.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    }
  },
);
