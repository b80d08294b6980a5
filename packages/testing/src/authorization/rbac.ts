import type { UserInfo } from "../authentication/authenticate.js";
import { ruleAllows, type RuleQuestion } from "./policy-rules.js";
import type {
  PolicyRule,
  RbacBinding,
  RbacObjects,
  RbacSubject,
  RoleReference,
} from "./rbac-objects.js";
import { goQuote } from "../schema/go-format.js";

/** Whoever is in it may do everything, whatever the objects say. */
export const PRIVILEGED_GROUP = "system:masters";

/** One request, as an authorizer sees it. */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, ...; for paths the HTTP method. */
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  /** For a request on `namespaces/x` itself, `x`: roles bound in a namespace count for the namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Of a request that is not on a resource: `/metrics`. */
  readonly path?: string | undefined;
  readonly resourceRequest: boolean;
}

export interface AuthorizationDecision {
  readonly allowed: boolean;
  /** Why, in the words of the real server; empty when there is nothing to say. */
  readonly reason: string;
}

export interface UserRules {
  readonly resourceRules: readonly PolicyRule[];
  readonly nonResourceRules: readonly PolicyRule[];
  /** Roles that are bound and do not exist. */
  readonly errors: readonly string[];
}

/** Decides by role bindings, and lets members of `system:masters` do everything. */
export function authorizeRbac(
  attributes: AuthorizationAttributes,
  objects: RbacObjects,
): AuthorizationDecision {
  if (attributes.user.groups.includes(PRIVILEGED_GROUP)) return { allowed: true, reason: "" };
  const question: RuleQuestion = attributes.resourceRequest
    ? { kind: "resource", ...attributes }
    : { kind: "path", verb: attributes.verb, path: attributes.path ?? "" };
  const errors: string[] = [];
  for (const grant of grantsOf(attributes.user, attributes.namespace, objects)) {
    if (grant.rules === undefined) errors.push(grant.error);
    else if (grant.rules.some((rule) => ruleAllows(rule, question))) {
      return { allowed: true, reason: `RBAC: allowed by ${grant.source}` };
    }
  }
  return { allowed: false, reason: errors.length === 0 ? "" : `rbac: RBAC: ${joinErrors(errors)}` };
}

/**
 * What a user may do in a namespace: the answer of SelfSubjectRulesReview.
 *
 * @param namespace empty for what is granted in the whole cluster alone.
 */
export function rulesFor(user: UserInfo, namespace: string, objects: RbacObjects): UserRules {
  const resourceRules: PolicyRule[] = [];
  const nonResourceRules: PolicyRule[] = [];
  const errors: string[] = [];
  for (const grant of grantsOf(user, namespace, objects)) {
    if (grant.rules === undefined) errors.push(grant.error);
    for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of grant.rules ??
      []) {
      if ((resources ?? []).length > 0) {
        resourceRules.push({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames === undefined ? {} : { resourceNames }),
        });
      }
      if ((nonResourceURLs ?? []).length > 0) nonResourceRules.push({ verbs, nonResourceURLs });
    }
  }
  return { resourceRules, nonResourceRules, errors };
}

/**
 * The message of a 403 answer, word for word.
 *
 * @param reason of the {@link AuthorizationDecision}. Default: none.
 */
export function forbiddenMessage(attributes: AuthorizationAttributes, reason = ""): string {
  const { resource, subresource, apiGroup, namespace, name } = attributes;
  const user = `User ${goQuote(attributes.user.username)}`;
  const cause = reason === "" ? "" : `: ${reason}`;
  if (!attributes.resourceRequest) {
    return `forbidden: ${escapeHtml(`${user} cannot ${attributes.verb} path ${goQuote(attributes.path ?? "")}`)}${cause}`;
  }
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  const scope =
    namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(namespace)}`;
  const what = `resource ${goQuote(combined)} in API group ${goQuote(apiGroup)} ${scope}`;
  const qualified = apiGroup === "" ? resource : `${resource}.${apiGroup}`;
  const subject = name === "" ? qualified : `${qualified} ${goQuote(name)}`;
  return `${subject} is forbidden: ${escapeHtml(`${user} cannot ${attributes.verb} ${what}`)}${cause}`;
}

type Grant =
  | { readonly rules: readonly PolicyRule[]; readonly source: string }
  | { readonly rules: undefined; readonly error: string };

/** The rules of every role that is bound to the user, cluster-wide ones first. */
function* grantsOf(user: UserInfo, namespace: string, objects: RbacObjects): Generator<Grant> {
  for (const binding of objects.clusterRoleBindings()) {
    const grant = grantOf(user, binding, "", objects);
    if (grant !== undefined) yield grant;
  }
  if (namespace === "") return;
  for (const binding of objects.roleBindings(namespace)) {
    const grant = grantOf(user, binding, namespace, objects);
    if (grant !== undefined) yield grant;
  }
}

function grantOf(
  user: UserInfo,
  binding: RbacBinding,
  namespace: string,
  objects: RbacObjects,
): Grant | undefined {
  const subject = binding.subjects?.find((candidate) => isSubject(user, candidate, namespace));
  if (subject === undefined) return undefined;
  const rules = roleRules(binding.roleRef, namespace, objects);
  const { kind, name } = binding.roleRef;
  if (rules === undefined) {
    return {
      rules,
      error: `${kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(name)} not found`,
    };
  }
  const bindingName = binding.metadata.name ?? "";
  const described =
    namespace === ""
      ? `ClusterRoleBinding ${goQuote(bindingName)}`
      : `RoleBinding ${goQuote(`${bindingName}/${namespace}`)}`;
  return {
    rules,
    source: `${described} of ${kind} ${goQuote(name)} to ${describeSubject(subject, namespace)}`,
  };
}

/** Undefined when the role does not exist. */
export function roleRules(
  reference: RoleReference,
  namespace: string,
  objects: RbacObjects,
): readonly PolicyRule[] | undefined {
  const role =
    reference.kind === "ClusterRole"
      ? objects.clusterRole(reference.name)
      : objects.role(namespace, reference.name);
  return role === undefined ? undefined : (role.rules ?? []);
}

function isSubject(user: UserInfo, subject: RbacSubject, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case "User":
      return user.username === subject.name;
    case "Group":
      return user.groups.includes(subject.name);
    case "ServiceAccount": {
      const namespace = subject.namespace ?? bindingNamespace;
      return (
        namespace !== "" && user.username === `system:serviceaccount:${namespace}:${subject.name}`
      );
    }
    default:
      return false;
  }
}

function describeSubject(subject: RbacSubject, bindingNamespace: string): string {
  if (subject.kind !== "ServiceAccount") return `${subject.kind} ${goQuote(subject.name)}`;
  return `ServiceAccount ${goQuote(`${subject.name}/${subject.namespace ?? bindingNamespace}`)}`;
}

/** Go's aggregate of errors: the same text is told once, several stand in brackets. */
function joinErrors(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

/** The real server does so in these messages alone: they may be shown by a browser. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
