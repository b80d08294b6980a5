import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubevirtConfig, Secret, StorageClass } from "@kvop/core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { AuditEvent } from "../src/api-server.js";
import { findFreePort } from "../src/envtest/free-port.js";
import { type Fleet, type FleetCluster, startFleet } from "../src/index.js";

let fleet: Fleet;
let cluster: FleetCluster;

beforeAll(async () => {
  fleet = await startFleet({ clusters: 1 });
  const [first] = fleet.clusters;
  if (first === undefined) throw new Error("the fleet has no cluster");
  cluster = first;
}, 60_000);

afterAll(() => fleet[Symbol.asyncDispose]());

async function kubeconfigOnSupervisor(): Promise<string> {
  const key = { namespace: "kubevirt-configs", name: "cluster-1" };
  const secret = await fleet.supervisor.client.get(Secret, key);
  return Buffer.from(secret.data?.["kubeconfig"] ?? "", "base64").toString();
}

async function connectionErrorCode(): Promise<unknown> {
  try {
    await fetch(cluster.url);
    return undefined;
  } catch (error) {
    return ((error as Error).cause as { readonly code?: string } | undefined)?.code;
  }
}

it("gives each cluster a config and a Secret with the kubeconfig of its file", async () => {
  const configs = await fleet.supervisor.client.list(KubevirtConfig);
  expect(configs.items.map(({ metadata }) => metadata?.name)).toEqual(["cluster-1"]);
  expect(await kubeconfigOnSupervisor()).toBe(await readFile(cluster.kubeconfigPath, "utf8"));
  expect((await stat(cluster.kubeconfigPath)).mode & 0o777).toBe(0o600);
});

it("keeps what is stored while a cluster is stopped", async () => {
  // The CA is the fleet's own: a server that is there fails the check of its certificate instead.
  const running = await connectionErrorCode();
  await cluster.stop();
  expect(await connectionErrorCode()).toBe("ECONNREFUSED");
  await cluster.start();
  expect(await connectionErrorCode()).toBe(running);
  expect(running).not.toBe("ECONNREFUSED");
  await cluster.client.get(StorageClass, { name: "standard" });
});

it("replaces a credential in the Secret and in the file", async () => {
  const before = await kubeconfigOnSupervisor();
  await cluster.rotateCredential();
  const after = await kubeconfigOnSupervisor();
  expect(after).not.toBe(before);
  expect(await readFile(cluster.kubeconfigPath, "utf8")).toBe(after);
});

it("plays faults on the cluster that is named, or on all", async () => {
  const { supervisor } = fleet;
  const refused = async (clients: typeof supervisor.client | typeof cluster.client) =>
    clients.list(Secret).then(
      () => false,
      () => true,
    );
  {
    using fault = fleet.faults.on({ cluster: "cluster-1", resource: "secrets" }).answer(503);
    expect([await refused(cluster.client), await refused(supervisor.client)]).toEqual([
      true,
      false,
    ]);
    expect(fault.applied).toBeGreaterThan(0);
  }
  using _all = fleet.faults.on({ resource: "secrets" }).answer(503);
  expect([await refused(cluster.client), await refused(supervisor.client)]).toEqual([true, true]);
  expect(() => fleet.faults.on({ cluster: "cluster-7" })).toThrow("supervisor, cluster-1");
});

it("listens on the ports that follow, and writes down what all servers do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kvop-"));
  const path = join(folder, "audit.log");
  const options = {
    clusters: 1,
    bare: true,
    auditLogPath: path,
    authorization: "AlwaysAllow",
  } as const;
  let port = 0;
  // The port behind a free one is free as a rule, not always.
  const small = await vi.waitFor(async () => {
    port = await findFreePort();
    return startFleet({ ...options, port });
  });
  try {
    const ports = [small.supervisor, ...small.clusters].map(({ url }) => Number(new URL(url).port));
    expect(ports).toEqual([port, port + 1]);
    await small.supervisor.client.list(Secret);
    await small.clusters[0]?.client.list(Secret);
  } finally {
    await small[Symbol.asyncDispose]();
  }
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  const lists = events.filter(
    ({ stage, objectRef }) => stage === "ResponseComplete" && objectRef?.resource === "secrets",
  );
  expect(lists.map(({ annotations }) => annotations?.["kvop.dev/server"])).toEqual([
    "supervisor",
    "cluster-1",
  ]);
  await rm(folder, { recursive: true });
  await expect(startFleet({ ...options, engine: "envtest" })).rejects.toThrow(RangeError);
});
