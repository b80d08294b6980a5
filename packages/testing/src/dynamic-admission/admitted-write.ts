import type { UserInfo } from "../authentication/authenticate.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject } from "../schema/json.js";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A write as webhooks and policies are told of it. */
export interface AdmittedWrite {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly resource: ServedResource;
  readonly subresource: string;
  /** Of the object: `Scale` for a scale subresource. */
  readonly kind: GroupVersionKind;
  readonly namespace: string;
  /** Empty while the server has not named the object. */
  readonly name: string;
  /** Undefined for DELETE. */
  readonly object: JsonObject | undefined;
  readonly old: JsonObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** `CreateOptions` and so on; undefined for CONNECT. */
  readonly options: JsonObject | undefined;
  readonly warn: (text: string) => void;
  readonly context: ServerContext;
}
