import {
  type CallOptions,
  type Clock,
  type ClusterSearch,
  DeadlineExceededError,
  type FoundVirtualMachine,
  isNotFound,
  type KubernetesObject,
  type ObjectKey,
  pathOf,
  type RemoteClient,
  VirtualMachine,
} from "@kvop/core";

import { abortable } from "../link/abortable.js";
import { SignalFan } from "../link/signal-fan.js";

/** A cluster that can be asked. */
export interface SearchedCluster {
  readonly client: RemoteClient;
  /** UID of its `kube-system`, where it may be read. */
  readonly clusterUid: string | undefined;
}

/** Settings of {@link searchVirtualMachine}. */
export interface SearchOptions extends CallOptions {
  /** Clusters asked at once. */
  readonly concurrency: number;
  /** Milliseconds for the whole search: what has not answered by then could not be asked. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const METADATA_ONLY =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/**
 * Asks all clusters in parallel whether they have a VirtualMachine, for its metadata alone. A cluster that gives anything but
 * the object or a 404, or nothing in time, is unreachable: it was not asked.
 */
export async function searchVirtualMachine(
  key: ObjectKey,
  configNames: readonly string[],
  connect: (configName: string, call: CallOptions) => Promise<SearchedCluster>,
  options: SearchOptions,
): Promise<ClusterSearch> {
  const { signal, timeoutMs, clock } = options;
  const found: FoundVirtualMachine[] = [];
  const unanswered = new Set(configNames);
  const fan = new SignalFan(signal);
  const late = new DeadlineExceededError({ cluster: "search", timeoutMs, phase: "search" });
  const timer = clock.setTimer(() => fan.abort(late), timeoutMs);
  const ask = async (configName: string): Promise<void> => {
    const call = { signal: fan.fork() };
    try {
      const cluster = await connect(configName, call);
      const virtualMachineUid = await readUid(cluster.client, key, call);
      unanswered.delete(configName);
      if (virtualMachineUid !== undefined)
        found.push({ configName, clusterUid: cluster.clusterUid, virtualMachineUid });
    } catch {
      // It stays among those that did not answer.
    }
  };
  const waiting = [...configNames];
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await ask(name);
  };
  const workers = Array.from({ length: Math.min(options.concurrency, waiting.length) }, worker);
  try {
    signal?.throwIfAborted();
    // Whatever ignores the signal is not waited for either.
    const wait = { signal: fan.fork(), clock, cluster: "search", phase: "search" };
    await abortable(Promise.all(workers), wait).catch(() => undefined);
    signal?.throwIfAborted();
  } finally {
    timer.cancel();
    fan[Symbol.dispose]();
  }
  return { found: [...found], unreachable: [...unanswered].sort() };
}

async function readUid(
  client: RemoteClient,
  key: ObjectKey,
  call: CallOptions,
): Promise<string | undefined> {
  try {
    const path = pathOf(VirtualMachine, key);
    const { body } = await client.request({
      method: "GET",
      path,
      accept: METADATA_ONLY,
      resource: VirtualMachine.plural,
      signal: call.signal,
    });
    return ((body ?? {}) as KubernetesObject).metadata?.uid ?? "";
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The API server says that there is no such object, or no such API; an ingress without a backend answers 404 as well. */
function isAbsent(error: unknown): boolean {
  if (!isNotFound(error)) return false;
  return error.status.kind === "Status" || error.message.includes("404 page not found");
}
