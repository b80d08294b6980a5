import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const fleetCommand = join(
  dirname(createRequire(import.meta.url).resolve("@kvop/testing/package.json")),
  "bin/kvop-fleet.js",
);
/** What /proc counts CPU in, on Linux. */
const TICKS_PER_SECOND = 100;

/** A fleet of embedded servers in a process of its own, so that its work is not counted as that of its clients. */
export async function startFleetProcess({ clusters, bare = false }) {
  const dir = await mkdtemp(join(tmpdir(), "kvop-bench-"));
  const child = spawn(
    process.execPath,
    [fleetCommand, "up", "--clusters", `${clusters}`, "--dir", dir, ...(bare ? ["--bare"] : [])],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      if (/^ready:/m.test(text)) resolve();
    });
    child.on("exit", (code) => reject(new Error(`kvop-fleet ended with ${code}`)));
  });
  return {
    pid: child.pid,
    kubeconfigPath: (name) => join(dir, `${name}.kubeconfig`),
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.removeAllListeners("exit").once("exit", () => {});
      child.kill("SIGKILL");
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Microseconds of CPU that the processes have used so far. */
export async function cpuOf(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

/** The processes that this one has started and that still run. */
export async function childProcesses() {
  const pids = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    if (stat.split(") ")[1]?.split(" ")[1] === `${process.pid}`) pids.push(Number(entry));
  }
  return pids;
}
