import { createRequire } from "node:module";

import { ClientNodeError } from "@kvop/core";

/** What @kubernetes/client-node exports. */
export type ClientNode = typeof import("@kubernetes/client-node");

const INSTALL = "npm i @kubernetes/client-node@1";

/**
 * Loads @kubernetes/client-node, an optional peer: half a second that only those pay who ask for it. Its version is read from its
 * manifest first, as version 2 does not even load on Node 20.
 *
 * @throws ClientNodeError when it is not installed, or its version does not run on this Node.
 */
export async function importClientNode(): Promise<ClientNode> {
  const version = installedVersion();
  checkClientNodeVersion(version, process.versions.node);
  try {
    return await import("@kubernetes/client-node");
  } catch (error) {
    throw new ClientNodeError(
      {
        problem: `version ${version} does not load on Node ${process.versions.node}. Run ${INSTALL} (or @2 on Node 22.19 and later).`,
      },
      { cause: error },
    );
  }
}

/**
 * Version 2 needs the `undici` 8 that it brings, which needs Node 22.19; it declares neither.
 *
 * @param version Of @kubernetes/client-node; undefined when it is not installed.
 * @throws ClientNodeError
 */
export function checkClientNodeVersion(version: string | undefined, nodeVersion: string): void {
  if (version === undefined) {
    throw new ClientNodeError({
      problem: `it is not installed. Run ${INSTALL} (or @2 on Node 22.19 and later).`,
    });
  }
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const isOldNode = major < 22 || (major === 22 && minor < 19);
  if (Number(version.split(".")[0]) >= 2 && isOldNode) {
    throw new ClientNodeError({
      problem: `version ${version} needs Node 22.19 or later and this is ${nodeVersion}. Run ${INSTALL}, or a newer Node.`,
    });
  }
}

function installedVersion(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url)("@kubernetes/client-node/package.json") as {
      version?: unknown;
    };
    return typeof manifest.version === "string" ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
