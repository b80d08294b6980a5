import type { UserInfo } from "../authentication/authenticate.js";
import type { Encoding } from "./negotiate.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { AnswerWire, DoorConnection } from "./door-connection.js";

/** A request to the API server, whichever door it came through. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded path segments, without empty ones. */
  readonly path: readonly string[];
  /** Whether a slash follows the last segment: some paths are another one then. Default: false. */
  readonly endsInSlash?: boolean | undefined;
  readonly query: URLSearchParams;
  /** The body as a value: of a request from this process, and for handlers of their own. */
  readonly body: JsonValue | undefined;
  /** The body as it came over the wire; `body` is undefined then. */
  readonly bytes?: Uint8Array | undefined;
  readonly contentType: string;
  readonly accept: string;
  readonly userAgent: string;
  /** What the request is called in the audit log and in the answer's `Audit-Id`. Undefined: it never left the process. */
  readonly auditId?: string | undefined;
  /** Of which state the client has a copy. Default: of none. */
  readonly ifNoneMatch?: string | undefined;
  readonly user: UserInfo;
  /** Who authenticated, when it acts as somebody else. */
  readonly impersonatedBy?: UserInfo | undefined;
  /** The connection that the request came over. Undefined: it never left the process. */
  readonly connection?: DoorConnection | undefined;
  /** Whether nobody waits for the answer any more. */
  readonly isAbandoned?: (() => boolean) | undefined;
  /** Why the door could not take the request in (no user, a broken body): this is then the answer. */
  readonly refusal?: ApiResponse | undefined;
}

/** What the server answers: a JSON value, a text, an open watch, or bytes of its own, which only the HTTPS door can carry. */
export type ApiResponse =
  | {
      readonly type: "json";
      readonly status: number;
      readonly body: JsonValue;
      /** The body as JSON, where parts of it are written already; it counts for that very body only. */
      readonly written?: { readonly of: JsonValue; readonly bytes: () => WrittenBytes } | undefined;
      readonly headers?: Readonly<Record<string, string>>;
      /** Default: `json`. */
      readonly encoding?: Encoding;
      readonly isPretty?: boolean;
    }
  | {
      readonly type: "text";
      readonly status: number;
      /** Bytes: of a form that neither JSON nor Kubernetes' protobuf is. */
      readonly body: string | Uint8Array;
      /** Default: plain text. */
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: "watch";
      /** Default: `json`. */
      readonly encoding?: Encoding;
      readonly headers?: Readonly<Record<string, string>>;
      readonly open: OpenWatch;
    }
  | {
      readonly type: "raw";
      /** For records; 0 when no answer leaves. */
      readonly status: number;
      readonly write: (wire: AnswerWire) => void;
    };

/** A body as bytes. */
export interface WrittenBytes {
  readonly bytes: Uint8Array;
  /** Called when they have left; they may change from then on. */
  readonly release?: (() => void) | undefined;
}

/**
 * Opens a watch: `send` gets each line, `close` is called when the server ends it, with an error when its connection is to be
 * lost. What it returns stops it.
 */
export type OpenWatch = (
  send: (line: WatchLine) => void,
  close: (error?: Error) => void,
) => () => void;

/** One line of a watch. */
export interface WatchLine {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: JsonObject;
}
