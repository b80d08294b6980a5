import type { ApiRequest, ApiResponse } from "./api-request.js";

/** One request as the server saw it. It holds no header and no body, so no credential. */
export interface RequestRecord {
  readonly user: string;
  readonly verb: string;
  /** Group and plural, with the subresource: `apps/deployments/status`; the path of a request that is of no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
  readonly ms: number;
  readonly userAgent: string;
}

export function recordOf(request: ApiRequest, answer: ApiResponse, ms: number): RequestRecord {
  const { method, path, query, user, userAgent } = request;
  const isCore = path[0] === "api";
  const group = isCore ? "" : `${path[1] ?? ""}/`;
  const rest = path.slice(isCore ? 2 : 3);
  const isInside = rest[0] === "namespaces" && rest.length > 2;
  const [plural = "", name = "", ...subresource] = isInside ? rest.slice(2) : rest;
  const isCollection = name === "";
  const isWatch = ["true", "1"].includes(query.get("watch") ?? "");
  const verbs: Readonly<Record<string, string>> = {
    GET: isCollection ? (isWatch ? "watch" : "list") : "get",
    POST: "create",
    PUT: "update",
    PATCH: "patch",
    DELETE: isCollection ? "deletecollection" : "delete",
  };
  return {
    user: user.username,
    verb: verbs[method] ?? method.toLowerCase(),
    resource:
      plural === "" ? `/${path.join("/")}` : [`${group}${plural}`, ...subresource].join("/"),
    namespace: isInside ? (rest[1] ?? "") : "",
    name,
    status: answer.type === "watch" ? 200 : answer.status,
    ms,
    userAgent,
  };
}
