import { isNotFound, KubevirtConfig, Namespace } from "@kvop/core";
import { type Fleet, startFleet } from "@kvop/testing";
import * as prometheus from "prom-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { createPrometheusMetrics, KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

// Virtual minutes take real seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let registry: prometheus.Registry;
beforeEach(() => {
  registry = new prometheus.Registry();
});

/** The values of a metric, as `label=value,...`. */
async function valuesOf(name: string): Promise<Record<string, number>> {
  const metric = (await registry.getMetricsAsJSON()).find((each) => each.name === name);
  const values = (metric?.values ?? []) as Array<{
    labels: Record<string, string>;
    value: number;
    metricName?: string;
  }>;
  const entries = values
    .filter(({ metricName }) => metricName === undefined || metricName.endsWith("_count"))
    .map(({ labels, value }) => [
      Object.entries(labels)
        .filter(([label]) => label !== "host")
        .map(([label, text]) => `${label}=${text}`)
        .sort()
        .join(","),
      value,
    ]);
  return Object.fromEntries(entries) as Record<string, number>;
}

describe("on virtual time", () => {
  let fleet: VirtualFleet;
  let manager: KubevirtClientManager;
  beforeEach(() => {
    fleet = new VirtualFleet();
    manager = new KubevirtClientManager(fleet.supervisorClient, {
      ...fleet.options,
      metrics: createPrometheusMetrics(prometheus, registry),
    });
  });
  afterEach(() => manager[Symbol.asyncDispose]());

  it("probes and states are counted, and the series of a removed cluster end", async () => {
    const east = await fleet.add("east");
    await fleet.add("west");
    await manager.getClientForConfig("east");
    await manager.getClientForConfig("west");
    await fleet.clock.advance(60_000);
    expect(await valuesOf("kvop_cluster_connection_up")).toEqual({
      "cluster=east": 1,
      "cluster=west": 1,
    });
    expect(await valuesOf("kvop_cluster_healthcheck")).toEqual({
      "cluster=east": 1,
      "cluster=west": 1,
    });
    const { "cluster=east,status=success": probes = 0 } = await valuesOf(
      "kvop_cluster_healthchecks_total",
    );
    expect(probes).toBeGreaterThan(10);
    east.behaviour = "down";
    await fleet.clock.advance(20_000);
    expect(await valuesOf("kvop_cluster_connection_up")).toMatchObject({ "cluster=east": 0 });
    expect(await valuesOf("kvop_cluster_state")).toMatchObject({
      "cluster=east,state=ready": 0,
      "cluster=east,state=unreachable": 1,
      "cluster=west,state=ready": 1,
    });
    expect(await valuesOf("workqueue_adds_total")).toMatchObject({
      "name=kvop-config-status": expect.any(Number) as number,
    });

    await fleet.deleteConfig("east");
    await fleet.clock.advance(10_000);
    const text = await registry.metrics();
    expect(text).toContain('cluster="west"');
    expect(text).not.toContain('cluster="east"');
    await manager[Symbol.asyncDispose]();
    expect(await registry.metrics()).not.toContain('cluster="');
  });

  it("the end of credentials is a metric, also after they were replaced", async () => {
    const east = await fleet.add("east");
    const tokenOf = (seconds: number) => {
      const exp = Math.floor(fleet.clock.now() / 1000) + seconds;
      const claims = Buffer.from(JSON.stringify({ exp })).toString("base64url");
      return { exp, token: `e30.${claims}.c2lnbmF0dXJl` };
    };
    const first = tokenOf(600);
    east.token = first.token;
    await fleet.setKubeconfig("east", east.kubeconfig());
    await manager.getClientForConfig("east");
    expect(await valuesOf("kvop_cluster_credential_expiry_timestamp_seconds")).toEqual({
      "cluster=east": first.exp,
    });
    await fleet.clock.advance(1000);
    const second = tokenOf(3600);
    east.token = second.token;
    await fleet.setKubeconfig("east", east.kubeconfig());
    await fleet.clock.advance(2000);
    expect(await valuesOf("kvop_cluster_credential_expiry_timestamp_seconds")).toEqual({
      "cluster=east": second.exp,
    });
    // A token that says nothing of its end: that of the last one is nobody's any more.
    east.token = "a-token-without-an-end";
    await fleet.setKubeconfig("east", east.kubeconfig());
    await fleet.clock.advance(2000);
    expect(await valuesOf("kvop_cluster_credential_expiry_timestamp_seconds")).toEqual({});
  });
});

describe("over HTTPS", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ clusters: 1 });
  }, 60_000);
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("connections are counted, and the watches that end", async () => {
    await using manager = new KubevirtClientManager(fleet.supervisor.client, {
      metrics: createPrometheusMetrics(prometheus, registry),
    });
    const watch = manager.watchResource("cluster-1", Namespace);
    await watch.waitForSync();
    const dials = await valuesOf("kvop_cluster_dials_total");
    expect(dials).toEqual({
      "cluster=cluster-1,protocol=http/1.1,session=new": 1,
      "cluster=cluster-1,protocol=h2,session=resumed": 1,
    });
    expect(await valuesOf("kvop_cluster_dial_duration_seconds")).toEqual({
      "cluster=cluster-1": 2,
    });
    expect(await valuesOf("kvop_cluster_http2_fallbacks_total")).toEqual({});
    expect(await valuesOf("kvop_cluster_watch_ends_total")).toEqual({});
    await watch[Symbol.asyncDispose]();
    expect(await valuesOf("kvop_cluster_watch_ends_total")).toEqual({
      "cluster=cluster-1,failure=Disposed,resource=namespaces": 1,
    });
    expect(await valuesOf("kvop_cluster_watch_duration_seconds")).toEqual({
      "cluster=cluster-1,resource=namespaces": 1,
    });
  });

  it("requests are counted under the names of client-go", async () => {
    const manager = new KubevirtClientManager(fleet.supervisor.client, {
      metrics: createPrometheusMetrics(prometheus, registry),
    });
    const client = await manager.getClientForConfig("cluster-1");
    await client.get(Namespace, { name: "default" });
    await client.get(Namespace, { name: "absent" }).catch((error: unknown) => {
      expect(isNotFound(error)).toBe(true);
    });
    await vi.waitFor(async () => {
      expect(await valuesOf("rest_client_requests_total")).toMatchObject({
        "cluster=cluster-1,code=404,method=GET": 1,
      });
    });
    const { "cluster=cluster-1,code=200,method=GET": well = 0 } = await valuesOf(
      "rest_client_requests_total",
    );
    expect(well).toBeGreaterThanOrEqual(2);
    expect(await registry.metrics()).toContain(
      `host="${new URL(fleet.clusters[0]?.url ?? "").host}"`,
    );
    for (const name of [
      "rest_client_request_duration_seconds",
      "rest_client_rate_limiter_duration_seconds",
    ])
      expect((await valuesOf(name))["cluster=cluster-1,verb=get"]).toBeGreaterThanOrEqual(3);
    await fleet.supervisor.client.delete(KubevirtConfig, { name: "cluster-1" });
    await vi.waitFor(async () =>
      expect(await registry.metrics()).not.toContain('cluster="cluster-1"'),
    );
    await manager[Symbol.asyncDispose]();
  });
});
