import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClientRole,
  type ClusterClient,
  isAlreadyExists,
  type KubernetesObject,
  KubevirtConfig,
  MachineClass,
  Namespace,
  type RemoteClient,
  type Resource,
  Secret,
  StorageClass,
  StorageProfile,
  type SupervisorClient,
} from "@kvop/core";
import type { ApiServer } from "../api-server/api-server.js";
import type { ApiServerOptions } from "../api-server/api-server-options.js";
import type { AuditLevel } from "../audit/audit-event.js";
import { type AuditLog, openAuditLog } from "../audit/open-audit-log.js";
import {
  kubevirtCustomResourceDefinitions,
  vitistackCustomResourceDefinitions,
} from "../crds/custom-resource-definitions.js";
import { Faults } from "../faults/faults.js";
import { kubeconfigSecret } from "../fixtures/kubeconfig-fixtures.js";
import { storageClass, storageProfile } from "../fixtures/kubevirt-fixtures.js";
import { kubevirtConfig, machineClass } from "../fixtures/vitistack-fixtures.js";
import { startKubevirtSimulator } from "../simulator/kubevirt-simulator.js";
import type { SimulatorTiming } from "../simulator/stage-control.js";
import { makeFolder } from "./make-folder.js";
import { type FleetEngine, type FleetServer, startFleetServer } from "./fleet-engine.js";

/** Settings of {@link startFleet}. */
export interface FleetOptions {
  /** KubeVirt clusters beside the supervisor. Default: 3. */
  readonly clusters?: number | undefined;
  /** Default: `embedded`. */
  readonly engine?: FleetEngine | undefined;
  /** Where the kubeconfigs go (mode 0600). Default: a temporary folder that goes with the fleet. */
  readonly dir?: string | undefined;
  /** Empty Kubernetes API servers: no CRDs, no objects, no simulator. Default: false. */
  readonly bare?: boolean | undefined;
  /** Pace of the simulated virtual machines. */
  readonly timing?: Partial<SimulatorTiming> | undefined;
  /** Port of the supervisor; the clusters have those after it. Embedded servers only. Default: free ones. */
  readonly port?: number | undefined;
  /** Who may do what. Embedded servers only. Default: `RBAC`. */
  readonly authorization?: ApiServerOptions["authorization"];
  /**
   * File that gets the audit events of all servers; the annotation `kvop.dev/server` tells them apart. Embedded servers only.
   * Default: none is written.
   */
  readonly auditLogPath?: string | undefined;
  /** Default: `Metadata`. */
  readonly auditLevel?: AuditLevel | undefined;
}

/** The supervisor of a fleet. */
export interface FleetSupervisor {
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly client: SupervisorClient;
  /** Undefined on real API servers. */
  readonly server: ApiServer | undefined;
}

/** One KubeVirt cluster of a fleet. */
export interface FleetCluster {
  /** `cluster-1`, ...: also the name of its KubevirtConfig and Secret. */
  readonly name: string;
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly client: RemoteClient;
  /** Undefined on real API servers. */
  readonly server: ApiServer | undefined;
  /** Drops every connection and refuses new ones; what is stored stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Replaces the credential, in the cluster, in its Secret on the supervisor and in its file. */
  rotateCredential(): Promise<void>;
}

/** A supervisor and its KubeVirt clusters; disposing of it ends all of them. */
export interface Fleet extends AsyncDisposable {
  readonly dir: string;
  readonly supervisor: FleetSupervisor;
  readonly clusters: readonly FleetCluster[];
  /** Faults on all embedded servers; a filter's `cluster` names one of them. */
  readonly faults: Faults;
}

const CONFIG_NAMESPACE = "kubevirt-configs";

/** Sizes that Machines of a fleet may name. */
const SIZES = [
  { name: "small", cores: 2, quantity: "8Gi" },
  { name: "medium", cores: 4, quantity: "16Gi" },
  { name: "large", cores: 4, quantity: "32Gi" },
];

/** Starts a supervisor and KubeVirt clusters with CRDs, storage, KubevirtConfigs and Secrets, and simulated virtual machines. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { clusters: count = 3, engine = "embedded", bare = false } = options;
  const parts: AsyncDisposable[] = [];
  const dispose = async (): Promise<void> => {
    for (const part of parts.splice(0).toReversed()) await part[Symbol.asyncDispose]();
  };
  try {
    const dir = await prepareFolder(options.dir, parts);
    const auditLog = openFleetAuditLog(options, parts);
    let started = 0;
    const start = async <Role extends ClientRole>(
      role: Role,
      name: string,
      crds: readonly object[],
    ): Promise<FleetServer<Role>> => {
      const server = await startFleetServer(engine, {
        role,
        name,
        crds: bare ? [] : crds,
        authorization: options.authorization,
        port: options.port === undefined ? undefined : options.port + started,
      });
      started += 1;
      parts.push(server);
      if (auditLog !== undefined)
        server.server?.audit({
          level: options.auditLevel,
          annotations: { "kvop.dev/server": name },
          sink: auditLog.write,
        });
      await writeKubeconfig(dir, name, server);
      return server;
    };
    const supervisor = await start(
      "supervisor",
      "supervisor",
      vitistackCustomResourceDefinitions(),
    );
    if (!bare) await fillSupervisor(supervisor.client);
    const clusters: FleetCluster[] = [];
    for (let number = 1; number <= count; number += 1) {
      const name = `cluster-${number}`;
      const server = await start("cluster", name, kubevirtCustomResourceDefinitions());
      if (!bare) {
        await ensure(server.client, StorageClass, storageClass());
        await ensure(server.client, StorageProfile, storageProfile());
        parts.push(
          startKubevirtSimulator({
            client: server.client,
            server: server.server,
            timing: options.timing,
          }),
        );
        await ensure(
          supervisor.client,
          Secret,
          kubeconfigSecret(server.kubeconfig(), { metadata: { name } }),
        );
        await ensure(supervisor.client, KubevirtConfig, kubevirtConfig({ metadata: { name } }));
      }
      clusters.push(fleetCluster(name, server, { dir, supervisor, bare }));
    }
    return {
      dir,
      supervisor: {
        url: supervisor.url,
        kubeconfigPath: pathOf(dir, "supervisor"),
        client: supervisor.client,
        server: supervisor.server,
      },
      clusters,
      faults: new Faults(
        [supervisor, ...clusters].flatMap(({ server }) => server?.faults.engines ?? []),
      ),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function fleetCluster(
  name: string,
  server: FleetServer<"cluster">,
  fleet: { readonly dir: string; readonly supervisor: FleetServer; readonly bare: boolean },
): FleetCluster {
  return {
    name,
    url: server.url,
    kubeconfigPath: pathOf(fleet.dir, name),
    client: server.client,
    server: server.server,
    stop: () => server.stop(),
    start: () => server.start(),
    rotateCredential: async () => {
      server.rotate();
      await writeKubeconfig(fleet.dir, name, server);
      if (fleet.bare) return;
      const { data } = kubeconfigSecret(server.kubeconfig());
      await fleet.supervisor.client.patch(
        Secret,
        { namespace: CONFIG_NAMESPACE, name },
        { type: "merge", patch: { data } },
      );
    },
  };
}

async function fillSupervisor(client: ClusterClient): Promise<void> {
  await ensure(client, Namespace, { metadata: { name: CONFIG_NAMESPACE } });
  for (const { name, cores, quantity } of SIZES) {
    await ensure(
      client,
      MachineClass,
      machineClass({
        metadata: { name },
        spec: { displayName: name, cpu: { cores }, memory: { quantity } },
      }),
    );
  }
}

async function ensure<T extends KubernetesObject>(
  client: ClusterClient,
  resource: Resource<T>,
  object: T,
): Promise<void> {
  const { status, ...rest } = object as T & { status?: unknown };
  try {
    const created = await client.create(resource, rest as T);
    if (status === undefined) return;
    const { name = "" } = created.metadata ?? {};
    await client.patch(
      resource,
      { name },
      { type: "merge", patch: { status } },
      { subresource: "status" },
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

function openFleetAuditLog(
  { auditLogPath, engine }: FleetOptions,
  parts: AsyncDisposable[],
): AuditLog | undefined {
  if (auditLogPath === undefined) return undefined;
  if (engine === "envtest") {
    throw new RangeError(
      "A fleet of real API servers writes no audit log: leave `auditLogPath` out, or use the embedded engine.",
    );
  }
  const log = openAuditLog(auditLogPath);
  parts.push(log);
  return log;
}

async function prepareFolder(dir: string | undefined, parts: AsyncDisposable[]): Promise<string> {
  if (dir !== undefined) {
    await makeFolder(dir);
    return dir;
  }
  const made = await mkdtemp(join(tmpdir(), "kvop-fleet-"));
  parts.push({ [Symbol.asyncDispose]: () => rm(made, { recursive: true, force: true }) });
  return made;
}

function pathOf(dir: string, name: string): string {
  return join(dir, `${name}.kubeconfig`);
}

async function writeKubeconfig(dir: string, name: string, server: FleetServer): Promise<void> {
  const path = pathOf(dir, name);
  await writeFile(path, server.kubeconfig(), { mode: 0o600 });
  // The mode above counts only for a new file.
  await chmod(path, 0o600);
}
