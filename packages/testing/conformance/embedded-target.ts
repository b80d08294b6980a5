import { connectTarget, type Target } from "./target.js";

interface EmbeddedServer {
  readonly kubeconfig: string | (() => string);
  [Symbol.asyncDispose](): Promise<void>;
}

interface ApiServerModule {
  readonly startApiServer: (options: object) => Promise<EmbeddedServer>;
}

/** A fresh embedded server, set up as the launcher sets up the real one: RBAC on, controllers off. */
export async function startEmbeddedTarget(): Promise<Target> {
  const path = "../src/api-server/start-api-server.js";
  const { startApiServer } = (await import(path)) as ApiServerModule;
  const server = await startApiServer({ authorization: "rbac", controllers: false });
  const { kubeconfig } = server;
  return connectTarget(typeof kubeconfig === "string" ? kubeconfig : kubeconfig(), () =>
    server[Symbol.asyncDispose](),
  );
}
