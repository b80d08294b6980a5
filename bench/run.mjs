// `pnpm run bench [name]`: runs the benchmarks of this folder and prints a table. Each file exports `rows()`, which gives
// `{ what, measured, limit }`; ratios are taken within one run, as machines differ and are noisy.
import { readdir } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

const wanted = process.argv[2];
const names = (await readdir(new URL("suites/", import.meta.url)))
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -4))
  .filter((name) => wanted === undefined || name === wanted)
  .sort();
if (names.length === 0) {
  console.error(`There is no benchmark "${wanted}". Look into bench/suites for the names.`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`,
);
for (const name of names) {
  const { rows } = await import(`./suites/${name}.mjs`);
  console.log(`| ${name} | measured | goal |\n|---|---|---|`);
  for (const { what, measured, goal } of await rows())
    console.log(`| ${what} | ${measured} | ${goal} |`);
  console.log("");
}
