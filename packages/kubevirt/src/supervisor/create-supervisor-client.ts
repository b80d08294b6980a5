import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import {
  type Clock,
  createClusterClient,
  KubeconfigInvalidError,
  type OwnedClient,
  type Random,
  type SupervisorClient,
  systemClock,
} from "@kvop/core";

import type { TransportObserver } from "../transport/transport-observer.js";
import { createUndiciTransport } from "../transport/undici-transport.js";
import { readInClusterConnection } from "./read-in-cluster-connection.js";
import { readTrustedKubeconfig } from "./read-trusted-kubeconfig.js";
import { rotatingConnection } from "./rotating-connection.js";
import type { ReadSupervisor } from "./supervisor-connection.js";

/** Settings of {@link createSupervisorClient}. */
export interface SupervisorClientOptions {
  /** Default: the files of the environment variable `KUBECONFIG`, then the Pod's service account, then `~/.kube/config`. */
  readonly kubeconfigPath?: string | undefined;
  /** Context to use. Default: `current-context`. */
  readonly context?: string | undefined;
  /** Where kubelet mounts the Pod's service account. Default: `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly serviceAccountFolder?: string | undefined;
  /** Part of the program that speaks, for the `User-Agent`. Default: `supervisor`. */
  readonly component?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default: 50. */
  readonly requestsPerSecond?: number | undefined;
  /** Default: 100. */
  readonly burst?: number | undefined;
  /** Largest answer that is read. Default: 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Is told of requests, repetitions, dials and watches, for metrics. */
  readonly observer?: TransportObserver | undefined;
}

/**
 * A client of the supervisor cluster by the owner's own kubeconfig, which is trusted: files that it names are read, a
 * program that it names (`exec`) is run. It sends nothing yet. A token, CA or client certificate is read again as it rotates. Dispose of the client to close its connections.
 *
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export async function createSupervisorClient(
  options: SupervisorClientOptions = {},
): Promise<OwnedClient<SupervisorClient>> {
  const { clock = systemClock } = options;
  const read = await findSupervisor(options, clock);
  const initial = await read();
  const transport = createUndiciTransport(initial.connection, {
    ...options,
    name: "supervisor",
    component: options.component ?? "supervisor",
    readConnection:
      initial.refreshAfterMs === undefined ? undefined : rotatingConnection(initial, read, clock),
  });
  return createClusterClient(transport, { role: "supervisor", name: "supervisor", clock });
}

async function findSupervisor(
  options: SupervisorClientOptions,
  clock: Clock,
): Promise<ReadSupervisor> {
  const { context, kubeconfigPath } = options;
  if (kubeconfigPath !== undefined)
    return readTrustedKubeconfig([kubeconfigPath], { clock, context });
  const paths = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (paths.length > 0) return readTrustedKubeconfig(paths, { clock, context });
  const host = process.env["KUBERNETES_SERVICE_HOST"];
  const port = process.env["KUBERNETES_SERVICE_PORT"];
  if (host !== undefined && port !== undefined)
    return readInClusterConnection({ host, port, clock, folder: options.serviceAccountFolder });
  const home = join(homedir(), ".kube", "config");
  try {
    await access(home);
  } catch {
    throw new KubeconfigInvalidError({
      problem:
        "there is none: set KUBECONFIG, pass kubeconfigPath, or run in a Pod with a service account",
    });
  }
  return readTrustedKubeconfig([home], { clock, context });
}
