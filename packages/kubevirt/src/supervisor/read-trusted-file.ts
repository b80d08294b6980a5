import { readFile } from "node:fs/promises";

import { KubeconfigInvalidError } from "@kvop/core";

/**
 * A file that the owner's own configuration names.
 *
 * @param what What it is, for the error.
 * @throws KubeconfigInvalidError
 */
export async function readTrustedFile(what: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new KubeconfigInvalidError({
      problem: `the file of ${what} (${path}) cannot be read (${code})`,
    });
  }
}
