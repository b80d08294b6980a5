import type { RequestAttributes } from "./request-attributes.js";

/**
 * Which requests are meant. Each field that is given must fit; an array stands for any of its values. Without a field, every
 * request is meant.
 */
export interface RequestFilter {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb?: string | readonly string[] | undefined;
  /**
   * As in RBAC: `pods` is not `pods/status`; `pods/*` is every subresource of pods, `*` is everything. The group may be
   * named as for kubectl: `deployments.apps/scale`. A path that is of no resource stands for itself: `/version`.
   */
  readonly resource?: string | readonly string[] | undefined;
  /** Empty for the core group. */
  readonly group?: string | undefined;
  /** Empty for what is in no namespace. */
  readonly namespace?: string | RegExp | undefined;
  readonly name?: string | RegExp | undefined;
  /** Whom the request acts as. */
  readonly user?: string | RegExp | undefined;
  readonly userAgent?: string | RegExp | undefined;
  readonly door?: "https" | "in-process" | undefined;
}

/** What of a request a filter looks at. */
export interface FilteredRequest extends RequestAttributes {
  readonly user: string;
  readonly userAgent: string;
  readonly door: "https" | "in-process";
}

/** The fields of a filter that do not fit a request: empty when it is meant. */
export function unfitFields(
  filter: RequestFilter,
  request: FilteredRequest,
): (keyof RequestFilter)[] {
  const { verb, resource, group, namespace, name, user, userAgent, door } = filter;
  const fits: Readonly<Record<keyof RequestFilter, boolean>> = {
    verb: verb === undefined || [verb].flat().includes(request.verb),
    resource:
      resource === undefined || [resource].flat().some((each) => fitsResource(each, request)),
    group: group === undefined || group === request.group,
    namespace: fitsText(namespace, request.namespace),
    name: fitsText(name, request.name),
    user: fitsText(user, request.user),
    userAgent: fitsText(userAgent, request.userAgent),
    door: door === undefined || door === request.door,
  };
  return (Object.keys(fits) as (keyof RequestFilter)[]).filter((field) => !fits[field]);
}

/** `create pods/status "web" in "default"`: a filter in words. */
export function describeFilter(filter: RequestFilter): string {
  const { verb, resource, group, namespace, name, user, userAgent, door } = filter;
  const parts = [
    [verb ?? "any request"].flat().join(" or "),
    resource === undefined
      ? ""
      : `${verb === undefined ? "of " : ""}${[resource].flat().join(" or ")}`,
    group === undefined ? "" : `of group ${quote(group)}`,
    name === undefined ? "" : quote(name),
    namespace === undefined ? "" : `in ${quote(namespace)}`,
    user === undefined ? "" : `as ${quote(user)}`,
    userAgent === undefined ? "" : `by ${quote(userAgent)}`,
    door === undefined ? "" : `over ${door}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

function fitsText(wanted: string | RegExp | undefined, text: string): boolean {
  if (wanted === undefined) return true;
  // `search` takes no notice of the state that a global expression keeps.
  return typeof wanted === "string" ? wanted === text : text.search(wanted) >= 0;
}

function fitsResource(wanted: string, request: FilteredRequest): boolean {
  if (wanted === "*" || wanted === request.resource + suffixOf(request.subresource)) return true;
  const slash = wanted.startsWith("/") ? -1 : wanted.indexOf("/");
  const [plural, subresource] =
    slash < 0 ? [wanted, ""] : [wanted.slice(0, slash), wanted.slice(slash + 1)];
  const isResource =
    plural === "*" ||
    plural === request.resource ||
    plural === `${request.resource}.${request.group}`;
  const isSubresource =
    subresource === request.subresource || (subresource === "*" && request.subresource !== "");
  return isResource && isSubresource;
}

function suffixOf(subresource: string): string {
  return subresource === "" ? "" : `/${subresource}`;
}

function quote(text: string | RegExp): string {
  return typeof text === "string" ? JSON.stringify(text) : String(text);
}
