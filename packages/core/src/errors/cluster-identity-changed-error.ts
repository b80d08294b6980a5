import { hasErrorCode, KvopError, type KvopErrorOptions } from "./kvop-error.js";

/** A KubevirtConfig now leads to another cluster than before. */
export class ClusterIdentityChangedError extends KvopError {
  readonly code = "ClusterIdentityChanged";
  readonly isRetryable = false;
  readonly configName: string;
  /** UID of `kube-system` as remembered. */
  readonly expectedUid: string;
  /** UID of `kube-system` as it is now. */
  readonly actualUid: string;

  constructor(
    fields: {
      readonly configName: string;
      readonly expectedUid: string;
      readonly actualUid: string;
    },
    options: KvopErrorOptions = {},
  ) {
    super(
      `KubevirtConfig "${fields.configName}" now leads to another cluster (its kube-system namespace has UID ${fields.actualUid}, it was ${fields.expectedUid}). Put the right kubeconfig back, or delete the KubevirtConfig and create it anew if the change is meant.`,
      options,
    );
    this.configName = fields.configName;
    this.expectedUid = fields.expectedUid;
    this.actualUid = fields.actualUid;
  }

  static override isInstance(error: unknown): error is ClusterIdentityChangedError {
    return hasErrorCode(error, "ClusterIdentityChanged");
  }
}
