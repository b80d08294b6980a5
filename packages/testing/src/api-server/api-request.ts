import type { UserInfo } from "../authentication/authenticate.js";
import type { JsonObject, JsonValue } from "../schema/json.js";

/** A request to the API server, whichever door it came through. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded path segments, without empty ones. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: JsonValue | undefined;
  readonly contentType: string;
  readonly accept: string;
  readonly userAgent: string;
  readonly user: UserInfo;
}

/** What the server answers: a JSON value, a text, or an open watch. */
export type ApiResponse =
  | {
      readonly type: "json";
      readonly status: number;
      readonly body: JsonValue;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly type: "text"; readonly status: number; readonly body: string }
  | {
      readonly type: "watch";
      readonly open: (send: (event: WatchLine) => void, close: () => void) => () => void;
    };

/** One line of a watch. */
export interface WatchLine {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: JsonObject;
}
