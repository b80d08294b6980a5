import type { ApiError } from "@kvop/core";
import type { ImpersonationRequirement, UserInfo } from "../authentication/authenticate.js";
import {
  type AuthorizationAttributes,
  type AuthorizationDecision,
  authorizeRbac,
  forbiddenMessage,
} from "../authorization/rbac.js";
import type {
  RbacBinding,
  RbacClusterRole,
  RbacObjects,
  RbacRole,
} from "../authorization/rbac-objects.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import type { ApiRequest } from "./api-request.js";
import { type ResourcePath, resourcePathOf } from "./resource-request-path.js";
import { isTrue } from "./query-values.js";
import { refuse } from "./refusal.js";
import type { ServerContext } from "./server-context.js";

const GROUP = "rbac.authorization.k8s.io";

/** Whether somebody may do something on this server. */
export function decide(
  attributes: AuthorizationAttributes,
  context: ServerContext,
): AuthorizationDecision {
  if (context.authorization !== "RBAC") return { allowed: true, reason: "" };
  return authorizeRbac(attributes, storedRbac(context.store));
}

/**
 * Refuses a request that its user may not make.
 *
 * @param path undefined for a path that is no resource.
 * @throws ApiError Forbidden
 */
export function authorizeRequest(
  request: ApiRequest,
  path: ResourcePath | undefined,
  context: ServerContext,
): void {
  if (context.authorization !== "RBAC") return;
  const attributes = attributesOf(request, path);
  const { allowed, reason } = decide(attributes, context);
  if (allowed) return;
  const message = forbiddenMessage(attributes, reason);
  if (path === undefined) throw refuse.forbiddenPath(message);
  throw refuse.forbidden(path.resource, path.name ?? "", message);
}

/** Whether a user may act as somebody else. */
export function mayImpersonate(
  user: UserInfo,
  requirements: readonly ImpersonationRequirement[],
  context: ServerContext,
): boolean {
  return requirements.every(
    (requirement) =>
      decide({ ...requirement, user, verb: "impersonate", resourceRequest: true }, context).allowed,
  );
}

/** What somebody is told who may not act as another one. */
export function impersonationRefusal(
  user: UserInfo,
  request: ApiRequest,
  context: ServerContext,
): ApiError {
  const path = resourcePathOf(request.path, context);
  const asked = attributesOf(request, path);
  const verb = `impersonate-on:user-info:${asked.verb}`;
  const message = forbiddenMessage({ ...asked, user, verb });
  return path === undefined
    ? refuse.forbiddenPath(message)
    : refuse.forbidden(path.resource, path.name ?? "", message);
}

/** What a request is about. @param path undefined for a path that is no resource. */
export function attributesOf(
  request: ApiRequest,
  path: ResourcePath | undefined,
): AuthorizationAttributes {
  return path === undefined ? pathAttributes(request) : resourceAttributes(request, path);
}

function pathAttributes({ user, method, path }: ApiRequest): AuthorizationAttributes {
  return {
    user,
    verb: method === "GET" || method === "HEAD" ? "get" : method.toLowerCase(),
    apiGroup: "",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    path: `/${path.join("/")}`,
    resourceRequest: false,
  };
}

function resourceAttributes(request: ApiRequest, path: ResourcePath): AuthorizationAttributes {
  const { resource, namespace, name = "", subresource } = path;
  const isNamespace = resource.group === "" && resource.plural === "namespaces";
  return {
    user: request.user,
    verb: verbOf(request, path),
    apiGroup: resource.group,
    resource: resource.plural,
    subresource,
    namespace: isNamespace ? name : namespace,
    name,
    resourceRequest: true,
  };
}

function verbOf({ method, query }: ApiRequest, { name, isWatch }: ResourcePath): string {
  if (isWatch) return "watch";
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    default:
      if (name !== undefined) return "get";
      return isTrue(query.get("watch")) ? "watch" : "list";
  }
}

/** The RBAC objects of a store, as they are at each question. */
export function storedRbac(store: ObjectStore): RbacObjects {
  const all = (plural: string): readonly JsonObject[] => store.list(`${GROUP}/${plural}`).objects;
  return {
    role: (namespace, name) =>
      store.get(`${GROUP}/roles`, `${namespace}/${name}`) as unknown as RbacRole | undefined,
    clusterRole: (name) =>
      store.get(`${GROUP}/clusterroles`, `/${name}`) as unknown as RbacClusterRole | undefined,
    roleBindings: (namespace) =>
      all("rolebindings").filter(
        (each) => (each["metadata"] as JsonObject)["namespace"] === namespace,
      ) as unknown as RbacBinding[],
    clusterRoleBindings: () => all("clusterrolebindings") as unknown as RbacBinding[],
  };
}
