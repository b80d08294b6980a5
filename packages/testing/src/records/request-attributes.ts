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
  const start = isCore ? 2 : 3;
  if ((!isCore && root !== "apis") || path.length <= start) return ofPath(method, path);
  const isInside =
    path[start] === "namespaces" &&
    path.length > start + 2 &&
    !OF_NAMESPACES.includes(path[start + 2]);
  const at = isInside ? start + 2 : start;
  const name = path[at + 1] ?? "";
  const [ofObject, ofCollection] = VERBS[method] ?? [method.toLowerCase(), method.toLowerCase()];
  const isWatch = method === "GET" && isTrue(query.get("watch"));
  return {
    verb: isWatch ? "watch" : name === "" ? ofCollection : ofObject,
    group: isCore ? "" : (path[1] ?? ""),
    version: (isCore ? path[1] : path[2]) ?? "",
    resource: path[at] ?? "",
    subresource: path.slice(at + 2).join("/"),
    namespace: isInside ? (path[start + 1] ?? "") : "",
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
