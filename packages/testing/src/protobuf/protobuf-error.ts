import { hasErrorCode, KvopError, type KvopErrorOptions } from "@kvop/core";

/** Bytes that are not a Kubernetes object in protobuf, or an object that protobuf cannot hold. */
export class ProtobufError extends KvopError {
  readonly code = "ProtobufInvalid";
  readonly isRetryable = false;
  /** The fault alone, in the words of the real server: `unexpected EOF`. */
  readonly problem: string;

  constructor(
    fields: {
      readonly problem: string;
      /** The message of the real server's answer. Default: the problem. */
      readonly message?: string | undefined;
    },
    options: KvopErrorOptions = {},
  ) {
    super(fields.message ?? fields.problem, options);
    this.problem = fields.problem;
  }

  static override isInstance(error: unknown): error is ProtobufError {
    return hasErrorCode(error, "ProtobufInvalid");
  }
}
