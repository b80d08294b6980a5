import { expect, vi } from "vitest";

import { type ApiServer, createApiServer } from "../../src/api-server.js";
import { startEnvtest } from "../../src/envtest/start-envtest.js";
import type { RealServer } from "../real-servers.js";
import { connectTarget, type Target } from "../target.js";
import { buildWorld, sendJson } from "./world.js";

/** The embedded server with the objects of the fuzz in it, and a look behind its door. */
export interface EmbeddedWorld {
  readonly target: Target;
  readonly server: ApiServer;
}

export async function startEmbeddedWorld(): Promise<EmbeddedWorld> {
  const server = createApiServer({
    controllers: { namespaceDeletion: false, garbageCollection: false, storageProtection: false },
    authorization: "RBAC",
  });
  const door = await server.listen();
  const target = connectTarget(door.kubeconfig(), async () => {
    await server[Symbol.asyncDispose]();
  });
  await buildWorld(target);
  return { target, server };
}

export async function startRealWorld({ assetsDirectory }: RealServer): Promise<Target> {
  const server = await startEnvtest({ startTimeoutMs: 90_000, assetsDirectory });
  const target = connectTarget(server.kubeconfig, () => server.stop());
  const service = "/api/v1/namespaces/default/services/kubernetes";
  // The server makes a service of itself a moment after it is ready.
  await vi.waitFor(
    async () => expect((await sendJson(target, "GET", service, undefined)).status).toBe(200),
    { timeout: 30_000, interval: 100 },
  );
  await buildWorld(target);
  return target;
}
