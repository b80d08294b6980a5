import { hasErrorCode, type KvopErrorOptions } from "./kvop-error.js";
import { TransportError } from "./transport-error.js";

/** What answered is no Kubernetes API server, or the answer was damaged. */
export class UnexpectedResponseError extends TransportError {
  readonly code = "UnexpectedResponse";
  readonly isRetryable = false;
  /** Name of the client: the config's name, or `supervisor`. */
  readonly cluster: string;
  readonly httpStatus: number;
  readonly problem: string;

  constructor(
    fields: { readonly cluster: string; readonly httpStatus: number; readonly problem: string },
    options: KvopErrorOptions = {},
  ) {
    super(
      `Cluster "${fields.cluster}" gave an answer that no Kubernetes API server gives: ${fields.problem} (status ${fields.httpStatus}). Check that the kubeconfig's server is the API server and no proxy or login page.`,
      options,
    );
    this.cluster = fields.cluster;
    this.httpStatus = fields.httpStatus;
    this.problem = fields.problem;
  }

  static override isInstance(error: unknown): error is UnexpectedResponseError {
    return hasErrorCode(error, "UnexpectedResponse");
  }
}
