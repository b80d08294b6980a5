import { partition } from "../store/sorted-objects.js";
import type { JsonObject } from "../schema/json.js";
import { readContinueToken, writeContinueToken } from "./continue-token.js";
import { inVersion } from "./in-version.js";
import type { ListOptions } from "./list-options.js";
import { versionProblem } from "./query-values.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { everything, type Selector } from "./selector.js";
import type { ServerContext } from "./server-context.js";

/** One page of a list. */
export interface Page {
  readonly objects: readonly JsonObject[];
  readonly meta: JsonObject;
}

/** Which objects a list, watch or deletecollection means. */
export function selectorOf(
  resource: ServedResource,
  namespace: string,
  { labels, fields }: ListOptions,
): Selector {
  const hasFields = fields !== everything;
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
  options: ListOptions,
  context: ServerContext,
): Page {
  const { limit, isSelective } = options;
  const selects = selectorOf(resource, namespace, options);
  const { version, start } = placeOf(options, context);
  const prefix = prefixOf(resource, namespace);
  const snapshot =
    version === undefined
      ? context.store.list(resource.storageKey)
      : context.store.listAt(resource.storageKey, version);
  if (snapshot === undefined) {
    throw start === undefined
      ? refuse.expired("The resourceVersion for the provided list is too old.")
      : refuse.expiredContinue(writeContinueToken({ version: -1, start }));
  }
  const range = rangeOf(
    snapshot.objects,
    resource,
    namespace,
    options.name,
    start && prefix + start,
  );
  const page = pageOf(snapshot.objects, { ...range, limit, selects, counts: !isSelective });
  const { next } = page;
  return {
    objects: page.objects.map((object) => inVersion(object, resource)),
    meta: {
      resourceVersion: String(snapshot.version),
      ...(next === undefined
        ? {}
        : {
            continue: writeContinueToken({
              version: snapshot.version,
              start: positionOf(next).slice(prefix.length),
            }),
          }),
      ...(next === undefined || isSelective ? {} : { remainingItemCount: page.remaining }),
    },
  };
}

/**
 * Where in sorted objects those are that can be meant: of a namespace, or the one of a name.
 *
 * @param name the one name that is meant.
 * @param start where the last page ended.
 */
export function rangeOf(
  objects: readonly JsonObject[],
  resource: ServedResource,
  namespace: string,
  name: string | undefined,
  start = "",
): { readonly from: number; readonly to: number } {
  const indexOf = (position: string): number =>
    partition(objects.length, (index) => positionOf(objects[index] as JsonObject) < position);
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

/** What the positions of all objects of a list begin with: a token does not repeat it. */
function prefixOf({ namespaced }: ServedResource, namespace: string): string {
  return namespaced && namespace === "" ? "" : `${namespace}/`;
}

/** At which version a list is read, undefined for the present one, and where it goes on. */
function placeOf(
  options: ListOptions,
  { store }: ServerContext,
): { readonly version: number | undefined; readonly start?: string } {
  const { continueToken, resourceVersion, resourceVersionMatch: match, limit } = options;
  if (continueToken !== "") {
    const { version, start } = readContinueToken(continueToken);
    if (resourceVersion !== "" && resourceVersion !== "0") {
      throw refuse.badRequest("specifying resource version is not allowed when using continue");
    }
    checkPresent(String(version), store.version);
    return { version: version < 0 ? undefined : version, start };
  }
  if (resourceVersion === "") return { version: undefined };
  const problem = versionProblem(resourceVersion);
  if (problem !== undefined) throw refuse.badRequest(`invalid resource version: ${problem}`);
  checkPresent(resourceVersion, store.version);
  const version = Number(resourceVersion);
  // Without a match a page is of the very version that was asked for.
  const isExact = match === "Exact" || (match === "" && limit > 0 && version > 0);
  return { version: isExact ? version : undefined };
}

function checkPresent(asked: string, present: number): void {
  if (BigInt(asked) > present) throw refuse.futureVersion(asked, present);
}

/** Of a read of one object: a version that is not there yet. */
export function checkReadVersion(query: URLSearchParams, { store }: ServerContext): void {
  const text = query.get("resourceVersion") ?? "";
  if (text === "") return;
  const problem = versionProblem(text);
  if (problem !== undefined) throw refuse.internal(problem);
  checkPresent(text, store.version);
}

function positionOf(object: JsonObject): string {
  const { namespace = "", name = "" } = object["metadata"] as { namespace?: string; name?: string };
  return `${namespace}/${name}`;
}
