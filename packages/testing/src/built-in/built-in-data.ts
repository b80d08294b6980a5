import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

/**
 * Reads one compressed JSON file of the package's `data` folder. Synchronous on purpose: nothing that virtual time
 * passes through may wait for the thread pool.
 *
 * @throws Error when the file is not part of the package
 */
export function readBuiltInData(name: string): unknown {
  return JSON.parse(readBuiltInText(name));
}

/** As {@link readBuiltInData}, without parsing. */
export function readBuiltInText(name: string): string {
  return brotliDecompressSync(readFileSync(join(findDataFolder(), name))).toString("utf8");
}

/** The folder is a different number of levels away in the sources than in the bundled package. */
function findDataFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, "data");
    if (existsSync(join(candidate, "built-in.json.br"))) {
      return candidate;
    }
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Error(
        "The data folder of @kvop/testing is missing: reinstall the package, or keep it out of the bundle.",
      );
    }
    folder = parent;
  }
}
