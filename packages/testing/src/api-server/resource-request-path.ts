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
  const [group, version, ...parts] = isCore ? ["", ...path.slice(1)] : path.slice(1);
  if (group === undefined || version === undefined) return undefined;
  // The group without a name is not among the others.
  if (!isCore && group === "") return undefined;
  const find = (plural: string | undefined): ServedResource | undefined =>
    plural === undefined ? undefined : context.registry.find(group, version, plural);
  const isWatch = parts[0] === "watch" && parts.length > 1 && find("watch") === undefined;
  const rest = isWatch ? parts.slice(1) : parts;
  // `namespaces/x/status` is of the Namespace itself, `namespaces/x/pods` of what is in it.
  if (rest[0] === "namespaces" && rest.length >= 3) {
    const inside = find(rest[2]);
    if (inside?.namespaced === true) {
      return {
        resource: inside,
        namespace: rest[1] ?? "",
        name: rest[3],
        subresource: rest.slice(4).join("/"),
        isWatch,
      };
    }
  }
  const resource = find(rest[0]);
  if (resource === undefined) return undefined;
  return { resource, namespace: "", name: rest[1], subresource: rest.slice(2).join("/"), isWatch };
}
