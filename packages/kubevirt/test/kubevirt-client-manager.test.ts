import { isUnauthorized, VirtualMachine } from "@kvop/core";
import { CoreV1Api } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { KubevirtClientManager } from "../src/index.js";
import { type ClusterServer, sendJson, startClusterServer, statusOf } from "./cluster-server.js";
import { MemorySupervisor } from "./memory-supervisor.js";
import { until } from "./until.js";

const VM_PATH = "/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web";
let servers: ClusterServer[];
let supervisor: MemorySupervisor;
let manager: KubevirtClientManager;

async function addCluster(name: string): Promise<ClusterServer> {
  const server = await startClusterServer();
  servers.push(server);
  supervisor.addCluster(name, server.kubeconfig());
  return server;
}

beforeEach(() => {
  servers = [];
  supervisor = new MemorySupervisor();
  manager = new KubevirtClientManager(supervisor.client);
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  for (const server of servers) {
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
    await server[Symbol.asyncDispose]();
  }
});

const machine = (annotations: Record<string, string> = {}, finalizers: string[] = []) => ({
  metadata: { namespace: "default", name: "web", annotations, finalizers },
});

it("serves a thousand callers of a cold config with two reads and one connection", async () => {
  const server = await addCluster("east");
  const clients = await Promise.all(
    Array.from({ length: 1000 }, () => manager.getClientForConfig("east")),
  );
  expect(new Set(clients).size).toBe(1);
  expect(supervisor.requests).toHaveLength(2);
  expect(server.connections).toBe(1);
});

it("reads an object, and uses the cached client without asking the supervisor", async () => {
  const server = await addCluster("east");
  server.objects.set(VM_PATH, { metadata: { name: "web", uid: "u1" }, spec: {} });
  const client = await manager.getClientForConfig("east");
  const vm = await client.get(VirtualMachine, { namespace: "default", name: "web" });
  expect(vm.metadata?.uid).toBe("u1");
  expect(await manager.getClientForConfig("east")).toBe(client);
  expect(supervisor.requests).toHaveLength(2);
});

it("finds namespaced configs by discovery, once", async () => {
  supervisor.isNamespaced = true;
  await addCluster("east");
  await addCluster("west");
  await manager.getClientForConfig("east");
  await manager.getClientForConfig("west");
  expect((await manager.listKubevirtConfigs()).map((config) => config.metadata?.name)).toEqual([
    "east",
    "west",
  ]);
  expect(supervisor.requests.filter((path) => path.endsWith("/v1alpha1"))).toHaveLength(1);
});

it.each([
  [false, "/apis/vitistack.io/v1alpha1/kubevirtconfigs"],
  [true, "/apis/vitistack.io/v1alpha1/namespaces/kubevirt-configs/kubevirtconfigs"],
])(
  "follows configs (namespaced: %s) and Secrets in no other namespace than is allowed",
  async (isNamespaced, path) => {
    supervisor.isNamespaced = isNamespaced;
    await addCluster("east");
    await manager.getClientForConfig("east");
    const secrets = "/api/v1/namespaces/kubevirt-configs/secrets";
    const wanted = [`${secrets} metadata.name=east-kubeconfig`, path];
    await until(() => expect(supervisor.watches.toSorted()).toEqual(wanted));
    // What was seen there is not read again.
    const reads = supervisor.requests.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(supervisor.requests).toHaveLength(reads);
  },
);

it("lets a caller leave while the build goes on for the others", async () => {
  await addCluster("east");
  let release = (): void => undefined;
  supervisor.before = () => new Promise<void>((resolve) => (release = resolve));
  const controller = new AbortController();
  const leaving = manager.getClientForConfig("east", { signal: controller.signal });
  const staying = manager.getClientForConfig("east");
  controller.abort(new Error("left"));
  await expect(leaving).rejects.toThrow("left");
  supervisor.before = undefined;
  release();
  expect((await staying).name).toBe("east");
});

it("starts a build anew when it is invalidated in the middle, and keeps nothing stale", async () => {
  const server = await addCluster("east");
  const newer = await startClusterServer();
  servers.push(newer);
  let isInvalidated = false;
  server.intercept = () => {
    if (!isInvalidated) {
      isInvalidated = true;
      supervisor.setKubeconfig("east", newer.kubeconfig());
      manager.invalidateClient("east");
    }
    return false;
  };
  await manager.getClientForConfig("east");
  await manager.validateConnection("east");
  expect(newer.requests.length).toBeGreaterThan(1);
  await vi.waitFor(() => expect(server.sockets.size).toBe(0));
});

it("reads the Secret again after a 401 and goes on with the same client object", async () => {
  const server = await addCluster("east");
  server.objects.set(VM_PATH, { metadata: { name: "web", uid: "u1" }, spec: {} });
  const client = await manager.getClientForConfig("east");
  server.token = "rotated-token";
  supervisor.setKubeconfig("east", server.kubeconfig());
  const reads = Array.from({ length: 20 }, () =>
    client.get(VirtualMachine, { namespace: "default", name: "web" }),
  );
  expect((await Promise.all(reads)).every((vm) => vm.metadata?.uid === "u1")).toBe(true);
  expect(supervisor.requests).toHaveLength(4);
  expect(await manager.getClientForConfig("east")).toBe(client);
});

it("gives the 401 back when the Secret holds nothing new, and reads it once", async () => {
  const server = await addCluster("east");
  const client = await manager.getClientForConfig("east");
  server.token = "rotated-token";
  for (let call = 0; call < 5; call += 1) {
    const error = await client
      .get(VirtualMachine, { namespace: "default", name: "web" })
      .catch((reason: unknown) => reason);
    expect(isUnauthorized(error)).toBe(true);
  }
  expect(supervisor.requests.filter((path) => path.includes("/secrets/"))).toHaveLength(2);
});

it("closes the old connection and builds anew after an invalidation; a held client goes on", async () => {
  const server = await addCluster("east");
  server.objects.set(VM_PATH, { metadata: { name: "web", uid: "u1" }, spec: {} });
  const held = await manager.getClientForConfig("east");
  manager.invalidateAll();
  await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  expect(await manager.getClientForConfig("east")).not.toBe(held);
  expect(await held.find(VirtualMachine, { namespace: "default", name: "web" })).toBeDefined();
});

it("reports the unhealthy alone", async () => {
  await addCluster("east");
  const west = await addCluster("west");
  await addCluster("north");
  west.token = "other";
  supervisor.secrets.delete("kubevirt-configs/north-kubeconfig");
  const unhealthy = await manager.healthCheck();
  expect([...unhealthy.keys()]).toEqual(["north", "west"]);
  expect(unhealthy.get("north")?.name).toBe("SecretNotFoundError");
});

it("chooses the cluster of a Machine: annotation, only config, search", async () => {
  const east = await addCluster("east");
  expect(await manager.getOrCreateClientFromMachine(machine())).toMatchObject({
    configName: "east",
    needsUpdate: true,
  });
  const west = await addCluster("west");
  const annotated = machine({ "vitistack.io/kubevirt-config": "west" });
  expect(await manager.getOrCreateClientFromMachine(annotated)).toMatchObject({
    configName: "west",
    needsUpdate: false,
  });
  await expect(manager.getOrCreateClientFromMachine(machine())).rejects.toMatchObject({
    code: "AmbiguousCluster",
  });
  west.objects.set(VM_PATH, { metadata: { name: "web", uid: "u1" }, spec: {} });
  expect(await manager.getOrCreateClientFromMachine(machine())).toMatchObject({
    configName: "west",
    needsUpdate: true,
  });
  west.objects.clear();
  east.intercept = (_request, response) => {
    sendJson(response, 500, statusOf(500, "InternalError"));
    return true;
  };
  await expect(manager.getOrCreateClientFromMachine(machine())).rejects.toMatchObject({
    code: "PlacementUnknown",
    unreachable: ["east"],
  });
});

it("refuses a recorded placement that leads to another cluster", async () => {
  const east = await addCluster("east");
  east.objects.set("/api/v1/namespaces/kube-system", {
    metadata: { name: "kube-system", uid: "c2" },
  });
  const placed = machine({ "kvop.dev/placement": "east/c1" });
  await expect(manager.getOrCreateClientFromMachine(placed)).rejects.toMatchObject({
    code: "PlacementConflict",
  });
});

it("gives client-node a KubeConfig whose API classes use the same connection", async () => {
  const server = await addCluster("east");
  server.objects.set("/api/v1/namespaces/default/configmaps/a", {
    metadata: { name: "a", namespace: "default" },
    data: { key: "value" },
  });
  const kubeConfig = await manager.getRESTConfigForConfig("east");
  expect(kubeConfig.getCurrentCluster()?.server).toBe(server.url);
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const map = await api.readNamespacedConfigMap({ namespace: "default", name: "a" });
  expect(map.data).toEqual({ key: "value" });
  await expect(
    api.readNamespacedConfigMap({ namespace: "default", name: "b" }),
  ).rejects.toMatchObject({ code: 404 });
  for (let call = 0; call < 20; call += 1)
    await api.readNamespacedConfigMap({ namespace: "default", name: "a" });
  // The pool frees a connection one turn of the event loop after its answer: a second one may be opened, never one a request.
  expect(server.connections).toBeLessThanOrEqual(2);
});
