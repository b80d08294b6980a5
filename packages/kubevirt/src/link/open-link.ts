import {
  type Clock,
  ClusterIdentityChangedError,
  createClusterClient,
  type OwnedClient,
  type Random,
  type RemoteClient,
} from "@kvop/core";

import type { KubeconfigSource } from "../configs/config-reader.js";
import type { ClusterConnection } from "../policy/cluster-connection.js";
import type { KubeconfigPolicy } from "../policy/kubeconfig-policy.js";
import { nameKubeconfigError } from "./name-kubeconfig-error.js";
import { parseKubeconfig } from "../policy/parse-kubeconfig.js";
import { checkedLookup } from "../transport/checked-lookup.js";
import type { TransportObserver } from "../transport/transport-observer.js";
import { createUndiciTransport } from "../transport/undici-transport.js";
import { abortable } from "./abortable.js";
import { checkConnection } from "./check-connection.js";
import { ClusterLink } from "./cluster-link.js";

/** Opens a client of a cluster; by default over HTTPS. */
export type Connect = (
  connection: ClusterConnection,
  options: { readonly name: string; readonly signal: AbortSignal },
) => Promise<RemoteClient | OwnedClient<RemoteClient>>;

/** How links are opened. */
export interface LinkSettings {
  readonly policy?: KubeconfigPolicy | undefined;
  readonly connect?: Connect | undefined;
  readonly probeTimeoutMs: number;
  readonly connectTimeoutMs?: number | undefined;
  readonly maxResponseBytes?: number | undefined;
  readonly requestsPerSecond?: number | undefined;
  readonly burst?: number | undefined;
  /** Who is told what the transport to a cluster does. */
  readonly observerOf: (configName: string, server: string) => TransportObserver;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes a connection to a cluster and checks it; closes it when it is not what it should be.
 *
 * @param expectedUid Identity that the cluster must have, where it may be read.
 * @throws KubeconfigRefusedError, KubeconfigInvalidError, TransportError, ApiError, ClusterIdentityChangedError
 */
export async function openLink(
  configName: string,
  source: KubeconfigSource,
  settings: LinkSettings,
  options: { readonly expectedUid?: string | undefined; readonly signal: AbortSignal },
): Promise<ClusterLink> {
  const { signal, expectedUid } = options;
  const { clock } = settings;
  const connection = readConnection(configName, source, settings);
  const { client, endWatches } = await connectInTime(connection, settings, { configName, signal });
  try {
    const clusterUid = await checkConnection(client, {
      signal,
      timeoutMs: settings.probeTimeoutMs,
    });
    if (expectedUid !== undefined && clusterUid !== undefined && clusterUid !== expectedUid) {
      throw new ClusterIdentityChangedError({ configName, expectedUid, actualUid: clusterUid });
    }
    const { fingerprint } = source;
    return new ClusterLink({ client, connection, fingerprint, clusterUid, clock, endWatches });
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

function readConnection(
  configName: string,
  source: KubeconfigSource,
  { policy, clock }: LinkSettings,
): ClusterConnection {
  try {
    return parseKubeconfig(source.text, policy, { clock });
  } catch (error) {
    throw nameKubeconfigError(error, configName);
  }
}

/** A client, and what ends its watches alone where it can do that. */
interface Connected {
  readonly client: OwnedClient<RemoteClient>;
  readonly endWatches?: ((reason: Error) => Promise<void>) | undefined;
}

/** A way to connect that hangs, or takes no notice of the signal, is not waited for; what it gives later is closed. */
async function connectInTime(
  connection: ClusterConnection,
  settings: LinkSettings,
  call: { readonly configName: string; readonly signal: AbortSignal },
): Promise<Connected> {
  const { configName, signal } = call;
  const { connect, clock, connectTimeoutMs, probeTimeoutMs } = settings;
  if (connect === undefined) return connectByHttps(connection, configName, settings);
  const connecting = connect(connection, { name: configName, signal });
  const timeoutMs = connectTimeoutMs ?? probeTimeoutMs;
  const wait = { signal, timeoutMs, clock, cluster: configName, phase: "connect" };
  try {
    return { client: asOwned(await abortable(connecting, wait)) };
  } catch (error) {
    connecting.then((late) => asOwned(late)[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
}

/** It dials nothing yet: the check does. */
function connectByHttps(
  connection: ClusterConnection,
  name: string,
  settings: LinkSettings,
): Connected {
  const { clock, random, policy = {}, maxResponseBytes, requestsPerSecond, burst } = settings;
  const transport = createUndiciTransport(connection, {
    name,
    clock,
    random,
    connectTimeoutMs: settings.connectTimeoutMs ?? settings.probeTimeoutMs,
    maxResponseBytes,
    requestsPerSecond,
    burst,
    observer: settings.observerOf(name, connection.server),
    lookup: checkedLookup(policy),
  });
  return {
    client: createClusterClient(transport, { role: "cluster", name, clock }),
    endWatches: (reason) => transport.endWatches(reason),
  };
}

function asOwned(client: RemoteClient | OwnedClient<RemoteClient>): OwnedClient<RemoteClient> {
  if (Symbol.asyncDispose in client) return client;
  // What nobody disposes of belongs to whoever handed it in. Methods run on the object itself, which may have private parts.
  return new Proxy(client as OwnedClient<RemoteClient>, {
    get: (target, property) => {
      if (property === Symbol.asyncDispose) return () => Promise.resolve();
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
