import type { WatchEvent } from "../client/cluster-client.js";
import type { KubernetesObject } from "../client/kubernetes-object.js";

/**
 * The version from which a watch goes on after an event: the one before, where the event has none. A server refuses to watch
 * from what is no version, again and again.
 */
export function versionAfter(
  event: WatchEvent<KubernetesObject>,
  before: string | undefined,
): string | undefined {
  const version: unknown =
    event.type === "bookmark" ? event.resourceVersion : event.object.metadata?.resourceVersion;
  return typeof version === "string" && version !== "" ? version : before;
}
