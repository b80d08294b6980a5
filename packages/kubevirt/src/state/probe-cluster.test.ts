import { createClusterClient, type TransportRequest } from "@kvop/core";
import { expect, it } from "vitest";

import { probeCluster } from "./probe-cluster.js";

/** Probes a cluster that answers with these statuses, by path. */
async function probe(statuses: Readonly<Record<string, number>>) {
  const requests: TransportRequest[] = [];
  const client = createClusterClient(
    {
      request: (request) => {
        requests.push(request);
        const status = statuses[request.path] ?? 200;
        const body = status === 200 ? { kind: "APIVersions" } : { kind: "Status", code: status };
        return Promise.resolve({ status, headers: {}, body });
      },
      stream: () => Promise.reject(new Error("a probe watches nothing")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    { role: "cluster", name: "east" },
  );
  const outcome = await probeCluster(client, { timeoutMs: 1234 }).then(
    ({ isReady }) => (isReady ? "ready" : "not ready"),
    (error: { httpStatus: number }) => error.httpStatus,
  );
  // Each with the probe's own deadline.
  for (const { method, timeoutMs } of requests) expect([method, timeoutMs]).toEqual(["GET", 1234]);
  return [outcome, ...requests.map(({ path }) => path)];
}

it.each([
  [{}, ["ready", "/readyz"]],
  [{ "/readyz": 500 }, ["not ready", "/readyz"]],
  [{ "/readyz": 401 }, [401, "/readyz"]],
  [{ "/readyz": 503 }, [503, "/readyz"]],
  [{ "/readyz": 403 }, ["ready", "/readyz", "/version"]],
  [{ "/readyz": 404 }, ["ready", "/readyz", "/version"]],
  [{ "/readyz": 404, "/version": 401 }, [401, "/readyz", "/version"]],
  [{ "/readyz": 403, "/version": 403 }, ["ready", "/readyz", "/version", "/api"]],
  [{ "/readyz": 403, "/version": 403, "/api": 403 }, [403, "/readyz", "/version", "/api"]],
])("where the answers are %j it comes to %j", async (statuses, expected) => {
  expect(await probe(statuses)).toEqual(expected);
});
