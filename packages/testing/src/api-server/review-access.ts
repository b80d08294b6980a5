import { formatTime } from "@kvop/core";
import { decodeBuiltIn } from "../admission/default-built-in.js";
import type { UserInfo } from "../authentication/authenticate.js";
import { rulesFor } from "../authorization/rbac.js";
import { invalid } from "../schema/field-error.js";
import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import { decide, storedRbac } from "./authorize-request.js";
import { checkStrictErrors } from "./check-object.js";
import { checkPlace } from "./create-object.js";
import { ownedBy, setManagedFields } from "./field-ownership.js";
import { writeTargetOf } from "./query-options.js";
import { SERVICE_ACCOUNT_ISSUER } from "../service-accounts/service-account-issuer.js";
import { refuse } from "./refusal.js";
import { readObject } from "./request-body.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf, type Written } from "./write-target.js";

const GROUPS = new Set(["authentication.k8s.io", "authorization.k8s.io"]);

/** Answers the reviews of `authentication.k8s.io` and `authorization.k8s.io`, which are never stored. */
export function reviewAccess(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): Written | undefined {
  const { resource } = path;
  if (!GROUPS.has(resource.group) || !resource.plural.endsWith("reviews")) return undefined;
  const target = writeTargetOf(request, path);
  const decoded = readObject(request, resource);
  const { object } = decoded;
  const warnings = checkStrictErrors(decoded, target);
  checkPlace(object, target);
  setManagedFields(object, ownedBy(object, undefined, target, context));
  if (resource.plural === "selfsubjectreviews")
    metadataOf(object)["creationTimestamp"] = formatTime(context.clock.now());
  object["status"] = statusOf(object, request, path, context);
  const shaped = decodeBuiltIn(resource.group, resource.kind, object).object;
  return { object: shaped, created: true, warnings };
}

function statusOf(
  review: JsonObject,
  { user }: ApiRequest,
  { resource, namespace }: ResourcePath,
  context: ServerContext,
): JsonValue {
  const spec = objectAt(review, "spec");
  switch (resource.plural) {
    case "selfsubjectreviews":
      return { userInfo: userOf(user) };
    case "tokenreviews":
      return tokenStatus(spec, context);
    case "selfsubjectaccessreviews":
      checkAttributes(spec);
      return decisionOf(user, spec, context);
    case "subjectaccessreviews":
      checkAttributes(spec);
      checkSubject(spec);
      return decisionOf(subjectOf(spec), spec, context);
    case "localsubjectaccessreviews":
      checkLocal(spec, namespace);
      checkSubject(spec);
      return decisionOf(subjectOf(spec), spec, context);
    default:
      return rulesOf(user, spec, context);
  }
}

function userOf({ username, uid, groups, extra }: UserInfo): JsonObject {
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra: copyJson(extra as unknown as JsonObject) }),
  };
}

function tokenStatus(spec: JsonObject, context: ServerContext): JsonObject {
  const token = String(spec["token"] ?? "");
  if (token === "") throw refuse.badRequest("token is required for TokenReview in authentication");
  const owner = context.userOfToken(token);
  if (owner === undefined) return { user: {}, error: "invalid bearer token" };
  const { user } = owner;
  const asked = Array.isArray(spec["audiences"]) ? spec["audiences"].map(String) : [];
  const wanted = asked.length === 0 ? [SERVICE_ACCOUNT_ISSUER] : asked;
  const audiences = wanted.filter((audience) => owner.audiences.includes(audience));
  if (audiences.length === 0) return { user: {}, error: foreignAudience(owner.audiences, wanted) };
  const groups = user.groups.includes("system:authenticated")
    ? user.groups
    : [...user.groups, "system:authenticated"];
  return { authenticated: true, user: userOf({ ...user, groups }), audiences };
}

function foreignAudience(owned: readonly string[], wanted: readonly string[]): string {
  const list = (audiences: readonly string[]): string =>
    `[${audiences.map((audience) => JSON.stringify(audience)).join(" ")}]`;
  return `[invalid bearer token, token audiences ${list(owned)} is invalid for the target audiences ${list(wanted)}]`;
}

function checkAttributes(spec: JsonObject): void {
  const hasResource = spec["resourceAttributes"] !== undefined;
  const hasPath = spec["nonResourceAttributes"] !== undefined;
  if (hasResource !== hasPath) return;
  const path = objectAt(spec, "nonResourceAttributes");
  // The real server prints its own structure here.
  const shown = hasPath ? { Path: path["path"] ?? "", Verb: path["verb"] ?? "" } : null;
  throw refusedReview(
    "spec",
    shown,
    "exactly one of nonResourceAttributes or resourceAttributes must be specified",
  );
}

function checkSubject(spec: JsonObject): void {
  if ((spec["user"] ?? "") !== "" || spec["groups"] !== undefined) return;
  throw refusedReview("spec.user", "", "at least one of user or group must be specified");
}

function checkLocal(spec: JsonObject, namespace: string): void {
  const attributes = spec["resourceAttributes"];
  if (!isJsonObject(attributes)) {
    checkAttributes(spec);
    throw refusedReview(
      "spec.nonResourceAttributes",
      spec["nonResourceAttributes"],
      "disallowed on this kind of request",
    );
  }
  if (attributes["namespace"] !== namespace) {
    throw refusedReview(
      "spec.resourceAttributes.namespace",
      attributes["namespace"] ?? "",
      "must match metadata.namespace",
    );
  }
}

/** The real server names no kind here. */
function refusedReview(field: string, value: unknown, detail: string) {
  return refuse.invalid({ group: "authorization.k8s.io", plural: "", kind: "" }, "", [
    invalid(field, value, detail),
  ]);
}

function decisionOf(user: UserInfo, spec: JsonObject, context: ServerContext): JsonObject {
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

function rulesOf(user: UserInfo, spec: JsonObject, context: ServerContext): JsonObject {
  const namespace = String(spec["namespace"] ?? "");
  if (namespace === "") throw refuse.badRequest("no namespace on request");
  if (context.authorization !== "RBAC") {
    return {
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: false,
    };
  }
  const { resourceRules, nonResourceRules, errors } = rulesFor(
    user,
    namespace,
    storedRbac(context.store),
  );
  const rules = { resourceRules, nonResourceRules } as unknown as JsonObject;
  return {
    ...copyJson(rules),
    // A role that is missing gives no rules: the list is whole without it.
    incomplete: false,
    ...(errors.length === 0 ? {} : { evaluationError: errors.join(", ") }),
  };
}

function subjectOf(spec: JsonObject): UserInfo {
  const groups = Array.isArray(spec["groups"]) ? spec["groups"].map(String) : [];
  return { username: String(spec["user"] ?? ""), groups };
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
