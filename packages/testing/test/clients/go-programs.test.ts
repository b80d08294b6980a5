import { beforeAll, describe, expect, it } from "vitest";

import { runsOn, startClientTarget, targetNames } from "./client-target.js";
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
      let results: ReadonlyMap<string, string> = new Map();
      beforeAll(async () => {
        for (let run = 1; run <= runsOn[targetName]; run++) {
          await using target = await startClientTarget(targetName);
          results = await runGoProgram(program.path, target.kubeconfigPath);
          if (program.checks.every((check) => results.get(check) === "ok")) break;
        }
      }, 1_200_000);

      it.for(program.checks)("%s", (check, { skip }) => {
        const result = results.get(check) ?? "it was not run";
        const reason = targetName === "embedded" ? knownGoDifferences[check] : undefined;
        if (reason !== undefined && result !== "ok") skip(reason);
        expect(result).toBe("ok");
      });
    });
  });
}
