import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";

/** One served version of each resource of which something is stored. */
export function storedResources({ registry, store }: ServerContext): readonly ServedResource[] {
  const seen = new Set<string>();
  return registry.all().filter(({ storageKey }) => {
    if (seen.has(storageKey) || store.isEmpty(storageKey)) return false;
    seen.add(storageKey);
    return true;
  });
}
