// Runs packages/kubevirt's tests and type check with @kubernetes/client-node 2, on the Node of this process (22.19 or later).
// Arguments go to vitest as they are.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const run = (...args) =>
  spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, KVOP_CLIENT_NODE: "2" },
  }).status ?? 1;

console.log("node", process.version, "with @kubernetes/client-node 2");
const typescript = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
const types = run(typescript, "-p", join(root, "packages/kubevirt/tsconfig.client2.json"));
const tests = run(
  join(root, "scripts/run-tests.mjs"),
  "--project",
  "kubevirt",
  ...process.argv.slice(2),
);
process.exitCode = types === 0 ? tests : types;
