import { existsSync } from "node:fs";
import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FleetFolderError } from "./fleet-folder-error.js";

/**
 * Makes a folder that its owner alone can read, and those above it that are missing.
 *
 * @throws FleetFolderError when it cannot be made, is no folder, or cannot be written to.
 */
export async function makeFolder(dir: string): Promise<void> {
  try {
    // One by one: Node's own recursive `mkdir` never ends below /proc.
    const missing: string[] = [];
    for (let folder = resolve(dir); !existsSync(folder); folder = dirname(folder))
      missing.push(folder);
    for (const folder of missing.toReversed()) await mkdir(folder, { mode: 0o700 });
    if (!(await stat(dir)).isDirectory()) throw new Error("it is not a folder");
    await access(dir, constants.W_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FleetFolderError({ dir, problem: code ?? message }, { cause: error });
  }
}
