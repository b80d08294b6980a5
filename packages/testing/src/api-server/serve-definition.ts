import { formatTime } from "@kvop/core";
import { copyJson, type JsonObject } from "../schema/json.js";
import { serveGroupVersions } from "../bootstrap/local-api-services.js";
import { defaultCustomResourceDefinition } from "../schema/default-custom-resource-definition.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";

const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";

/** Stores a CustomResourceDefinition as an established one and serves it. */
export function seedDefinition(crd: JsonObject, context: ServerContext): void {
  const copied = defaultCustomResourceDefinition(copyJson(crd));
  const metadata = {
    ...(copied["metadata"] as JsonObject),
    uid: context.random.uuid(),
    generation: 1,
    creationTimestamp: formatTime(context.clock.now()),
  };
  context.store.put(DEFINITIONS, established({ ...copied, metadata }, context));
  context.registry.setDefinition(copied);
  serveGroupVersions(copied, context);
}

/** Serves what a CustomResourceDefinition says as soon as it is stored, and stops when it is gone. */
export function followDefinition(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): void {
  if (resource.storageKey !== DEFINITIONS) return;
  const { registry, store } = context;
  const name = (object["metadata"] as JsonObject)["name"] as string;
  const stored = store.get(resource.storageKey, `/${name}`);
  if (stored === undefined) {
    const served = registry.all().find(({ definition }) => definition === name);
    registry.removeDefinition(name);
    serveGroupVersions(object, context);
    if (served !== undefined)
      for (const instance of store.list(served.storageKey).objects)
        store.delete(served.storageKey, instance);
    return;
  }
  registry.setDefinition(stored);
  serveGroupVersions(stored, context);
  const conditions = (stored["status"] as JsonObject | undefined)?.["conditions"];
  // A built-in type that has no conditions yet carries null in their place.
  if ((conditions ?? null) === null) store.put(resource.storageKey, established(stored, context));
}

function established(crd: JsonObject, context: ServerContext): JsonObject {
  const lastTransitionTime = formatTime(context.clock.now());
  const spec = crd["spec"] as JsonObject;
  const versions = spec["versions"] as { name: string; storage: boolean }[];
  return {
    ...crd,
    status: {
      conditions: [
        {
          lastTransitionTime,
          message: "no conflicts found",
          reason: "NoConflicts",
          status: "True",
          type: "NamesAccepted",
        },
        {
          lastTransitionTime,
          message: "the initial names have been accepted",
          reason: "InitialNamesAccepted",
          status: "True",
          type: "Established",
        },
      ],
      acceptedNames: spec["names"] ?? {},
      storedVersions: versions.filter(({ storage }) => storage).map(({ name }) => name),
    },
  };
}
