import {
  ConfigMap,
  createClusterClient,
  type OwnedClient,
  type RemoteClient,
  startReflector,
} from "@kvop/core";
import { type EnvtestServer, startEnvtest } from "@kvop/testing/envtest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hasEnvtestBinaries } from "../../testing/src/envtest/envtest-binaries.js";
import {
  createUndiciTransport,
  type DialObservation,
  type Http2FallbackObservation,
  parseKubeconfig,
  type WatchEndObservation,
} from "../src/index.js";
import { until } from "./until.js";

describe.skipIf(!hasEnvtestBinaries())("a real kube-apiserver", { timeout: 120_000 }, () => {
  let server: EnvtestServer;
  let client: OwnedClient<RemoteClient>;
  const dials: DialObservation[] = [];
  const fallbacks: Http2FallbackObservation[] = [];
  const watchEnds: WatchEndObservation[] = [];

  beforeAll(async () => {
    // The most that it allows: one request over HTTP/2 in fifty is answered with a GOAWAY.
    server = await startEnvtest({ apiServerArguments: ["--goaway-chance=0.02"] });
    const transport = createUndiciTransport(parseKubeconfig(server.kubeconfig), {
      name: "real",
      requestsPerSecond: 10_000,
      burst: 10_000,
      observer: {
        onDial: (dial) => dials.push(dial),
        onHttp2Fallback: (fallback) => fallbacks.push(fallback),
        onWatchEnd: (end) => watchEnds.push(end),
      },
    });
    client = createClusterClient(transport, { role: "cluster", name: "real" });
  }, 120_000);
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("serves watches on one HTTP/2 connection", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const event of client.watch(ConfigMap, { namespace: "default", signal }))
        if (event.type === "added") seen.push(event.object.metadata?.name ?? "");
    };
    const ends = Promise.allSettled([follow(), follow(), follow()]);
    await client.create(ConfigMap, { metadata: { namespace: "default", name: "first" } });
    await until(() => expect(seen.filter((name) => name === "first")).toHaveLength(3));
    expect(dials.filter(({ protocol }) => protocol === "h2").length).toBeLessThanOrEqual(2);
    expect(fallbacks).toEqual([]);
    controller.abort(new Error("enough"));
    await ends;
  });

  it("loses no event over its GOAWAYs", async () => {
    const h2Dials = (): number => dials.filter(({ protocol }) => protocol === "h2").length;
    const before = h2Dials();
    const names = Array.from({ length: 300 }, (_name, id) => `goaway-${id}`);
    const added: string[] = [];
    const reflector = startReflector({
      connect: () => Promise.resolve(client),
      resource: ConfigMap,
      namespace: "default",
      onEvent: ({ type, object }) => {
        const { name = "" } = object.metadata ?? {};
        if (type === "added" && name.startsWith("goaway-")) added.push(name);
      },
    });
    try {
      await reflector.waitForSync();
      for (const name of names) {
        await client.create(ConfigMap, { metadata: { namespace: "default", name } });
        // Each is one more chance of a GOAWAY on the connection that the reflector's watch is on.
        for (let count = 0; count < 3; count += 1)
          for await (const event of client.watch(ConfigMap, { namespace: "default" }))
            if (event.type === "added") break;
      }
      await until(() => expect(added.length).toBeGreaterThanOrEqual(names.length));
      expect(added).toEqual(names);
      expect(h2Dials()).toBeGreaterThan(before);
      // It is graceful: no watch was cut off by it.
      expect(watchEnds.filter(({ failure }) => failure === "ConnectionFailed")).toEqual([]);
    } finally {
      await reflector[Symbol.asyncDispose]();
    }
  });
});
