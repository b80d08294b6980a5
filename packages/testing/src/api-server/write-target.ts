import type { UserInfo } from "../authentication/authenticate.js";
import { goQuote } from "../schema/go-format.js";
import type { JsonObject } from "../schema/json.js";
import { checkPathSegment } from "../schema/name-rules.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";

/** Where a write goes, and how. */
export interface WriteTarget {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string;
  readonly dryRun: boolean;
  /** `Ignore`, `Warn` or `Strict`. */
  readonly fieldValidation: string;
  /** As it was sent; empty when it was not. */
  readonly sentFieldValidation?: string | undefined;
  readonly user: UserInfo;
  /** Empty when the request names none. */
  readonly fieldManager: string;
  readonly userAgent: string;
  /** Size of the request's body; 0 for one from this process. */
  readonly bodyBytes: number;
  /** Whether the request is about a collection of which this object is one. */
  readonly isOfCollection?: boolean | undefined;
  /** Of an apply: take fields over from other managers. */
  readonly force: boolean;
}

/** The object as it is after a write, and what the server wants to remark. */
export interface Written {
  readonly object: JsonObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/** Under which key an object is stored: `namespace/name`, or `/name` for a cluster-scoped one. */
export function storeKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** The key of an object that a request names. @throws ApiError BadRequest for a name that no object can have. */
export function requestedKey(namespace: string, name: string): string {
  const problems = checkPathSegment(name);
  if (problems.length > 0) {
    throw refuse.badRequest(`Name parameter invalid: ${goQuote(name)}: ${problems.join(";")}`);
  }
  return storeKey(namespace, name);
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: ServedResource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Metadata of an object; empty when it has none that is an object. */
export function metadataOf(object: JsonObject): JsonObject {
  const metadata = object["metadata"];
  return typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)
    ? metadata
    : {};
}
