import { KvopError, type KvopErrorOptions } from "@kvop/core";

/** A process of {@link startEnvtest} ended early or did not become ready in time. */
export class EnvtestStartFailedError extends KvopError {
  readonly code = "EnvtestStartFailed";
  readonly isRetryable = true;

  constructor(
    reason: string,
    /** The last lines of the processes' output, without credentials. */
    readonly lastLogLines: readonly string[],
    options: KvopErrorOptions = {},
  ) {
    const log = lastLogLines.length === 0 ? "" : `\nLast output:\n${lastLogLines.join("\n")}`;
    super(
      `The envtest control plane did not start: ${reason}. Set KUBEBUILDER_CONTROLPLANE_START_TIMEOUT (such as 60s) on a slow machine.${log}`,
      options,
    );
  }
}
