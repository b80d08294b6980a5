import {
  type CallOptions,
  type ClusterSearch,
  type FoundVirtualMachine,
  Namespace,
  type ObjectKey,
  type RemoteClient,
  VirtualMachine,
} from "@kvop/core";

/** Settings of {@link searchVirtualMachine}. */
export interface SearchOptions extends CallOptions {
  /** Clusters asked at once. */
  readonly concurrency: number;
}

/**
 * Asks all clusters in parallel whether they have a VirtualMachine. A cluster that gives anything but the object or a 404 is
 * unreachable: it was not asked.
 */
export async function searchVirtualMachine(
  key: ObjectKey,
  configNames: readonly string[],
  getClient: (configName: string, options: CallOptions) => Promise<RemoteClient>,
  options: SearchOptions,
): Promise<ClusterSearch> {
  const { signal, timeoutMs } = options;
  const found: FoundVirtualMachine[] = [];
  const unreachable: string[] = [];
  const ask = async (configName: string): Promise<void> => {
    try {
      const client = await getClient(configName, { signal, timeoutMs });
      const virtualMachine = await client.find(VirtualMachine, key, { signal, timeoutMs });
      if (virtualMachine === undefined) return;
      const clusterUid = await readClusterUid(client, { signal, timeoutMs });
      const virtualMachineUid = virtualMachine.metadata?.uid ?? "";
      found.push({ configName, clusterUid, virtualMachineUid });
    } catch {
      signal?.throwIfAborted();
      unreachable.push(configName);
    }
  };
  const waiting = [...configNames];
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await ask(name);
  };
  await Promise.all(
    Array.from({ length: Math.min(options.concurrency, configNames.length) }, worker),
  );
  return { found, unreachable: unreachable.sort() };
}

/** UID of a cluster's `kube-system`, its identity; undefined where it may not be read. */
export async function readClusterUid(
  client: RemoteClient,
  options: CallOptions = {},
): Promise<string | undefined> {
  try {
    const namespace = await client.find(Namespace, { name: "kube-system" }, options);
    return namespace?.metadata?.uid;
  } catch {
    options.signal?.throwIfAborted();
    return undefined;
  }
}
