import type { TransportRequest, Verb } from "@kvop/core";

const WRITE_VERBS: Readonly<Record<string, Verb>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
};

/**
 * Verb and resource of a request, as the API server itself tells them from method and path, for metrics and audit.
 *
 * @param path Encoded, without query: `/api/v1/...` or `/apis/<group>/<version>/...`; anything else is no resource.
 */
export function requestSubject(
  method: string,
  path: string,
  options: { readonly isWatch: boolean; readonly contentType?: string | undefined },
): Pick<TransportRequest, "verb" | "resource"> {
  const [resource, name, ...subresource] = resourceParts(path);
  if (resource === undefined) return { verb: WRITE_VERBS[method] ?? "get", resource: "" };
  return {
    verb: verbOf(method, name !== undefined, options),
    resource: [resource, ...subresource].join("/"),
  };
}

/** What follows the version and the namespace: resource, name, subresource. */
function resourceParts(path: string): readonly string[] {
  const [root, ...rest] = path.split("/").filter((part) => part !== "");
  const parts = root === "api" ? rest.slice(1) : root === "apis" ? rest.slice(2) : [];
  // `namespaces/a` is the namespace itself, `namespaces/a/status` its subresource, `namespaces/a/pods` something within it.
  const isWithin =
    parts[0] === "namespaces" && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? "");
  return isWithin ? parts.slice(2) : parts;
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);

function verbOf(
  method: string,
  isNamed: boolean,
  options: { readonly isWatch: boolean; readonly contentType?: string | undefined },
): Verb {
  if (method === "DELETE") return isNamed ? "delete" : "deletecollection";
  if (method === "PATCH" && options.contentType?.startsWith("application/apply-patch") === true)
    return "apply";
  const write = WRITE_VERBS[method];
  if (write !== undefined) return write;
  if (options.isWatch) return "watch";
  return isNamed ? "get" : "list";
}
