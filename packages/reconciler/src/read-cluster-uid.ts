import { isForbidden, isNotFound, Namespace, type RemoteClient } from "@kvop/core";

/**
 * The identity of the cluster behind a client: the UID of its `kube-system` namespace; undefined where that is absent or may
 * not be read. Asked for anew each time: the client stays the same object while its Secret comes to lead elsewhere.
 */
export async function readClusterUid(
  client: RemoteClient,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const namespace = await client.get(Namespace, { name: "kube-system" }, { signal });
    return namespace.metadata?.uid;
  } catch (error) {
    if (isNotFound(error) || isForbidden(error)) return undefined;
    throw error;
  }
}
