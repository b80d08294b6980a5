import { copyJson, isJsonObject, type JsonObject } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import type { ResourcePath } from "./handle-request.js";
import { refuse } from "./refusal.js";
import { stampReview } from "./stamp-review.js";
import type { ServerContext } from "./server-context.js";

/**
 * Answers the reviews of `authentication.k8s.io` and `authorization.k8s.io`, which are never stored. Whoever is authenticated
 * is allowed everything here.
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
      case "subjectaccessreviews":
      case "localsubjectaccessreviews":
        return { allowed: true };
      case "selfsubjectrulesreviews":
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
