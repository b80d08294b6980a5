import { startApiServer } from "../src/api-server.js";
import { connectTarget, type Target } from "./target.js";
import { startWebhookServer } from "./webhook-server.js";

/** A fresh embedded server, set up as the launcher sets up the real one. @param hasControllers whether any run beside it. */
export async function startEmbeddedTarget(hasControllers = false): Promise<Target> {
  const server = await startApiServer({
    controllers: hasControllers
      ? { storageProtection: false, pace: "realistic" }
      : { namespaceDeletion: false, garbageCollection: false, storageProtection: false },
    authorization: "RBAC",
  });
  const webhook = await startWebhookServer();
  const target = connectTarget(server.kubeconfig(), async () => {
    await server[Symbol.asyncDispose]();
    await webhook.stop();
  });
  return { ...target, variables: webhook.variables };
}
