import { applyDefaults } from "../schema/defaults.js";
import { copyJson, type JsonObject, jsonEqual } from "../schema/json.js";
import { pruneObject } from "../schema/prune.js";
import { convertAutoscaler } from "./convert-autoscaler.js";
import { convertEvent } from "./convert-event.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { apiVersionOf } from "./write-target.js";

/**
 * A stored object as one version of its resource serves it. A custom resource has the fields and defaults of that version's
 * schema as it is now, whichever wrote it (conversion strategy `None`).
 *
 * @throws a refusal (501) where a webhook would have to convert it
 */
export function inVersion(object: JsonObject, resource: ServedResource): JsonObject {
  const apiVersion = apiVersionOf(resource);
  if (!resource.isCustom) {
    if (object["apiVersion"] === apiVersion) return object;
    return converted(object, resource, apiVersion);
  }
  const { schema, views } = resource;
  const known = views.get(object);
  if (known !== undefined) return known;
  if (resource.hasWebhookConversion === true && object["apiVersion"] !== apiVersion) {
    throw refuse.notServed(`the conversion of ${resource.definition ?? ""} by a webhook`);
  }
  const view = { ...copyJson(object), apiVersion, kind: resource.kind };
  if (schema !== undefined) {
    pruneObject(schema, view);
    applyDefaults(schema, view);
  }
  const shown = jsonEqual(view, object) ? object : view;
  views.set(object, shown);
  return shown;
}

/** Versions in which the real server thinks of kinds that are in several. */
const HUBS: Readonly<Record<string, string>> = {
  "/events": "v1",
  "autoscaling/horizontalpodautoscalers": "autoscaling/v2",
};

/** Versions of kinds that are in several, by what they are stored as. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "/events": ["v1", "events.k8s.io/v1"],
  "autoscaling/horizontalpodautoscalers": ["autoscaling/v1", "autoscaling/v2"],
};

/** Whether a built-in object can come in a version that is served, and is not the one of this endpoint. */
export function hasOtherVersion(resource: ServedResource, apiVersion: string): boolean {
  const versions = VERSIONS[resource.storageKey] ?? [];
  return versions.includes(apiVersion) && apiVersion !== apiVersionOf(resource);
}

/** A built-in object in the one version that its kind is judged and shown by. */
export function inHubVersion(
  object: JsonObject,
  resource: Pick<ServedResource, "storageKey">,
): JsonObject {
  const hub = HUBS[resource.storageKey];
  return hub === undefined || object["apiVersion"] === hub
    ? object
    : converted(object, resource, hub);
}

function converted(
  object: JsonObject,
  { storageKey }: Pick<ServedResource, "storageKey">,
  apiVersion: string,
): JsonObject {
  switch (storageKey) {
    case "/events":
      return convertEvent(object, apiVersion);
    case "autoscaling/horizontalpodautoscalers":
      return convertAutoscaler(object, apiVersion);
    default:
      return { ...object, apiVersion };
  }
}
