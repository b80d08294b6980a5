/** What came back for one request, after normalising. */
export interface Answer {
  readonly request: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, text, or the events of a watch. */
  readonly body: unknown;
}

/**
 * One request. `{ns}` is the case's own namespace, `{id}` a name that belongs to the case alone, `{anything}` a captured
 * value; they are replaced in the path, the query, the headers and all texts of the body.
 */
export interface Step {
  /** Default: GET. */
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text and bytes as they are; a function makes the bytes when they are sent. */
  readonly body?: unknown;
  /** Default: `application/json` when there is a body. */
  readonly contentType?: string;
  /** Who asks. Default: the administrator. `nobody` sends no credential, `stranger` a wrong token. */
  readonly as?:
    | "nobody"
    | "stranger"
    | { readonly user: string; readonly groups?: readonly string[] };
  /** Default: HTTP/1.1. The answer then has the protocol that was agreed on among its headers, as `:protocol`. */
  readonly protocol?: "HTTP/2";
  /** Headers of the answer that are compared beside those of every answer. */
  readonly comparedHeaders?: readonly string[];
  /** Names for headers of the answer, for use in later steps. */
  readonly captureHeaders?: Readonly<Record<string, string>>;
  /** Names for parts of the body (`metadata.uid`), for use in later steps. */
  readonly capture?: Readonly<Record<string, string>>;
  /** Repeats the request until this holds, at most ten seconds; the last answer counts. */
  readonly until?: (body: never, status: number) => boolean;
  /** Reads the answer as a watch: ends after so many events, or with the stream. */
  readonly events?: number;
  /** Requests that are sent once the watch is open. */
  readonly during?: readonly Step[];
  /** The part of the body that is compared, where the whole says too much. */
  readonly select?: (body: never) => unknown;
  /** Sent, but not compared: preparation that other cases judge. */
  readonly quiet?: boolean;
}

export interface ConformanceCase {
  readonly name: string;
  /** False for a case that needs no namespace of its own. Default: true. */
  readonly namespace?: boolean;
  readonly steps: readonly Step[];
}

export interface Topic {
  readonly name: string;
  /** Whether a controller manager has to run beside the server: namespace deletion and garbage collection. Default: false. */
  readonly hasControllers?: boolean;
  readonly cases: readonly ConformanceCase[];
}
