import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";

/** The path of a resource request, taken apart. */
export interface ResourcePath {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string;
  /** Of the old form `/api/v1/watch/...`. */
  readonly isWatch: boolean;
}

/** Takes a path apart; undefined when no resource is served there. */
export function resourcePathOf(
  path: readonly string[],
  context: Pick<ServerContext, "registry">,
): ResourcePath | undefined {
  const isCore = path[0] === "api";
  if (!isCore && path[0] !== "apis") return undefined;
  const group = isCore ? "" : path[1];
  const version = isCore ? path[1] : path[2];
  if (group === undefined || version === undefined) return undefined;
  // The group without a name is not among the others.
  if (!isCore && group === "") return undefined;
  const find = (plural: string | undefined): ServedResource | undefined =>
    plural === undefined ? undefined : context.registry.find(group, version, plural);
  let at = isCore ? 2 : 3;
  const isWatch = path[at] === "watch" && path.length > at + 1 && find("watch") === undefined;
  if (isWatch) at += 1;
  // `namespaces/x/status` is of the Namespace itself, `namespaces/x/pods` of what is in it.
  if (path[at] === "namespaces" && path.length >= at + 3) {
    const resource = find(path[at + 2]);
    if (resource?.namespaced === true) {
      const subresource = path.slice(at + 4).join("/");
      return { resource, namespace: path[at + 1] ?? "", name: path[at + 3], subresource, isWatch };
    }
  }
  const resource = find(path[at]);
  if (resource === undefined) return undefined;
  const subresource = path.slice(at + 2).join("/");
  return { resource, namespace: "", name: path[at + 1], subresource, isWatch };
}
