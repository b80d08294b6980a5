import { execFile, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SOURCES = fileURLToPath(new URL("go/", import.meta.url));
const BINARIES = fileURLToPath(new URL("../node_modules/.cache/go-programs/", import.meta.url));
/** A proxy that does not answer must not hold up the rest. */
const DOWNLOAD_TIMEOUT_MS = 120_000;

/** Builds the program under bench/go, from Go's cache after the first time: its path, or why it cannot be had. */
async function build() {
  const run = promisify(execFile);
  const path = join(BINARIES, "bench-client-go");
  try {
    await run("go", ["version"]);
  } catch {
    return { unavailable: "there is no go on the PATH" };
  }
  try {
    await run("go", ["mod", "download"], { cwd: SOURCES, timeout: DOWNLOAD_TIMEOUT_MS });
  } catch {
    return { unavailable: "its Go modules cannot be had" };
  }
  await mkdir(BINARIES, { recursive: true });
  await run("go", ["build", "-o", path, "."], { cwd: SOURCES });
  return { path };
}

/** client-go in a process of its own that GETs the ConfigMap `default/x` as often as it is asked to; or why there is none. */
export async function startGoPeer(kubeconfigPath) {
  const { path, unavailable } = await build();
  if (path === undefined) return { unavailable };
  const child = spawn(path, [], {
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Wall and CPU microseconds of one of so many calls. */
    get: async (calls) => {
      child.stdin.write(`${calls}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("The program of bench/go has ended; what it says is above.");
      const [wallUs, cpuUs] = value.split(" ").map(Number);
      return { wallUs, cpuUs };
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}
