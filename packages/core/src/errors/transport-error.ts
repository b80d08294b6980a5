import { KvopError } from "./kvop-error.js";

const codes: ReadonlySet<string> = new Set([
  "ConnectionFailed",
  "DeadlineExceeded",
  "TlsFailed",
  "UnexpectedResponse",
  "ResponseTooLarge",
]);

/** There was no usable answer from the API server. Whether the request took effect is then unknown. */
export abstract class TransportError extends KvopError {
  /** Name of the client: the config's name, or `supervisor`. */
  abstract readonly cluster: string;

  static override isInstance(error: unknown): error is TransportError {
    return KvopError.isInstance(error) && codes.has(error.code);
  }
}
