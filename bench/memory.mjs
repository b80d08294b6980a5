import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("memory-child.mjs", import.meta.url));

/** Runs one measurement of memory-child.mjs in a process of its own; `onWarm` runs between its start and what is measured. */
export async function measureMemory(settings, onWarm = async () => {}) {
  const child = fork(program, [], { execArgv: ["--expose-gc"] });
  try {
    return await new Promise((resolve, reject) => {
      child.on("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
      child.on("message", ({ isWarm, result }) => {
        if (isWarm) onWarm().then(() => child.send({}), reject);
        else resolve(result);
      });
      child.send(settings);
    });
  } finally {
    child.kill("SIGKILL");
  }
}
