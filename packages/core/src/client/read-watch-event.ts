import { ApiError } from "../errors/api-error.js";
import { UnexpectedResponseError } from "../errors/unexpected-response-error.js";
import type { WatchEvent } from "./cluster-client.js";
import { isObject } from "./is-object.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { readStatus } from "./read-status.js";
import type { Resource } from "./resource.js";
import { addTypeMeta } from "./type-meta.js";

/**
 * One line of a watch as an event.
 *
 * @throws ApiError for an `ERROR` event, UnexpectedResponseError for what is no event.
 */
export function readWatchEvent<T extends KubernetesObject>(
  cluster: string,
  event: unknown,
  resource: Resource<T>,
): WatchEvent<T> {
  const unexpected = (problem: string): Error =>
    new UnexpectedResponseError({ cluster, httpStatus: 200, problem });

  const { type, object } = isObject(event) ? event : {};
  if (!isObject(object)) throw unexpected("a watch event without an object");
  switch (type) {
    case "ADDED":
      return { type: "added", object: addTypeMeta(object as T, resource) };
    case "MODIFIED":
      return { type: "modified", object: addTypeMeta(object as T, resource) };
    case "DELETED":
      return { type: "deleted", object: addTypeMeta(object as T, resource) };
    case "BOOKMARK": {
      const metadata = (object as KubernetesObject).metadata ?? {};
      return {
        type: "bookmark",
        resourceVersion: metadata.resourceVersion ?? "",
        initialEventsEnd: metadata.annotations?.["k8s.io/initial-events-end"] === "true",
      };
    }
    case "ERROR": {
      const status = readStatus(object);
      throw new ApiError(status, { httpStatus: status.code ?? 500 });
    }
    default:
      throw unexpected("a watch event of an unknown type");
  }
}
