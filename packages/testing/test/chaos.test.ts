import { seededRandom, VirtualMachine } from "@kvop/core";
import { expect, test } from "vitest";
import {
  createTestCluster,
  persistentVolumeClaim,
  storageClass,
  virtualMachine,
} from "../src/index.js";
import { startKubevirtSimulator } from "../src/kubevirt.js";

const key = { namespace: "default", name: "web" };

/** A simulator that meets a fault with every third request or so, and what came of it. */
async function bootAmongFaults(seed: number) {
  const cluster = createTestCluster({ seed, objects: [storageClass(), persistentVolumeClaim()] });
  const { client, clock, server } = cluster;
  const simulated = server.client({ userAgent: "simulator" });
  const among = () => server.faults.on({ userAgent: "simulator" }).withProbability(0.06);
  const faults = [
    among().answer(503),
    among().answer(429),
    among().answer(409),
    among().loseAnswer(),
    among().reset(),
    among().delay(700),
    server.faults.on({ userAgent: "simulator" }).breakWatch({ afterLines: 3 }),
  ];
  const random = seededRandom(seed + 1);
  const simulator = startKubevirtSimulator({ client: simulated, clock, random });
  await client.create(VirtualMachine, virtualMachine({ metadata: key }));
  await clock.runUntil(
    async () => (await client.get(VirtualMachine, key)).status?.printableStatus === "Running",
    { timeoutMs: 3_600_000 },
  );
  // What is delayed has to arrive before the simulator can be done.
  const ended = simulator[Symbol.asyncDispose]();
  await clock.advance(60_000);
  await ended;
  const leaks = await cluster.end();
  return { applied: faults.map(({ applied }) => applied), leaks, requests: [...server.requests] };
}

test("a machine boots whatever happens to the simulator's requests, and nothing is left", async () => {
  const seen = [0, 0, 0, 0, 0, 0, 0];
  for (let seed = 1; seed <= 8; seed += 1) {
    const { applied, leaks } = await bootAmongFaults(seed);
    expect({ seed, leaks }).toEqual({ seed, leaks: [] });
    applied.forEach((count, index) => (seen[index] = (seen[index] ?? 0) + count));
  }
  // Each kind of fault was met.
  expect(seen.filter((count) => count === 0)).toEqual([]);
}, 60_000);

test("the same seed meets the same faults at the same requests", async () => {
  const [first, second] = [await bootAmongFaults(3), await bootAmongFaults(3)];
  expect(second.applied).toEqual(first.applied);
  expect(second.requests).toEqual(first.requests);
}, 60_000);
