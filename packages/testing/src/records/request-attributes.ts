import type { ApiRequest } from "../api-server/api-request.js";

/** What a request asks for, in the words of RBAC and audit logs. */
export interface RequestAttributes {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths, the method in lower case. */
  readonly verb: string;
  /** Empty for the core group, and for a path that is of no resource. */
  readonly group: string;
  readonly version: string;
  /** The plural: `pods`. For a path that is of no resource, the path: `/version`. */
  readonly resource: string;
  /** `status`, `scale`, ...; empty without one. */
  readonly subresource: string;
  readonly namespace: string;
  /** Empty for a collection. A request to create is of a collection until its body is read. */
  readonly name: string;
}

const VERBS: Readonly<Record<string, readonly [ofObject: string, ofCollection: string]>> = {
  GET: ["get", "list"],
  POST: ["create", "create"],
  PUT: ["update", "update"],
  PATCH: ["patch", "patch"],
  DELETE: ["delete", "deletecollection"],
};

/** Subresources of a Namespace itself: `namespaces/x/status` is not the collection `status` in namespace `x`. */
const OF_NAMESPACES: readonly (string | undefined)[] = ["status", "finalize"];

export function requestAttributes(
  request: Pick<ApiRequest, "method" | "path" | "query">,
): RequestAttributes {
  const { method, path, query } = request;
  const [root] = path;
  const isCore = root === "api";
  const rest = path.slice(isCore ? 2 : 3);
  if ((!isCore && root !== "apis") || rest.length === 0) return ofPath(method, path);
  const isInside = rest[0] === "namespaces" && rest.length > 2 && !OF_NAMESPACES.includes(rest[2]);
  const [resource = "", name = "", ...subresource] = isInside ? rest.slice(2) : rest;
  const [ofObject, ofCollection] = VERBS[method] ?? [method.toLowerCase(), method.toLowerCase()];
  const isWatch = method === "GET" && isTrue(query.get("watch"));
  return {
    verb: isWatch ? "watch" : name === "" ? ofCollection : ofObject,
    group: isCore ? "" : (path[1] ?? ""),
    version: (isCore ? path[1] : path[2]) ?? "",
    resource,
    subresource: subresource.join("/"),
    namespace: isInside ? (rest[1] ?? "") : "",
    name,
  };
}

function ofPath(method: string, path: readonly string[]): RequestAttributes {
  const resource = `/${path.join("/")}`;
  const verb = method.toLowerCase();
  return { verb, group: "", version: "", resource, subresource: "", namespace: "", name: "" };
}

function isTrue(text: string | null): boolean {
  return text === "true" || text === "1";
}
