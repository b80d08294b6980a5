// Runs vitest over the workspace and closes with `N passed, N failed`, naming each skipped test.
// Arguments go to vitest as they are: `node scripts/run-tests.mjs --project core`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);
const folder = mkdtempSync(join(tmpdir(), "kvop-tests-"));
const report = join(folder, "report.json");
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: "inherit" },
);

let summary = "0 passed, 1 failed";
try {
  const { testResults, numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  for (const { name, assertionResults } of testResults) {
    for (const { status: outcome, fullName } of assertionResults) {
      if (outcome === "skipped" || outcome === "pending" || outcome === "todo") {
        console.log(`skipped: ${name.split("/packages/").at(-1)} > ${fullName}`);
      }
    }
  }
  // A file that cannot even be loaded has no failed test, but it failed.
  const failed =
    numFailedTests > 0 ? numFailedTests : status === 0 ? 0 : Math.max(numFailedTestSuites, 1);
  summary = `${numPassedTests} passed, ${failed} failed`;
} finally {
  rmSync(folder, { recursive: true, force: true });
  console.log(summary);
}
process.exitCode = status ?? 1;
