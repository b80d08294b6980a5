// `pnpm run bench [name]`: runs the benchmarks of this folder and prints a table each; `manager` also runs `manager-fleet` and all that begin so.
// Each suite has a process of its own. Compare ratios within one run: machines differ, and are noisy.
import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const wanted = process.argv[2];
const names = (await readdir(new URL("suites/", import.meta.url)))
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -4))
  .filter((name) => wanted === undefined || name === wanted || name.startsWith(`${wanted}-`))
  .sort();
if (names.length === 0) {
  console.error(`There is no benchmark "${wanted}". Look into bench/suites for the names.`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`,
);
for (const name of names) {
  const suite = fileURLToPath(new URL("run-suite.mjs", import.meta.url));
  const { status } = spawnSync(process.execPath, ["--expose-gc", suite, name], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
