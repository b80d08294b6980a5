import { partition } from "../store/sorted-objects.js";
import { type FieldError, forbidden, notSupported } from "../schema/field-error.js";
import { isJsonObject, type JsonObject } from "../schema/json.js";
import { scanGoJson } from "./go-json-scanner.js";
import { inVersion } from "./in-version.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { nameSelected, parseFieldSelector } from "./field-selector.js";
import { parseLabelSelector } from "./label-selector.js";
import type { Selector } from "./selector.js";
import type { ServerContext } from "./server-context.js";

/** One page of a list. */
export interface Page {
  readonly objects: readonly JsonObject[];
  readonly meta: JsonObject;
}

interface ContinueToken {
  readonly v: "meta.k8s.io/v1";
  readonly rv: number;
  readonly start: string;
}

/** Which objects a list, watch or deletecollection means. */
export function selectorOf(
  resource: ServedResource,
  namespace: string,
  query: URLSearchParams,
): Selector {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", resource);
  const hasFields = (query.get("fieldSelector") ?? "") !== "";
  return (object) => {
    const metadata = object["metadata"] as JsonObject;
    return (
      (namespace === "" || metadata["namespace"] === namespace) &&
      labels(object) &&
      (!hasFields || fields(inVersion(object, resource)))
    );
  };
}

/** A page of a resource's objects at one consistent version. */
export function listObjects(
  resource: ServedResource,
  namespace: string,
  query: URLSearchParams,
  context: ServerContext,
): Page {
  const selects = selectorOf(resource, namespace, query);
  const limit = parseInteger(query.get("limit"));
  parseInteger(query.get("timeoutSeconds"));
  const token = readContinueToken(query.get("continue"));
  const asked = parseVersion(query.get("resourceVersion"));
  const match = query.get("resourceVersionMatch");
  checkVersionMatch(query, match, asked, token);
  if (asked !== undefined && asked > context.store.version)
    throw refuse.futureVersion(asked, context.store.version);
  const version = token?.rv ?? (match === "Exact" ? asked : undefined);
  const snapshot =
    version === undefined
      ? context.store.list(resource.storageKey)
      : context.store.listAt(resource.storageKey, version);
  if (snapshot === undefined) {
    throw refuse.expired(
      token === undefined
        ? `The resourceVersion for the provided list is too old.`
        : "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
    );
  }
  const hasSelector =
    (query.get("labelSelector") ?? "") !== "" || (query.get("fieldSelector") ?? "") !== "";
  const range = rangeOf(snapshot.objects, resource, namespace, query, token?.start);
  const page = pageOf(snapshot.objects, { ...range, limit, selects, counts: !hasSelector });
  const { next } = page;
  return {
    objects: page.objects.map((object) => inVersion(object, resource)),
    meta: {
      resourceVersion: String(snapshot.version),
      ...(next === undefined
        ? {}
        : { continue: writeContinueToken(snapshot.version, positionOf(next)) }),
      ...(next === undefined || hasSelector ? {} : { remainingItemCount: page.remaining }),
    },
  };
}

/**
 * Where in sorted objects those are that can be meant: of a namespace, or the one of a name.
 *
 * @param start where the last page ended.
 */
export function rangeOf(
  objects: readonly JsonObject[],
  resource: ServedResource,
  namespace: string,
  query: URLSearchParams,
  start = "",
): { readonly from: number; readonly to: number } {
  const indexOf = (position: string): number =>
    partition(objects.length, (index) => positionOf(objects[index] as JsonObject) < position);
  const name = nameSelected(query.get("fieldSelector") ?? "");
  const isOne = name !== undefined && (namespace !== "" || !resource.namespaced);
  // The character that comes first ends a name; "0" is the character after "/".
  const [first, end] = isOne
    ? [`${namespace}/${name}`, `${namespace}/${name}\0`]
    : namespace === ""
      ? ["", undefined]
      : [`${namespace}/`, `${namespace}0`];
  const from = start < first ? first : start;
  return {
    from: from === "" ? 0 : indexOf(from),
    to: end === undefined ? objects.length : indexOf(end),
  };
}

/** The selected objects of a range, so many at most, and the one after them. */
function pageOf(
  all: readonly JsonObject[],
  options: {
    readonly from: number;
    readonly to: number;
    readonly limit: number;
    readonly selects: Selector;
    /** Whether everything in the range is selected, so that the rest can be counted without looking. */
    readonly counts: boolean;
  },
): { objects: JsonObject[]; next: JsonObject | undefined; remaining: number } {
  const { from, to, limit, selects, counts } = options;
  const objects: JsonObject[] = [];
  for (let index = from; index < to; index += 1) {
    const object = all[index] as JsonObject;
    if (!counts && !selects(object)) continue;
    if (limit > 0 && objects.length === limit)
      return { objects, next: object, remaining: to - index };
    objects.push(object);
  }
  return { objects, next: undefined, remaining: 0 };
}

/** A resourceVersion in a query: undefined when absent. */
export function parseVersion(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d+$/.test(text)) {
    throw refuse.badRequest(`invalid resource version: ${versionProblem(text)}`);
  }
  return Number(text);
}

/** A whole number in a query; 0 when absent. @throws ApiError BadRequest */
export function parseInteger(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^[+-]?\d+$/.test(text)) {
    throw refuse.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** Of a read of one object: a version that is not there yet. */
export function checkReadVersion(query: URLSearchParams, context: ServerContext): void {
  const text = query.get("resourceVersion") ?? "";
  if (text === "") return;
  if (!/^\d+$/.test(text)) throw refuse.internal(versionProblem(text));
  const asked = Number(text);
  if (asked > context.store.version) throw refuse.futureVersion(asked, context.store.version);
}

/** What is wrong with a text that is no version. */
export function versionProblem(text: string): string {
  return `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
}

function checkVersionMatch(
  query: URLSearchParams,
  match: string | null,
  asked: number | undefined,
  token: ContinueToken | undefined,
): void {
  if (token !== undefined && asked !== undefined && asked !== 0) {
    throw refuse.badRequest("specifying resource version is not allowed when using continue");
  }
  const errors = matchErrors(query, match ?? "", asked);
  if (errors.length > 0) throw refuse.invalidListOptions(errors);
}

function matchErrors(
  query: URLSearchParams,
  match: string,
  asked: number | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if (query.get("sendInitialEvents") !== null) {
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (match === "") return errors;
  const field = "resourceVersionMatch";
  if ((query.get("resourceVersion") ?? "") === "") {
    errors.push(
      forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
    );
  }
  if ((query.get("continue") ?? "") !== "") {
    errors.push(forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    errors.push(notSupported(field, match, ["Exact", "NotOlderThan", ""]));
  }
  if (match === "Exact" && asked === 0) {
    errors.push(
      forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    );
  }
  return errors;
}

function positionOf(object: JsonObject): string {
  const { namespace = "", name = "" } = object["metadata"] as { namespace?: string; name?: string };
  return `${namespace}/${name}`;
}

function writeContinueToken(rv: number, start: string): string {
  return Buffer.from(
    JSON.stringify({ v: "meta.k8s.io/v1", rv, start } satisfies ContinueToken),
  ).toString("base64url");
}

function readContinueToken(text: string | null): ContinueToken | undefined {
  if (text === null || text === "") return undefined;
  const decoded = Buffer.from(text, "base64url");
  let token: unknown;
  try {
    token = JSON.parse(decoded.toString("utf8"));
  } catch {
    // Go looks at bytes: a broken one shows as the character of that number.
    const problem = scanGoJson(decoded.toString("latin1")).error ?? "";
    throw refuse.badRequest(`invalid continue token: continue key is not valid: ${problem}`);
  }
  const { v, rv, start } = (isJsonObject(token) ? token : {}) as {
    v?: unknown;
    rv?: unknown;
    start?: unknown;
  };
  if (v !== "meta.k8s.io/v1") {
    throw refuse.badRequest(
      `invalid continue token: continue key is not valid: server does not recognize this encoded version "${String(v ?? "")}"`,
    );
  }
  if (typeof rv === "number" && typeof start === "string" && start !== "") return { v, rv, start };
  throw refuse.badRequest(
    "invalid continue token: continue key is not valid: incorrect encoded start key",
  );
}
