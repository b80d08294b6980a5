/** The verbs of the Kubernetes API, as they appear in RBAC rules, audit logs and metrics. */
export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "apply"
  | "delete"
  | "deletecollection";

/** One request to a Kubernetes API server, before it has a connection. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path, already encoded, without query. */
  readonly path: string;
  /** Names and values, not yet encoded, in order. */
  readonly query?: ReadonlyArray<readonly [name: string, value: string]> | undefined;
  /** The JSON value to send. The transport must not change it and must not keep it after the answer. */
  readonly body?: unknown;
  /** Content type of the body. Default: `application/json`. */
  readonly contentType?: string | undefined;
  /** Value of the `Accept` header. Default: `application/json`. */
  readonly accept?: string | undefined;
  /** For metrics, faults and audit. */
  readonly verb: Verb;
  /** Plural and subresource, as in RBAC (`machines`, `machines/status`); empty for a path that is no resource. */
  readonly resource: string;
  readonly signal?: AbortSignal | undefined;
  /** From the call until the whole answer is there. 0: no deadline (watches). The transport keeps it. */
  readonly timeoutMs: number;
}

/** An answer, whatever its status. */
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; a string when the answer is text; undefined when it is empty. The receiver owns it. */
  readonly body: unknown;
}

/** An open watch. */
export interface TransportStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** One parsed JSON value a line, when `status` is 200. Leaving the loop early closes the stream. */
  readonly events: AsyncIterable<unknown>;
  /** The parsed body when `status` is not 200. */
  readonly body: unknown;
}

/**
 * How requests reach an API server: over HTTPS, or within the process. A transport resolves for every status and
 * rejects only when there is no usable answer, with one of the classes of `@kvop/core` derived from `TransportError`,
 * or with the signal's reason when the caller aborted.
 */
export interface Transport extends AsyncDisposable {
  request(request: TransportRequest): Promise<TransportResponse>;
  stream(request: TransportRequest): Promise<TransportStream>;
}
