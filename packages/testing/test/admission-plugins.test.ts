import { ConfigMap, Secret } from "@kvop/core";
import { expect, test } from "vitest";
import { createApiServer } from "../src/api-server.js";

const quota = (used: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "q", namespace: "default" },
  spec: { hard: { configmaps: "1" } },
  status: { hard: { configmaps: "1" }, used },
});
const configMap = (name: string) => ({ metadata: { namespace: "default", name } });

test("a quota lets in what it allows, counts it, and refuses the rest", async () => {
  const server = createApiServer();
  server.load(quota({ configmaps: "0" }));
  const client = server.client();
  await client.create(ConfigMap, configMap("a"), { dryRun: true });
  await client.create(ConfigMap, configMap("a"));
  await expect(client.create(ConfigMap, configMap("b"))).rejects.toThrow(
    'configmaps "b" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
  );
  await client.create(Secret, configMap("b"));
});

test("a quota of another namespace does not matter", async () => {
  const server = createApiServer();
  server.load({ ...quota({ configmaps: "1" }), metadata: { name: "q", namespace: "kube-public" } });
  await server.client().create(ConfigMap, configMap("a"));
});
