import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject } from "../schema/json.js";
import { keyOf } from "../store/object-store.js";

const EVENTS = "/events";
/** `--event-ttl` of the real server, as it is without that option. */
const TIME_TO_LIVE_MS = 60 * 60 * 1000;

/** Deletes an Event an hour after it was last written, as the real server does whatever controllers there are. */
export function expireEvent(
  resource: ServedResource,
  event: JsonObject,
  context: ServerContext,
): void {
  if (resource.storageKey !== EVENTS) return;
  const { uid, resourceVersion } = metadataOf(event);
  const key = keyOf(event);
  const { store, timers } = context;
  if (store.get(EVENTS, key) === undefined) return;
  timers.replace(`event ${String(uid)}`, TIME_TO_LIVE_MS, () => {
    const stored = store.get(EVENTS, key);
    if (stored === undefined || metadataOf(stored)["resourceVersion"] !== resourceVersion) return;
    context.afterWrite(resource, store.delete(EVENTS, stored));
  });
}

function metadataOf(object: JsonObject): JsonObject {
  return object["metadata"] as JsonObject;
}
