/** What every state says. */
interface ClusterStateFacts {
  /** Name of the KubevirtConfig. */
  readonly configName: string;
  /** Wall time, in milliseconds since 1970, of the last change of `type` or `reason`. */
  readonly changedAtMs: number;
  /** One word in CamelCase that says why: for metrics, alerts and code. */
  readonly reason: string;
  /** A sentence for people. It never holds a credential. */
  readonly message: string;
  /** UID of the KubevirtConfig, once it was seen. */
  readonly configUid?: string | undefined;
  /** UID of the cluster's `kube-system`, where it may be read. */
  readonly clusterUid?: string | undefined;
  /** Wall time, in milliseconds since 1970, at which the credentials in use end, where they say so. */
  readonly credentialExpiresAtMs?: number | undefined;
  /** How the kubeconfig's Secret is followed: `polling` where it may not be watched. */
  readonly secretMode?: "watching" | "polling" | undefined;
}

/**
 * What is known of a cluster.
 *
 * - `unknown`: not used yet, or nothing could be found out (the supervisor does not answer).
 * - `connecting`: the first connection is being made, or a cluster that was down has answered once.
 * - `ready`: it answers.
 * - `degraded`: it answers, but writes fail in its webhooks (`WritesFailing`), it calls itself not ready (`NotReady`), or newer
 *   credentials in the Secret cannot be used (`NewCredentialsRefused`).
 * - `unreachable`: it does not answer. It is tried again by itself.
 * - `refused`: it, or the policy, does not accept the config: somebody has to change something.
 * - `removed`: the KubevirtConfig was deleted. The last state of a config.
 */
export type ClusterState = ClusterStateFacts &
  (
    | { readonly type: "unknown" | "connecting" | "ready" | "removed" }
    | {
        readonly type: "degraded" | "unreachable" | "refused";
        /** The failure behind it. */
        readonly error: Error;
      }
  );

/** The types of a {@link ClusterState}. */
export const CLUSTER_STATE_TYPES = [
  "unknown",
  "connecting",
  "ready",
  "degraded",
  "unreachable",
  "refused",
  "removed",
] as const satisfies ReadonlyArray<ClusterState["type"]>;
