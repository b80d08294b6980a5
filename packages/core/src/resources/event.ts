import type { KubernetesObject } from "../client/kubernetes-object.js";
import { defineResource, type Resource } from "../client/resource.js";

/** A core Event. */
export interface Event extends KubernetesObject {
  involvedObject: {
    apiVersion?: string | undefined;
    kind?: string | undefined;
    namespace?: string | undefined;
    name?: string | undefined;
    uid?: string | undefined;
    resourceVersion?: string | undefined;
    fieldPath?: string | undefined;
  };
  reason?: string | undefined;
  message?: string | undefined;
  type?: string | undefined;
  count?: number | undefined;
  firstTimestamp?: string | null | undefined;
  lastTimestamp?: string | null | undefined;
  eventTime?: string | null | undefined;
  action?: string | undefined;
  reportingComponent?: string | undefined;
  reportingInstance?: string | undefined;
  source?: { component?: string | undefined; host?: string | undefined } | undefined;
}

export const Event: Resource<Event> = defineResource<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
});
