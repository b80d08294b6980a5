import { hasErrorCode, KvopError, type KvopErrorOptions } from "@kvop/core";

/** The supervisor does not serve a resource that the operator needs, or does not let it be listed. */
export class SupervisorNotReadyError extends KvopError {
  readonly code = "SupervisorNotReady";
  readonly isRetryable = false;
  /** Plural and group, as CustomResourceDefinitions are named. */
  readonly resource: string;
  readonly problem: "missing" | "forbidden";

  constructor(
    fields: { readonly resource: string; readonly problem: "missing" | "forbidden" },
    options: KvopErrorOptions = {},
  ) {
    const { resource, problem } = fields;
    super(
      problem === "missing"
        ? `The supervisor does not serve ${resource}. Install its CustomResourceDefinition, or point the kubeconfig at the supervisor cluster.`
        : `The supervisor does not let ${resource} be listed with these credentials. Allow the verbs get, list and watch in a ClusterRole of this user.`,
      options,
    );
    this.resource = resource;
    this.problem = problem;
  }

  static override isInstance(error: unknown): error is SupervisorNotReadyError {
    return hasErrorCode(error, "SupervisorNotReady");
  }
}
