import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { load } from "js-yaml";

import type { EnvtestServer } from "./envtest-server.js";
import { EnvtestStartFailedError } from "./envtest-start-failed-error.js";

interface Kubeconfig {
  readonly "current-context"?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster: ClusterEntry }[];
  readonly users?: readonly { readonly name: string; readonly user: UserEntry }[];
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
}

interface ClusterEntry {
  readonly server: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
}

interface UserEntry {
  readonly token?: string;
}

/** The current context of the owner's own kubeconfig, for `USE_EXISTING_CLUSTER`. `stop` leaves the cluster alone. */
export function connectExistingCluster(
  environment: Readonly<Record<string, string | undefined>>,
  kubectlPath: string | undefined,
): EnvtestServer {
  const path =
    environment["KUBECONFIG"]?.split(delimiter).find((part) => part !== "") ??
    join(homedir(), ".kube", "config");
  const text = readKubeconfig(path);
  const config = load(text) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config["current-context"])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  if (cluster === undefined) {
    throw new EnvtestStartFailedError(
      "USE_EXISTING_CLUSTER is set, but the kubeconfig has no current context",
      [],
    );
  }
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  return {
    url: cluster.server,
    caData: readCa(cluster, path),
    kubeconfig: text,
    adminToken: user?.token,
    kubectlPath,
    issueClientCertificate: undefined,
    stop: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function readKubeconfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = `USE_EXISTING_CLUSTER is set, but ${path} cannot be read: set KUBECONFIG`;
    throw new EnvtestStartFailedError(reason, [], { cause });
  }
}

function readCa(cluster: ClusterEntry, kubeconfigPath: string): string {
  const inline = cluster["certificate-authority-data"];
  if (inline !== undefined) return Buffer.from(inline, "base64").toString("utf8");
  const file = cluster["certificate-authority"];
  return file === undefined ? "" : readFileSync(resolve(dirname(kubeconfigPath), file), "utf8");
}
