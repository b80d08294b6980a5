import { isForbidden, isNotFound, Namespace, type RemoteClient } from "@kvop/core";

/**
 * The identity of the cluster behind each client: the UID of its `kube-system` namespace. Read once a client; a rotated
 * Secret gives a new client, whose cluster is then looked at anew.
 */
export class ClusterIdentities {
  readonly #known = new WeakMap<RemoteClient, string>();

  /** The UID, or undefined where `kube-system` is absent or may not be read. */
  async read(
    client: RemoteClient,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string | undefined> {
    const known = this.#known.get(client);
    if (known !== undefined) return known;
    try {
      const namespace = await client.get(Namespace, { name: "kube-system" }, options);
      const uid = namespace.metadata?.uid;
      if (uid !== undefined) this.#known.set(client, uid);
      return uid;
    } catch (error) {
      if (isNotFound(error) || isForbidden(error)) return undefined;
      throw error;
    }
  }
}
