import { formatTime } from "@kvop/core";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject } from "../schema/json.js";

const RESOURCE = "apiregistration.k8s.io/apiservices";
const AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged";

/**
 * Keeps the APIServices of a CustomResourceDefinition's group: one for each version that is served, as the autoregistration
 * of a real server makes them.
 */
export function serveGroupVersions(definition: JsonObject, context: ServerContext): void {
  const { registry, store } = context;
  const { group } = definition["spec"] as { group: string };
  const served = new Set(
    registry
      .all()
      .filter((resource) => resource.group === group && resource.isCustom)
      .map(({ version }) => version),
  );
  for (const version of served) {
    const isKnown = store.get(RESOURCE, `/${version}.${group}`) !== undefined;
    if (!isKnown) store.put(RESOURCE, localApiService(group, version, context));
  }
  for (const service of store.list(RESOURCE).objects) {
    const spec = service["spec"] as { group?: string; version: string };
    const { labels } = service["metadata"] as { labels?: Readonly<Record<string, string>> };
    if (spec.group !== group || labels?.[AUTOMANAGED] !== "true") continue;
    if (!served.has(spec.version)) store.delete(RESOURCE, service);
  }
}

function localApiService(group: string, version: string, context: ServerContext): JsonObject {
  const time = formatTime(context.clock.now());
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: `${version}.${group}`,
      uid: context.random.uuid(),
      creationTimestamp: time,
      labels: { [AUTOMANAGED]: "true" },
      managedFields: [
        {
          manager: "kube-apiserver",
          operation: "Update",
          apiVersion: "apiregistration.k8s.io/v1",
          time,
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:metadata": { "f:labels": { ".": {}, [`f:${AUTOMANAGED}`]: {} } },
            "f:spec": {
              "f:group": {},
              "f:groupPriorityMinimum": {},
              "f:version": {},
              "f:versionPriority": {},
            },
          },
        },
      ],
    },
    spec: { group, version, groupPriorityMinimum: 1000, versionPriority: 100 },
    status: {
      conditions: [
        {
          type: "Available",
          status: "True",
          lastTransitionTime: time,
          reason: "Local",
          message: "Local APIServices are always available",
        },
      ],
    },
  };
}
