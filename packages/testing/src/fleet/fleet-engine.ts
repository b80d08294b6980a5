import { type ClientRole, type ClusterClient, createClusterClient, systemClock } from "@kvop/core";
import { type ApiServer, startApiServer } from "../api-server/api-server.js";
import type { ApiServerOptions } from "../api-server/api-server-options.js";
import { httpsTransport } from "../envtest/https-transport.js";
import { startEnvtest } from "../envtest/start-envtest.js";
import { kubeconfigText } from "../fixtures/kubeconfig-fixtures.js";
import { openTcpGate } from "./tcp-gate.js";

/** What runs an API server of a fleet: this package's own, or a real kube-apiserver. */
export type FleetEngine = "embedded" | "envtest";

/** One running API server of a fleet. */
export interface FleetServer<Role extends ClientRole = ClientRole> extends AsyncDisposable {
  readonly url: string;
  /** A client that bypasses the server's door, so that it works while the door is shut. */
  readonly client: ClusterClient<Role>;
  /** The embedded server; undefined for a real one. */
  readonly server: ApiServer | undefined;
  /** The kubeconfig that is valid now. */
  kubeconfig(): string;
  /** Drops every connection and refuses new ones; what is stored stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Makes a new credential; the embedded server refuses the old one from then on. */
  rotate(): void;
}

/** What a {@link FleetServer} is started with. */
export interface FleetServerOptions<Role extends ClientRole> {
  readonly name: string;
  readonly role: Role;
  readonly crds: readonly object[];
  /** Only the embedded server can be told; a real one decides by RBAC. Default: `RBAC`. */
  readonly authorization?: ApiServerOptions["authorization"];
  /** Only the embedded server can be told. Default: a free one. */
  readonly port?: number | undefined;
}

export function startFleetServer<Role extends ClientRole>(
  engine: FleetEngine,
  options: FleetServerOptions<Role>,
): Promise<FleetServer<Role>> {
  return engine === "embedded" ? startEmbedded(options) : startReal(options);
}

async function startEmbedded<Role extends ClientRole>({
  name,
  role,
  crds,
  authorization = "RBAC",
  port,
}: FleetServerOptions<Role>): Promise<FleetServer<Role>> {
  const listening = await startApiServer({
    name,
    crds,
    authorization,
    port,
    controllers: { pace: "realistic" },
  });
  return {
    url: listening.url,
    client: listening.server.client({ name, role }),
    server: listening.server,
    kubeconfig: () => listening.kubeconfig(),
    stop: () => listening.stop(),
    start: () => listening.start(),
    rotate: () => void listening.server.rotateAdminToken(),
    [Symbol.asyncDispose]: async () => {
      await listening.server[Symbol.asyncDispose]();
    },
  };
}

async function startReal<Role extends ClientRole>({
  name,
  role,
  crds,
}: FleetServerOptions<Role>): Promise<FleetServer<Role>> {
  const envtest = await startEnvtest({ crds });
  const { url, caData: caPem, adminToken = "" } = envtest;
  // A real server that is killed loses its etcd here; a gate before it can be shut and opened again.
  const gate = await openTcpGate(Number(new URL(url).port));
  const server = `https://127.0.0.1:${gate.port}`;
  const client = createClusterClient(
    httpsTransport({ name, url, caPem, token: adminToken, clock: systemClock }),
    { role, name },
  );
  let certificate: { readonly certPem: string; readonly keyPem: string } | undefined;
  return {
    url: server,
    client,
    server: undefined,
    kubeconfig: () =>
      kubeconfigText({
        server,
        caPem,
        ...(certificate === undefined ? { token: adminToken } : { clientCertificate: certificate }),
      }),
    stop: () => gate.shut(),
    start: () => gate.open(),
    rotate: () => {
      certificate = envtest.issueClientCertificate?.("kubernetes-admin", ["system:masters"]);
    },
    [Symbol.asyncDispose]: async () => {
      await gate[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await envtest.stop();
    },
  };
}
