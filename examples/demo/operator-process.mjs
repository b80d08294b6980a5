import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const STOP_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 10_000;

/** Starts `kvop run` as its own process; its log goes to a file. Resolves once it says that it is ready. */
export async function startOperatorProcess({ kubeconfigPath, logPath }) {
  const manifest = createRequire(import.meta.url).resolve("@kvop/reconciler/package.json");
  const bin = join(dirname(manifest), "bin", "kvop.js");
  const child = spawn(process.execPath, [bin, "run", "--kubeconfig", kubeconfigPath], {
    stdio: ["ignore", "pipe", "pipe"],
    // The log is for people to read.
    env: { ...process.env, LOG_JSON: "false" },
  });
  const log = createWriteStream(logPath, { mode: 0o600 });
  const lastLines = [];
  const exited = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        log.write(text);
        lastLines.push(...text.split("\n").filter((line) => line !== ""));
        lastLines.splice(0, lastLines.length - 3);
        if (text.includes("ready: serves Machines")) resolve("ready");
      });
    }
  });
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(() => resolve("timeout"), START_TIMEOUT_MS);
  });
  const outcome = await Promise.race([ready, timeout, exited]);
  clearTimeout(timer);
  if (outcome !== "ready") {
    child.kill("SIGKILL");
    throw new Error(`the operator did not start: ${lastLines.join(" | ") || outcome}`);
  }
  let isStopping = false;
  return {
    /** Rejects when the operator ends by itself. */
    ended: exited.then((code) => {
      if (!isStopping)
        throw new Error(`the operator ended by itself (${code}): ${lastLines.join(" | ")}`);
    }),
    /** Stops it as a service manager does; gives its exit code. */
    async stop() {
      isStopping = true;
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      const code = await exited;
      clearTimeout(killer);
      log.end();
      return code;
    },
  };
}
