import { basename, delimiter } from "node:path";

import { hasEnvtestBinaries } from "../src/envtest/envtest-binaries.js";

/** A real kube-apiserver that cases run against. */
export interface RealServer {
  /** For the names of tests. */
  readonly label: string;
  /** Undefined: where envtest looks by itself. */
  readonly assetsDirectory: string | undefined;
}

/**
 * The folders of binaries that `CONFORMANCE_ASSETS` lists, separated as in PATH; else the one that envtest finds. Empty where
 * there are none.
 */
export function realServers(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RealServer[] {
  const folders = (environment["CONFORMANCE_ASSETS"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && hasEnvtestBinaries({ assetsDirectory: folder }));
  if (folders.length > 0)
    return folders.map((folder) => ({ label: basename(folder), assetsDirectory: folder }));
  return hasEnvtestBinaries() ? [{ label: "kube-apiserver", assetsDirectory: undefined }] : [];
}
