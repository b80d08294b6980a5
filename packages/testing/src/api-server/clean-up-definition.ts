import type { JsonObject } from "../schema/json.js";
import { deleteObject } from "./delete-object.js";
import { NO_DYNAMIC_ADMISSION } from "../dynamic-admission/dynamic-admission.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf } from "./write-target.js";
import { CLEANUP_FINALIZER, DEFINITIONS } from "./terminate-definition.js";

/** Deletes the objects of a definition that is being deleted, and lets it go when none is left. */
export function cleanUpDefinition(name: string, context: ServerContext): void {
  const { store, registry } = context;
  const crd = store.get(DEFINITIONS, `/${name}`);
  if (crd === undefined) return;
  const { deletionTimestamp, finalizers } = metadataOf(crd);
  const held = (finalizers ?? []) as string[];
  if (deletionTimestamp === undefined || !held.includes(CLEANUP_FINALIZER)) return;
  const resource = registry.all().find(({ definition }) => definition === name);
  if (resource !== undefined) {
    for (const object of store.list(resource.storageKey).objects) {
      const { namespace = "", name: inside } = object["metadata"] as {
        namespace?: string;
        name: string;
      };
      if (metadataOf(object)["deletionTimestamp"] !== undefined) continue;
      deleteObject(
        {},
        {
          resource,
          namespace,
          name: inside,
          subresource: "",
          dryRun: false,
          fieldValidation: "Ignore",
          fieldManager: "",
          userAgent: "kube-apiserver",
          bodyBytes: 0,
          force: false,
          user: { username: "system:apiserver", groups: ["system:masters"] },
        },
        // The real server asks no webhook here.
        { ...context, dynamic: NO_DYNAMIC_ADMISSION },
      );
    }
    if (!store.isEmpty(resource.storageKey)) return;
  }
  // Deleting the last object has come here already.
  const stored = store.get(DEFINITIONS, `/${name}`);
  if (stored === undefined) return;
  const rest = held.filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
  const { finalizers: _, ...metadata } = metadataOf(stored);
  const next: JsonObject = {
    ...stored,
    metadata: rest.length === 0 ? metadata : { ...metadata, finalizers: rest },
  };
  if (rest.length > 0) {
    store.put(DEFINITIONS, next);
    return;
  }
  const definitions = registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  const deleted = store.delete(DEFINITIONS, next);
  if (definitions !== undefined) context.afterWrite(definitions, deleted);
}
