import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject } from "../schema/json.js";
import { collectGarbage } from "./collect-garbage.js";
import { followNamespace } from "./delete-namespace.js";
import { releaseStorage } from "./release-storage.js";

/** Does after a write what a controller manager would do about it. */
export function runControllers(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): void {
  const { storageProtection, garbageCollection, namespaceDeletion } = context.controllers;
  if (storageProtection !== false) releaseStorage(resource, object, context);
  if (garbageCollection !== false) collectGarbage(resource, object, context);
  if (namespaceDeletion !== false) followNamespace(resource, object, context);
}
