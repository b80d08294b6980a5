import { createClusterClient, systemClock, type TransportRequest } from "@kvop/core";
import { expect, it } from "vitest";

import { searchVirtualMachine } from "./search-virtual-machine.js";

const NAMES = Array.from({ length: 30 }, (_, index) => `cluster-${String(index).padStart(2, "0")}`);

/** Thirty clusters, each of which answers when all that are asked at that time have been asked. */
function fleetOf(answerOf: (configName: string) => { status: number; body: unknown }) {
  const requests: TransportRequest[] = [];
  let asked = 0;
  let most = 0;
  const connect = (configName: string) => {
    const client = createClusterClient(
      {
        request: async (request) => {
          requests.push(request);
          asked += 1;
          most = Math.max(most, asked);
          await new Promise((resolve) => setImmediate(resolve));
          asked -= 1;
          return { headers: {}, ...answerOf(configName) };
        },
        stream: () => Promise.reject(new Error("a search watches nothing")),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
      { role: "cluster", name: configName },
    );
    return Promise.resolve({ client, clusterUid: `uid of ${configName}` });
  };
  return { connect, requests, most: () => most };
}

const absent = { status: 404, body: { kind: "Status", code: 404, reason: "NotFound" } };
const key = { namespace: "default", name: "web" };
const settings = { timeoutMs: 10_000, clock: systemClock };

it.each([
  [50, 30],
  [7, 7],
  [1, 1],
])(
  "asks at most %i clusters at once, and not fewer: %i of thirty",
  async (concurrency, expected) => {
    const { connect, requests, most } = fleetOf(() => absent);
    const search = await searchVirtualMachine(key, NAMES, connect, { ...settings, concurrency });
    expect(search).toEqual({ found: [], unreachable: [] });
    expect([requests.length, most()]).toEqual([30, expected]);
  },
);

it("asks for metadata alone, once", async () => {
  const body = { metadata: { name: "web", uid: "uid of the machine" } };
  const { connect, requests } = fleetOf((name) =>
    name === NAMES[13] ? { status: 200, body } : absent,
  );
  const search = await searchVirtualMachine(key, NAMES, connect, { ...settings, concurrency: 50 });
  expect(search.found).toEqual([
    {
      configName: NAMES[13],
      clusterUid: `uid of ${NAMES[13]}`,
      virtualMachineUid: "uid of the machine",
    },
  ]);
  for (const { method, path, accept } of requests) {
    expect([method, path]).toEqual([
      "GET",
      "/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web",
    ]);
    expect(accept).toMatch(/^application\/json;as=PartialObjectMetadata;/);
  }
});

it.each([
  ["404 page not found\n", []],
  ["default backend - 404", [NAMES[3]]],
])(
  "a cluster that answers 404 in plain text has none by the API server's words alone: %j",
  async (body, unreachable) => {
    const { connect } = fleetOf((name) => (name === NAMES[3] ? { status: 404, body } : absent));
    const search = await searchVirtualMachine(key, NAMES, connect, {
      ...settings,
      concurrency: 50,
    });
    expect(search).toEqual({ found: [], unreachable });
  },
);

it.each([401, 403, 500, 503])("a cluster that answers %i was not asked", async (status) => {
  const { connect } = fleetOf((name) =>
    name === NAMES[3] ? { status, body: { kind: "Status", code: status } } : absent,
  );
  const search = await searchVirtualMachine(key, NAMES, connect, { ...settings, concurrency: 50 });
  expect(search).toEqual({ found: [], unreachable: [NAMES[3]] });
});
