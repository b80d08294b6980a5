import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ClientTarget, startClientTarget, targetNames } from "./client-target.js";
import { buildGoProgram, runGoProgram } from "./go-program.js";
import { knownGoDifferences } from "./known-go-differences.js";

for (const name of ["client-go", "controller-runtime"]) {
  const program = await buildGoProgram(name);
  describe(`${name} against an API server`, () => {
    if ("unavailable" in program) {
      it.skip(program.unavailable, () => {});
      return;
    }
    describe.each(targetNames)("%s", (targetName) => {
      let target: ClientTarget;
      let results: ReadonlyMap<string, string> = new Map();
      beforeAll(async () => {
        target = await startClientTarget(targetName);
        results = await runGoProgram(program.path, target.kubeconfigPath);
      }, 600_000);
      afterAll(async () => {
        await target?.[Symbol.asyncDispose]();
      }, 60_000);

      it.for(program.checks)("%s", (check, { skip }) => {
        const result = results.get(check) ?? "it was not run";
        const reason = targetName === "embedded" ? knownGoDifferences[check] : undefined;
        if (reason !== undefined && result !== "ok") skip(reason);
        expect(result).toBe("ok");
      });
    });
  });
}
