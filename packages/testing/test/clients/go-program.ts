import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { readCheckResults } from "./check-results.js";
import { runProcess } from "./run-process.js";

/** A program under `conformance/go`, built, or the reason why it cannot be. */
export type GoProgram =
  | { readonly path: string; readonly checks: readonly string[] }
  | { readonly unavailable: string };

const SOURCES = fileURLToPath(new URL("../../../../conformance/go/", import.meta.url));
const BINARIES = fileURLToPath(
  new URL("../../../../node_modules/.cache/go-programs/", import.meta.url),
);
/** A proxy that does not answer must not hold up the tests. */
const DOWNLOAD_TIMEOUT_MS = 120_000;
/** The first build compiles client-go: minutes on a small machine, seconds from Go's cache after that. */
const BUILD_TIMEOUT_MS = 900_000;

/**
 * Builds `conformance/go/<name>` with the `go` of the PATH. Without `go`, or when its modules are neither cached nor to be
 * downloaded, it says so.
 *
 * @throws when the program does not compile.
 */
export async function buildGoProgram(name: string): Promise<GoProgram> {
  // A command line that ends at once where Go is not installed.
  const version = await runProcess("go", ["version"]).catch(() => undefined);
  if (version?.exitCode !== 0) return { unavailable: "there is no go on the PATH" };
  const download = await runProcess("go", ["mod", "download"], {
    cwd: SOURCES,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (download.exitCode !== 0) {
    const [reason = "no answer in time"] = download.stderr.trim().split("\n").slice(-1);
    return { unavailable: `the Go modules cannot be had: ${reason || "no answer in time"}` };
  }
  await mkdir(BINARIES, { recursive: true });
  const path = join(BINARIES, name);
  const build = await runProcess("go", ["build", "-o", path, `./${name}`], {
    cwd: SOURCES,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  if (build.exitCode !== 0) throw new Error(`${name} does not compile:\n${build.output}`);
  const list = await runProcess(path, ["-list"]);
  return { path, checks: list.stdout.trim().split("\n") };
}

/** Runs a built program against the server of the kubeconfig: each check's name with `ok` or why it failed. */
export async function runGoProgram(
  path: string,
  kubeconfigPath: string,
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runProcess(path, [], {
    env: { KUBECONFIG: kubeconfigPath },
    timeoutMs: 540_000,
  });
  return readCheckResults(stdout);
}
