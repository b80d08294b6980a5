import type { JsonObject } from "../schema/json.js";
import type { StoreState } from "../store/object-store.js";

/**
 * All objects of a server at one moment. It shares them with the server, so that it is made and put back in no time, and
 * nothing changes it any more. It can be put back any number of times, on other servers too.
 */
export class ClusterSnapshot {
  /** What the store gave; of use to the server alone. */
  readonly state: StoreState;

  constructor(state: StoreState) {
    this.state = state;
  }

  /** Version of the last change that is in it. */
  get resourceVersion(): string {
    return String(this.state.version);
  }

  /** Whether the server had the object from the start, and nobody has changed it. */
  isFromStart(object: JsonObject): boolean {
    const { resourceVersion } = object["metadata"] as { resourceVersion?: string };
    return Number(resourceVersion ?? 0) <= this.state.seededVersion;
  }

  /** Its objects, resource by resource. Do not change them: they are the server's own. */
  *objects(): Generator<JsonObject> {
    for (const objects of this.state.resources.values()) yield* objects.values();
    for (const make of this.state.seeds.values()) yield* make().values();
  }
}
