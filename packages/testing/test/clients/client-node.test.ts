import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readCheckResults } from "./check-results.js";
import { type ClientTarget, startClientTarget, targetNames } from "./client-target.js";
import { runProcess } from "./run-process.js";

const PROGRAM = fileURLToPath(new URL("client-node-program.mjs", import.meta.url));
const { stdout: names } = await runProcess(process.execPath, [PROGRAM, "-list"]);

/** Version 2 needs a newer Node than the one that the tests may run on. */
const VERSIONS = [
  { name: "@kubernetes/client-node 1", module: "@kubernetes/client-node", command: ["node"] },
  {
    name: "@kubernetes/client-node 2",
    module: "client-node-2",
    command: ["npx", "-y", "-p", "node@24", "node"],
  },
];

for (const { name, module, command } of VERSIONS) {
  const path = fileURLToPath(
    new URL(`../../../kubevirt/node_modules/${module}/dist/index.js`, import.meta.url),
  );
  const [executable = "node", ...before] = command;
  const node = await runProcess(executable, [...before, "--version"], { timeoutMs: 120_000 }).catch(
    () => undefined,
  );
  describe(name, () => {
    if (node?.exitCode !== 0 || !existsSync(path)) {
      it.skip(`not run: ${existsSync(path) ? `no ${command.join(" ")}` : "it is not installed"}`, () => {});
      return;
    }
    describe.each(targetNames)("%s server", (targetName) => {
      let target: ClientTarget;
      let results: ReadonlyMap<string, string> = new Map();
      beforeAll(async () => {
        target = await startClientTarget(targetName);
        const { stdout } = await runProcess(executable, [...before, PROGRAM, path], {
          env: { KUBECONFIG: target.kubeconfigPath },
          timeoutMs: 240_000,
        });
        results = readCheckResults(stdout);
      }, 300_000);
      afterAll(async () => {
        await target?.[Symbol.asyncDispose]();
      }, 60_000);

      it.each(names.trim().split("\n"))("%s", (check) => {
        expect(results.get(check) ?? "it was not run").toBe("ok");
      });
    });
  });
}
