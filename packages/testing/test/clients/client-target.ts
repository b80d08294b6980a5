import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startApiServer } from "../../src/api-server.js";
import { hasEnvtestBinaries } from "../../src/envtest/envtest-binaries.js";
import { startEnvtest } from "../../src/envtest/start-envtest.js";

/** A server that a client of another project is run against. */
export interface ClientTarget extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
}

export type TargetName = "embedded" | "real";

/** The embedded server, and the real one where its binaries are. */
export const targetNames: readonly TargetName[] = hasEnvtestBinaries()
  ? ["embedded", "real"]
  : ["embedded"];

/**
 * How often a whole run may be made on a fresh server until it is as it should. On the real server the cases are judged, not
 * the server, whose copies and controllers trail on a busy machine.
 */
export const runsOn: Readonly<Record<TargetName, number>> = { embedded: 1, real: 3 };

/**
 * A fresh server with RBAC, namespace deletion and garbage collection. The name and user of the kubeconfig are the same for
 * both, so that what a client prints of it is too.
 */
export async function startClientTarget(name: TargetName): Promise<ClientTarget> {
  const server = name === "embedded" ? await startEmbedded() : await startReal();
  const folder = await mkdtemp(join(tmpdir(), "client-target-"));
  const kubeconfigPath = join(folder, "kubeconfig");
  await writeFile(kubeconfigPath, server.kubeconfig, { mode: 0o600 });
  return {
    url: server.url,
    kubeconfig: server.kubeconfig,
    kubeconfigPath,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startEmbedded() {
  const server = await startApiServer({
    authorization: "RBAC",
    name: "envtest",
    controllers: { storageProtection: false, pace: "realistic" },
  });
  return {
    url: server.url,
    kubeconfig: server.kubeconfig(),
    stop: async () => {
      await server.server[Symbol.asyncDispose]();
    },
  };
}

async function startReal() {
  const server = await startEnvtest({ startTimeoutMs: 90_000, withControllerManager: true });
  return { url: server.url, kubeconfig: server.kubeconfig, stop: () => server.stop() };
}
