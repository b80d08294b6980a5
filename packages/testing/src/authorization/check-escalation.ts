import type { UserInfo } from "../authentication/authenticate.js";
import { describeRule, goStringList, uncoveredRules } from "./policy-rules.js";
import { authorizeRbac, PRIVILEGED_GROUP, roleRules, rulesFor } from "./rbac.js";
import type { PolicyRule, RbacObjects, RoleReference } from "./rbac-objects.js";
import { goQuote } from "../schema/go-format.js";

/** A role or a binding that somebody writes. */
export interface EscalationRequest {
  readonly user: UserInfo;
  readonly resource: "roles" | "clusterroles" | "rolebindings" | "clusterrolebindings";
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

export type EscalationVerdict =
  | { readonly kind: "allowed" }
  /** 403; the whole message of the Status. */
  | { readonly kind: "forbidden"; readonly message: string }
  /** 404: the role that a binding names does not exist, so that nobody can say what it grants. */
  | { readonly kind: "role-not-found" };

const GROUP = "rbac.authorization.k8s.io";
const ALLOWED: EscalationVerdict = { kind: "allowed" };

/**
 * Nobody grants by a Role or ClusterRole what he does not hold, unless he may `escalate` it. To be asked on create, and on
 * update when the rules (or the aggregation) change.
 */
export function checkRoleEscalation(
  request: EscalationRequest & {
    readonly rules: readonly PolicyRule[];
    readonly isAggregated?: boolean | undefined;
  },
  objects: RbacObjects,
): EscalationVerdict {
  if (mayEscalate(request, request.resource, "escalate", request.name, objects)) return ALLOWED;
  if (request.isAggregated === true && !holdsEverything(request, objects)) {
    return forbidden(request, "must have cluster-admin privileges to use the aggregationRule");
  }
  return checkHeld(request, request.rules, objects);
}

/**
 * Nobody grants by a binding what he does not hold, unless he may `bind` the role. To be asked on create, and on update when
 * the role or the subjects change.
 */
export function checkBindingEscalation(
  request: EscalationRequest & { readonly roleRef: RoleReference },
  objects: RbacObjects,
): EscalationVerdict {
  const { roleRef } = request;
  const resource = roleRef.kind === "ClusterRole" ? "clusterroles" : "roles";
  if (mayEscalate(request, resource, "bind", roleRef.name, objects)) return ALLOWED;
  const rules = roleRules(roleRef, request.namespace, objects);
  return rules === undefined ? { kind: "role-not-found" } : checkHeld(request, rules, objects);
}

function mayEscalate(
  request: EscalationRequest,
  resource: string,
  verb: string,
  name: string,
  objects: RbacObjects,
): boolean {
  if (request.user.groups.includes(PRIVILEGED_GROUP)) return true;
  const { user, namespace } = request;
  const attributes = {
    user,
    verb,
    apiGroup: GROUP,
    resource,
    subresource: "",
    namespace,
    name,
    resourceRequest: true,
  };
  return authorizeRbac(attributes, objects).allowed;
}

function checkHeld(
  request: EscalationRequest,
  rules: readonly PolicyRule[],
  objects: RbacObjects,
): EscalationVerdict {
  const { user } = request;
  const held = rulesFor(user, request.namespace, objects);
  const missing = uncoveredRules([...held.resourceRules, ...held.nonResourceRules], rules);
  if (missing.length === 0) return ALLOWED;
  const described = [...new Set(missing.map(describeRule))].toSorted();
  const errors = held.errors.length === 0 ? "" : `; resolution errors: [${held.errors.join(", ")}]`;
  return forbidden(
    request,
    `user ${goQuote(user.username)} (groups=${goStringList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${described.join("\n")}${errors}`,
  );
}

function holdsEverything(request: EscalationRequest, objects: RbacObjects): boolean {
  const held = rulesFor(request.user, request.namespace, objects);
  const everything: PolicyRule[] = [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ];
  return uncoveredRules([...held.resourceRules, ...held.nonResourceRules], everything).length === 0;
}

function forbidden(request: EscalationRequest, cause: string): EscalationVerdict {
  return {
    kind: "forbidden",
    message: `${request.resource}.${GROUP} ${goQuote(request.name)} is forbidden: ${cause}`,
  };
}
