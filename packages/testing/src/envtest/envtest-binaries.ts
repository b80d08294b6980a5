import { accessSync, constants } from "node:fs";
import { join } from "node:path";

import { EnvtestBinaryMissingError } from "./envtest-binary-missing-error.js";

/** Where controller-runtime's envtest looks when no variable says otherwise. */
const DEFAULT_ASSETS_DIRECTORY = "/usr/local/kubebuilder/bin";

/** The binaries that envtest knows, and the variable that names each. */
const VARIABLES = {
  etcd: "TEST_ASSET_ETCD",
  "kube-apiserver": "TEST_ASSET_KUBE_APISERVER",
  kubectl: "TEST_ASSET_KUBECTL",
  "kube-controller-manager": "TEST_ASSET_KUBE_CONTROLLER_MANAGER",
} as const;

export type EnvtestBinary = keyof typeof VARIABLES;

export interface EnvtestBinaryOptions {
  /** Wins over every variable. */
  readonly assetsDirectory?: string | undefined;
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The path of a binary by envtest's conventions: the option, `TEST_ASSET_*`, `KUBEBUILDER_ASSETS`, then
 * `/usr/local/kubebuilder/bin`. Undefined when there is no executable file.
 */
export function findEnvtestBinary(
  binary: EnvtestBinary,
  options: EnvtestBinaryOptions = {},
): string | undefined {
  const path = envtestBinaryPath(binary, options);
  return isExecutable(path) ? path : undefined;
}

/** As {@link findEnvtestBinary}. @throws EnvtestBinaryMissingError when it is not there. */
export function resolveEnvtestBinary(
  binary: EnvtestBinary,
  options: EnvtestBinaryOptions = {},
): string {
  const path = envtestBinaryPath(binary, options);
  if (!isExecutable(path)) {
    throw new EnvtestBinaryMissingError(binary, path, VARIABLES[binary]);
  }
  return path;
}

/** Whether {@link startEnvtest} has what it needs here: for tests that are skipped where it is not so. */
export function hasEnvtestBinaries(options: EnvtestBinaryOptions = {}): boolean {
  return (
    findEnvtestBinary("kube-apiserver", options) !== undefined &&
    findEnvtestBinary("etcd", options) !== undefined
  );
}

function envtestBinaryPath(binary: EnvtestBinary, options: EnvtestBinaryOptions): string {
  const environment = options.environment ?? process.env;
  if (options.assetsDirectory !== undefined) {
    return join(options.assetsDirectory, binary);
  }
  const named = environment[VARIABLES[binary]];
  if (named !== undefined && named !== "") {
    return named;
  }
  return join(environment["KUBEBUILDER_ASSETS"] || DEFAULT_ASSETS_DIRECTORY, binary);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
