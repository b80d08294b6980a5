import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

import { runProcess } from "./run-process.js";

const PROGRAM = fileURLToPath(new URL("../../../../examples/fleet/fleet.mjs", import.meta.url));

it("the example of a fleet shows clusters that die, rotate and come back, and ends by itself", async () => {
  const { exitCode, output } = await runProcess(process.execPath, [PROGRAM, "10"]);
  expect(output).toMatch(/cluster-1 +ready +-> unreachable/);
  expect(output).toMatch(/cluster-1 +connecting +-> ready/);
  expect(output).toContain("10 clusters: 10 ready");
  expect(exitCode).toBe(0);
}, 280_000);
