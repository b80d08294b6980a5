import { copyJson, isJsonObject, type JsonObject } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { UserInfo } from "../authentication/authenticate.js";
import { rulesFor } from "../authorization/rbac.js";
import { decide, storedRbac } from "./authorize-request.js";
import { refuse } from "./refusal.js";
import { stampReview } from "./stamp-review.js";
import type { ServerContext } from "./server-context.js";

/**
 * Answers the reviews of `authentication.k8s.io` and `authorization.k8s.io`, which are never stored. Tokens
 * are not reviewed, and rules are told only where everything is allowed.
 */
export function reviewAccess(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse | undefined {
  const { resource } = path;
  const isReview =
    (resource.group === "authentication.k8s.io" || resource.group === "authorization.k8s.io") &&
    resource.plural.endsWith("reviews");
  if (!isReview) return undefined;
  if (request.method !== "POST") throw refuse.methodNotAllowed();
  const body = isJsonObject(request.body ?? null) ? copyJson(request.body as JsonObject) : {};
  const { user } = request;
  const status = ((): JsonObject => {
    switch (resource.plural) {
      case "selfsubjectreviews":
        return { userInfo: { username: user.username, groups: [...user.groups] } };
      case "selfsubjectaccessreviews":
        return decisionOf(user, body, context);
      case "subjectaccessreviews":
      case "localsubjectaccessreviews":
        return decisionOf(subjectOf(body), body, context);
      case "selfsubjectrulesreviews":
        if (context.authorization === "RBAC") return rulesOf(user, body, context);
        return {
          resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
          incomplete: false,
        };
      default:
        throw refuse.notServed(resource.plural);
    }
  })();
  return { type: "json", status: 201, body: { ...stampReview(body, resource, context), status } };
}

function decisionOf(user: UserInfo, body: JsonObject, context: ServerContext): JsonObject {
  const spec = objectAt(body, "spec");
  const resource = objectAt(spec, "resourceAttributes");
  const path = objectAt(spec, "nonResourceAttributes");
  const isResource = spec["resourceAttributes"] !== undefined;
  const text = (key: string): string => String((isResource ? resource : path)[key] ?? "");
  const { allowed, reason } = decide(
    {
      user,
      verb: text("verb"),
      apiGroup: text("group"),
      resource: text("resource"),
      subresource: text("subresource"),
      namespace: text("namespace"),
      name: text("name"),
      path: text("path"),
      resourceRequest: isResource,
    },
    context,
  );
  return { allowed, ...(reason === "" ? {} : { reason }) };
}

function rulesOf(user: UserInfo, body: JsonObject, context: ServerContext): JsonObject {
  const namespace = String(objectAt(body, "spec")["namespace"] ?? "");
  if (namespace === "") throw refuse.badRequest("no namespace on request");
  const { resourceRules, nonResourceRules, errors } = rulesFor(
    user,
    namespace,
    storedRbac(context.store),
  );
  const rules = { resourceRules, nonResourceRules } as unknown as JsonObject;
  return {
    ...copyJson(rules),
    incomplete: errors.length > 0,
    ...(errors.length === 0 ? {} : { evaluationError: errors.join(", ") }),
  };
}

function subjectOf(body: JsonObject): UserInfo {
  const spec = objectAt(body, "spec");
  const groups = Array.isArray(spec["groups"]) ? spec["groups"].map(String) : [];
  return { username: String(spec["user"] ?? ""), groups };
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
