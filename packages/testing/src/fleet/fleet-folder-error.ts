import { hasErrorCode, KvopError, type KvopErrorOptions } from "@kvop/core";

/** The folder for a fleet's kubeconfigs cannot be made or written to. */
export class FleetFolderError extends KvopError {
  readonly code = "FleetFolder";
  readonly isRetryable = false;
  readonly dir: string;

  constructor(
    fields: { readonly dir: string; readonly problem: string },
    options: KvopErrorOptions,
  ) {
    super(
      `The folder "${fields.dir}" cannot be used for kubeconfigs (${fields.problem}). Name one that can be made or written to.`,
      options,
    );
    this.dir = fields.dir;
  }

  static override isInstance(error: unknown): error is FleetFolderError {
    return hasErrorCode(error, "FleetFolder");
  }
}
