import { getEventListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import {
  AmbiguousClusterError,
  ConfigMap,
  createClusterClient,
  MACHINE_FINALIZER,
  Namespace,
} from "@kvop/core";
import { kubevirtConfig, machine } from "@kvop/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createSupervisorClient, KubevirtClientManager } from "../src/index.js";
import { createUndiciTransport } from "../src/transport/undici-transport.js";
import { type ClusterServer, sendJson, startClusterServer } from "./cluster-server.js";
import { until } from "./until.js";
import { VirtualFleet } from "./virtual-fleet.js";

vi.setConfig({ testTimeout: 60_000 });

const warnings: string[] = [];
const onWarning = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);

beforeEach(() => {
  warnings.length = 0;
  process.on("warning", onWarning);
});
afterEach(() => {
  process.off("warning", onWarning);
});

const many = <T>(make: (index: number) => T, count = 40): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Node tells of a warning on the next tick. */
async function expectNoWarning(): Promise<void> {
  await setImmediate();
  expect(warnings).toEqual([]);
}

function expectNoListener(signal: AbortSignal): void {
  expect(getEventListeners(signal, "abort")).toEqual([]);
}

async function withServer(use: (server: ClusterServer) => Promise<void>): Promise<void> {
  const server = await startClusterServer({ http2: true });
  try {
    await use(server);
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

it("sends many requests at once, with one signal or none, without a warning", () =>
  withServer(async (server) => {
    const { url, caPem, token } = server;
    await using transport = createUndiciTransport(
      { server: url, caPem, token },
      { name: "east", requestsPerSecond: 1000, burst: 20 },
    );
    const { signal } = new AbortController();
    const get = (more: object) => () =>
      transport.request({
        method: "GET",
        path: "/api",
        verb: "get",
        resource: "",
        timeoutMs: 20_000,
        ...more,
      });
    await Promise.all([...many(get({ signal })), ...many(get({}))]);
    await expectNoWarning();
    expectNoListener(signal);
  }));

it("sends many requests of a supervisor's client at once without a warning", () =>
  withServer(async (server) => {
    const folder = await mkdtemp(join(tmpdir(), "kvop-many-"));
    try {
      const kubeconfigPath = join(folder, "config");
      await writeFile(kubeconfigPath, server.kubeconfig());
      await using client = await createSupervisorClient({ kubeconfigPath });
      await Promise.all(many(() => client.request({ method: "GET", path: "/api" })));
      await expectNoWarning();
    } finally {
      await rm(folder, { recursive: true });
    }
  }));

it("waits for repetitions of many requests with one signal without a warning, and lets them all go by it", () =>
  withServer(async (server) => {
    server.intercept = (_request, response) => {
      sendJson(response, 429, {}, { "retry-after": "10" });
      return true;
    };
    const { url, caPem, token } = server;
    await using transport = createUndiciTransport({ server: url, caPem, token }, { name: "east" });
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Promise.allSettled(
      many(() =>
        transport.request({
          method: "GET",
          path: "/api",
          verb: "get",
          resource: "",
          timeoutMs: 60_000,
          signal,
        }),
      ),
    );
    await until(() => expect(server.requests.length).toBe(40));
    const reason = new Error("The caller left.");
    controller.abort(reason);
    expect(await calls).toEqual(many(() => ({ status: "rejected", reason })));
    await expectNoWarning();
    expectNoListener(signal);
  }));

it("serves many callers with one signal without a warning, be it cold, in use, or watching", async () => {
  const fleet = new VirtualFleet();
  await fleet.add("east");
  await using manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
  const controller = new AbortController();
  const { signal } = controller;
  const connecting = Promise.all(many(() => manager.getClientForConfig("east", { signal })));
  await fleet.clock.advance(1000);
  const [client] = await connecting;
  if (client === undefined) throw new Error("no client");
  await Promise.all(many(() => client.get(Namespace, { name: "default" }, { signal })));
  await Promise.all(many(() => manager.validateConnection("east", { signal })));
  expectNoListener(signal);

  const watching = many(async () => {
    for await (const event of client.watch(ConfigMap, { signal })) expect(event).toBeDefined();
  });
  const states = many(async () => {
    for await (const state of manager.watchClusterStates({ signal }))
      expect(state.configName).toBe("east");
  });
  const resource = manager.watchResource("east", ConfigMap, { namespace: "nowhere" });
  const syncs = many(() => resource.waitForSync({ signal }));
  await Promise.all(syncs);
  await fleet.clock.advance(1000);
  controller.abort(new Error("The caller left."));
  await Promise.allSettled([...watching, ...states]);
  await expectNoWarning();
  expectNoListener(signal);
});

it("checks and searches a hundred clusters without a warning", async () => {
  const fleet = new VirtualFleet();
  for (let index = 0; index < 100; index += 1) await fleet.add(`cluster-${index}`);
  await using manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
  const { signal } = new AbortController();
  const checking = manager.healthCheck({ signal });
  await fleet.clock.advance(10_000);
  expect(await checking).toEqual(new Map());
  const searching = manager.getOrCreateClientFromMachine(
    machine({ metadata: { finalizers: [MACHINE_FINALIZER] } }),
    { signal },
  );
  // All of them have answered that they do not have it.
  const refused = searching.catch((error: unknown) => error);
  await fleet.clock.advance(10_000);
  expect(await refused).toBeInstanceOf(AmbiguousClusterError);
  await expectNoWarning();
  expectNoListener(signal);
});

it("checks a hundred configs of an HTTPS supervisor without a warning", () =>
  withServer(async (server) => {
    const items = many((index) => kubevirtConfig({ metadata: { name: `east-${index}` } }), 100);
    const resources = [{ name: "kubevirtconfigs", namespaced: false, kind: "KubevirtConfig" }];
    server.objects.set("/apis/vitistack.io/v1alpha1", { kind: "APIResourceList", resources });
    server.intercept = ({ url = "" }, response) => {
      const isList = url.split("?")[0]?.endsWith("/kubevirtconfigs") === true;
      if (isList) sendJson(response, 200, { kind: "KubevirtConfigList", metadata: {}, items });
      return isList;
    };
    const { url, caPem, token } = server;
    const transport = createUndiciTransport(
      { server: url, caPem, token },
      { name: "supervisor", burst: 1000 },
    );
    await using client = createClusterClient(transport, { role: "supervisor", name: "supervisor" });
    await using manager = new KubevirtClientManager(client, { concurrency: 100 });
    const { signal } = new AbortController();
    // None of them can be read.
    expect((await manager.healthCheck({ signal })).size).toBe(100);
    await expectNoWarning();
    expectNoListener(signal);
  }));
