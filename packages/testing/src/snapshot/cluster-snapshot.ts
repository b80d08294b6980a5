import type { JsonObject } from "../schema/json.js";
import type { StoreState } from "../store/object-store.js";

/**
 * All objects of a server at one moment. It shares them with the server, so that it is made and put back in no time, and
 * nothing changes it any more. It can be put back any number of times, on other servers too.
 */
export class ClusterSnapshot {
  /** What the store gave; of use to the server alone. */
  readonly state: StoreState;
  readonly #initial: StoreState | undefined;

  /** @param initial What the server began with. Default: nothing. */
  constructor(state: StoreState, initial?: StoreState) {
    this.state = state;
    this.#initial = initial;
  }

  /** Version of the last change that is in it. */
  get resourceVersion(): string {
    return String(this.state.version);
  }

  /** Its objects, resource by resource. Do not change them: they are the server's own. */
  *objects(): Generator<JsonObject> {
    yield* objectsOf(this.state);
  }

  /** Its objects that the server did not begin with, or that were changed since. */
  *writtenObjects(): Generator<JsonObject> {
    const initial = new Set<string>();
    if (this.#initial !== undefined)
      for (const object of objectsOf(this.#initial)) initial.add(versionOf(object));
    for (const object of this.objects()) if (!initial.has(versionOf(object))) yield object;
  }
}

function* objectsOf({ resources, seeds }: StoreState): Generator<JsonObject> {
  for (const objects of resources.values()) yield* objects.values();
  for (const [resource, make] of seeds) if (!resources.has(resource)) yield* make().values();
}

/** An object as it is at one version. */
function versionOf({ metadata }: JsonObject): string {
  const { uid, resourceVersion } = metadata as { uid?: string; resourceVersion?: string };
  return `${uid ?? ""} ${resourceVersion ?? ""}`;
}
