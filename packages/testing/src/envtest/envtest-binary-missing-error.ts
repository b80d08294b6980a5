import { KvopError } from "@kvop/core";

/** A binary that {@link startEnvtest} needs is not there. */
export class EnvtestBinaryMissingError extends KvopError {
  readonly code = "EnvtestBinaryMissing";
  readonly isRetryable = false;

  constructor(
    /** Such as `kube-apiserver`. */
    readonly binary: string,
    /** Where it was looked for. */
    readonly path: string,
    variable: string,
  ) {
    super(
      `${binary} was not found at ${path}. Set KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd (setup-envtest downloads one), or ${variable} to the file itself.`,
    );
  }
}
