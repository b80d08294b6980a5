import { formatTime } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";

/** The review as it was sent, with type and creation time. */
export function stampReview(
  body: JsonObject,
  resource: ServedResource,
  context: ServerContext,
): JsonObject {
  return {
    kind: resource.kind,
    apiVersion: `${resource.group}/${resource.version}`,
    ...body,
    metadata: { creationTimestamp: formatTime(context.clock.now()) },
  };
}
