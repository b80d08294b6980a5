import { VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { expect, test } from "vitest";
import { machineOf, simulatedWorld } from "./simulated-world.js";

/** SIMULATOR_SCALE=1000 takes about a minute. */
const COUNT = Number(process.env["SIMULATOR_SCALE"] ?? 150);
const key = (index: number) => ({ namespace: "default", name: `vm-${index}` });

test("many machines on one simulator: a fixed price each, and nothing once they run", async () => {
  await using world = await simulatedWorld();
  const { client, clock, server } = world;
  for (let index = 0; index < COUNT; index += 1)
    await client.create(VirtualMachine, machineOf(key(index)));
  const isAllRunning = async (): Promise<boolean> => {
    const { items } = await client.list(VirtualMachineInstance, { resourceVersion: "0" });
    return items.length === COUNT && items.every(({ status }) => status?.phase === "Running");
  };
  for (let seconds = 0; !(await isAllRunning()); seconds += 1) {
    expect(seconds).toBeLessThan(10);
    await clock.advance(1000);
  }
  await clock.advance(1000);
  const writes = [...server.requests].filter(({ verb }) => verb !== "list" && verb !== "watch");
  // A machine's creation, and what the simulated components write; they read nothing.
  expect(writes.length / COUNT).toBeLessThanOrEqual(26);
  expect(writes.filter(({ verb }) => verb === "get")).toEqual([]);
  const before = server.requests.length;
  await clock.advance(600_000);
  // Watches that run out are opened again; nobody asks for anything else.
  const quiet = [...server.requests].slice(before).filter(({ verb }) => verb !== "watch");
  expect(quiet).toEqual([]);
}, 120_000);
