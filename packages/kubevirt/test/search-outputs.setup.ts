import { afterEach, expect } from "vitest";

import { recordOutput, searchOutputs } from "./outputs.js";

// Every test of this package: nothing that was put out in it holds a credential of its fixtures.
for (const method of ["debug", "info", "log", "warn", "error"] as const) {
  const original = console[method].bind(console);
  console[method] = (...values: unknown[]): void => {
    for (const value of values) recordOutput(value);
    original(...values);
  };
}
process.on("warning", recordOutput);

afterEach(() => {
  expect(searchOutputs().leaks).toEqual([]);
});
