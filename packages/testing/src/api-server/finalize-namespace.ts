import { isJsonObject } from "../schema/json.js";
import { decodeObject } from "./decode-object.js";
import type { ApiRequest } from "./api-request.js";
import { checkPlace } from "./create-object.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServerContext } from "./server-context.js";
import { saveObject } from "./update-object.js";
import { metadataOf, storeKey, type WriteTarget, type Written } from "./write-target.js";

/** Sets `spec.finalizers` of a namespace (PUT `finalize`): the last thing before it goes. */
export function finalizeNamespace(
  request: ApiRequest,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource, name = "" } = target;
  const { object } = decodeObject(readValue(request) ?? null, resource);
  checkPlace(object, target);
  const stored = context.store.get(resource.storageKey, storeKey("", name));
  if (stored === undefined) throw refuse.notFound(resource, name);
  const { resourceVersion = "" } = metadataOf(object);
  if (resourceVersion !== "" && resourceVersion !== metadataOf(stored)["resourceVersion"]) {
    throw refuse.stale(resource, name);
  }
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
  const next = { ...stored, metadata: { ...metadataOf(stored) }, spec };
  return { object: saveObject(next, stored, target, context), created: false, warnings: [] };
}
