import { describe, expect, it } from "vitest";

import type { UserInfo } from "../authentication/authenticate.js";
import { aggregateClusterRole, aggregateClusterRoles } from "./aggregate-cluster-roles.js";
import { bootstrapObjects } from "../bootstrap/bootstrap-objects.js";
import { checkBindingEscalation, checkRoleEscalation } from "./check-escalation.js";
import type {
  PolicyRule,
  RbacBinding,
  RbacClusterRole,
  RbacObjects,
  RbacRole,
} from "./rbac-objects.js";
import { authorizeRbac, type AuthorizationAttributes, forbiddenMessage, rulesFor } from "./rbac.js";

const editor: UserInfo = { username: "editor", groups: ["editors", "system:authenticated"] };

interface World {
  readonly clusterRoles?: readonly RbacClusterRole[];
  readonly roles?: readonly RbacRole[];
  readonly clusterRoleBindings?: readonly RbacBinding[];
  readonly roleBindings?: readonly RbacBinding[];
}

function bootstrapped<T>(plural: string): readonly T[] {
  const objects = bootstrapObjects()[`rbac.authorization.k8s.io/${plural}`] ?? [];
  return objects as unknown as readonly T[];
}

/** The bootstrap objects of a real server and some more. */
function objectsOf(more: World = {}): RbacObjects {
  const base = {
    clusterRoles: bootstrapped<RbacClusterRole>("clusterroles"),
    roles: bootstrapped<RbacRole>("roles"),
    clusterRoleBindings: bootstrapped<RbacBinding>("clusterrolebindings"),
    roleBindings: bootstrapped<RbacBinding>("rolebindings"),
  };
  const clusterRoles = [...base.clusterRoles, ...(more.clusterRoles ?? [])];
  const roles = [...base.roles, ...(more.roles ?? [])];
  const roleBindings = [...base.roleBindings, ...(more.roleBindings ?? [])];
  return {
    clusterRole: (name) => clusterRoles.find((role) => role.metadata.name === name),
    role: (namespace, name) =>
      roles.find((role) => role.metadata.name === name && role.metadata.namespace === namespace),
    clusterRoleBindings: () => [...base.clusterRoleBindings, ...(more.clusterRoleBindings ?? [])],
    roleBindings: (namespace) =>
      roleBindings.filter((binding) => binding.metadata.namespace === namespace),
  };
}

function ask(
  user: UserInfo,
  verb: string,
  more: Partial<AuthorizationAttributes> = {},
): AuthorizationAttributes {
  return {
    user,
    verb,
    apiGroup: "",
    resource: "pods",
    subresource: "",
    namespace: "",
    name: "",
    resourceRequest: true,
    ...more,
  };
}

function clusterRole(name: string, rules: readonly PolicyRule[]): RbacClusterRole {
  return { metadata: { name }, rules };
}

function bindTo(user: string, role: string, namespace?: string): RbacBinding {
  return {
    metadata: { name: `${user}-${role}`, namespace },
    roleRef: { kind: "ClusterRole", name: role },
    subjects: [{ kind: "User", name: user }],
  };
}

const roleMaker = clusterRole("rolemaker", [
  {
    apiGroups: ["rbac.authorization.k8s.io"],
    resources: ["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
    verbs: ["create", "update", "patch", "get"],
  },
  { apiGroups: [""], resources: ["pods"], resourceNames: ["a"], verbs: ["get"] },
  { nonResourceURLs: ["/foo/*"], verbs: ["get"] },
]);
const withRoleMaker = objectsOf({
  clusterRoles: [roleMaker],
  clusterRoleBindings: [bindTo("editor", "rolemaker")],
});

describe("authorizeRbac", () => {
  it("lets system:masters do everything", () => {
    const root = { username: "root", groups: ["system:masters"] };
    expect(authorizeRbac(ask(root, "anything"), objectsOf())).toEqual({
      allowed: true,
      reason: "",
    });
  });

  it("allows nothing but discovery to a user without bindings", () => {
    expect(authorizeRbac(ask(editor, "list"), objectsOf())).toEqual({ allowed: false, reason: "" });
    const path = { resourceRequest: false, path: "/apis/apps/v1" };
    expect(authorizeRbac(ask(editor, "get", path), objectsOf())).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    });
    const anonymous = { username: "system:anonymous", groups: ["system:unauthenticated"] };
    expect(authorizeRbac(ask(anonymous, "get", path), objectsOf()).allowed).toBe(false);
    expect(
      authorizeRbac(
        ask(anonymous, "get", { resourceRequest: false, path: "/healthz" }),
        objectsOf(),
      ).allowed,
    ).toBe(true);
  });

  it("keeps a role binding to its namespace", () => {
    const objects = objectsOf({ roleBindings: [bindTo("editor", "view", "team")] });
    expect(authorizeRbac(ask(editor, "list", { namespace: "team" }), objects)).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by RoleBinding "editor-view/team" of ClusterRole "view" to User "editor"',
    });
    expect(authorizeRbac(ask(editor, "list", { namespace: "other" }), objects).allowed).toBe(false);
    expect(authorizeRbac(ask(editor, "list"), objects).allowed).toBe(false);
    expect(authorizeRbac(ask(editor, "create", { namespace: "team" }), objects).allowed).toBe(
      false,
    );
    expect(
      authorizeRbac(ask(editor, "list", { namespace: "team", resource: "secrets" }), objects)
        .allowed,
    ).toBe(false);
  });

  it("knows service accounts by their namespace", () => {
    const binding: RbacBinding = {
      metadata: { name: "robots", namespace: "team" },
      roleRef: { kind: "ClusterRole", name: "edit" },
      subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "ci" }],
    };
    const objects = objectsOf({ roleBindings: [binding] });
    const robot = { username: "system:serviceaccount:ci:robot", groups: [] };
    expect(authorizeRbac(ask(robot, "create", { namespace: "team" }), objects).reason).toBe(
      'RBAC: allowed by RoleBinding "robots/team" of ClusterRole "edit" to ServiceAccount "robot/ci"',
    );
    const namesake = { username: "system:serviceaccount:team:robot", groups: [] };
    expect(authorizeRbac(ask(namesake, "create", { namespace: "team" }), objects).allowed).toBe(
      false,
    );
  });

  it("tells a resource, its subresources and single names apart", () => {
    const role = clusterRole("r", [
      { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["patch"] },
      { apiGroups: ["*"], resources: ["*/status"], verbs: ["get"] },
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["one"], verbs: ["get"] },
    ]);
    const objects = objectsOf({
      clusterRoles: [role],
      clusterRoleBindings: [bindTo("editor", "r")],
    });
    const allowed = (verb: string, more: Partial<AuthorizationAttributes>): boolean =>
      authorizeRbac(ask(editor, verb, more), objects).allowed;
    const deployment = { apiGroup: "apps", resource: "deployments" };
    expect(allowed("patch", { ...deployment, subresource: "scale" })).toBe(true);
    expect(allowed("patch", deployment)).toBe(false);
    expect(allowed("get", { ...deployment, subresource: "status" })).toBe(true);
    expect(allowed("get", deployment)).toBe(false);
    expect(allowed("get", { resource: "configmaps", name: "one" })).toBe(true);
    expect(allowed("get", { resource: "configmaps", name: "two" })).toBe(false);
    expect(allowed("list", { resource: "configmaps" })).toBe(false);
  });

  it("names a role that is bound and missing", () => {
    const objects = objectsOf({ clusterRoleBindings: [bindTo("editor", "nope")] });
    const attributes = ask(editor, "list");
    const { allowed, reason } = authorizeRbac(attributes, objects);
    expect(allowed).toBe(false);
    expect(forbiddenMessage(attributes, reason)).toBe(
      'pods is forbidden: User "editor" cannot list resource "pods" in API group "" at the cluster scope: rbac: RBAC: clusterrole.rbac.authorization.k8s.io "nope" not found',
    );
  });
});

describe("forbiddenMessage", () => {
  // Recorded from a real server.
  it.each([
    [
      {},
      "list",
      'pods is forbidden: User "editor" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    [
      { namespace: "y" },
      "list",
      'pods is forbidden: User "editor" cannot list resource "pods" in API group "" in the namespace "y"',
    ],
    [
      { resource: "namespaces", namespace: "y", name: "y" },
      "get",
      'namespaces "y" is forbidden: User "editor" cannot get resource "namespaces" in API group "" in the namespace "y"',
    ],
    [
      {
        apiGroup: "apps",
        resource: "deployments",
        subresource: "scale",
        namespace: "y",
        name: "a",
      },
      "delete",
      'deployments.apps "a" is forbidden: User "editor" cannot delete resource "deployments/scale" in API group "apps" in the namespace "y"',
    ],
    [
      { resourceRequest: false, path: "/metrics" },
      "get",
      'forbidden: User "editor" cannot get path "/metrics"',
    ],
    [
      { resourceRequest: false, path: "/fo<o&x" },
      "post",
      'forbidden: User "editor" cannot post path "/fo&lt;o&amp;x"',
    ],
  ])("%j %s", (more, verb, message) => {
    expect(forbiddenMessage(ask(editor, verb, more))).toBe(message);
  });
});

describe("rulesFor", () => {
  it("lists what a user may do, as SelfSubjectRulesReview", () => {
    const rules = rulesFor(editor, "default", withRoleMaker);
    expect(rules.resourceRules).toEqual([
      {
        verbs: ["create"],
        apiGroups: ["authorization.k8s.io"],
        resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      },
      {
        verbs: ["create"],
        apiGroups: ["authentication.k8s.io"],
        resources: ["selfsubjectreviews"],
      },
      {
        verbs: ["create", "update", "patch", "get"],
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
      },
      { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] },
    ]);
    expect(rules.nonResourceRules).toContainEqual({ verbs: ["get"], nonResourceURLs: ["/foo/*"] });
    expect(rules.nonResourceRules).toHaveLength(3);
    expect(rules.errors).toEqual([]);
  });
});

describe("checkRoleEscalation", () => {
  const request = { user: editor, resource: "clusterroles", namespace: "", name: "new" } as const;
  const prefix =
    'clusterroles.rbac.authorization.k8s.io "new" is forbidden: user "editor" (groups=["editors" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';

  it("allows what the user holds", () => {
    const rules = [
      { apiGroups: [""], resources: ["pods"], resourceNames: ["a"], verbs: ["get"] },
      { nonResourceURLs: ["/foo/bar"], verbs: ["get"] },
    ];
    expect(checkRoleEscalation({ ...request, rules }, withRoleMaker)).toEqual({ kind: "allowed" });
  });

  // Recorded from a real server.
  it.each([
    [
      [
        { apiGroups: ["", "apps"], resources: ["pods", "deployments"], verbs: ["get", "list"] },
        { nonResourceURLs: ["/foo/bar", "/x"], verbs: ["get", "post"] },
        { apiGroups: [""], resources: ["pods"], resourceNames: ["a", "b"], verbs: ["get"] },
      ],
      [
        '{APIGroups:[""], Resources:["deployments"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
        '{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}',
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list"]}',
        '{NonResourceURLs:["/foo/bar"], Verbs:["post"]}',
        '{NonResourceURLs:["/x"], Verbs:["get"]}',
        '{NonResourceURLs:["/x"], Verbs:["post"]}',
      ],
    ],
    [
      [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      ['{APIGroups:["*"], Resources:["*"], Verbs:["*"]}'],
    ],
    [
      [
        { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
        { apiGroups: [""], resources: ["secrets"], verbs: ["list"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["list", "get"] },
      ],
      [
        '{APIGroups:[""], Resources:["configmaps"], Verbs:["list" "get"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
      ],
    ],
  ])("refuses %j in the words of the real server", (rules, lines) => {
    expect(checkRoleEscalation({ ...request, rules }, withRoleMaker)).toEqual({
      kind: "forbidden",
      message: prefix + lines.join("\n"),
    });
  });

  it("allows everything to who may escalate and to system:masters", () => {
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    const master = { username: "root", groups: ["system:masters"] };
    expect(checkRoleEscalation({ ...request, user: master, rules }, objectsOf()).kind).toBe(
      "allowed",
    );
    const escalator = clusterRole("e", [
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["clusterroles"],
        verbs: ["escalate"],
      },
    ]);
    const objects = objectsOf({
      clusterRoles: [escalator],
      clusterRoleBindings: [bindTo("editor", "e")],
    });
    expect(checkRoleEscalation({ ...request, rules }, objects).kind).toBe("allowed");
  });
});

describe("checkBindingEscalation", () => {
  const request = {
    user: editor,
    resource: "rolebindings",
    namespace: "default",
    name: "new",
  } as const;

  it.each([
    ["system:basic-user", "allowed"],
    ["rolemaker", "allowed"],
    ["none", "role-not-found"],
    ["cluster-admin", "forbidden"],
  ])("binding %s is %s", (name, kind) => {
    expect(
      checkBindingEscalation({ ...request, roleRef: { kind: "ClusterRole", name } }, withRoleMaker)
        .kind,
    ).toBe(kind);
  });
});

describe("aggregation", () => {
  it("gives admin what edit and view have, in the bootstrap roles", () => {
    const roles = bootstrapped<RbacClusterRole>("clusterroles");
    const rulesOf = (name: string): readonly PolicyRule[] =>
      roles.find((role) => role.metadata.name === name)?.rules ?? [];
    expect(rulesOf("view").length).toBeGreaterThan(0);
    expect(rulesOf("admin")).toEqual(expect.arrayContaining([...rulesOf("view")]));
    expect(rulesOf("admin")).toEqual(expect.arrayContaining([...rulesOf("edit")]));
    expect(rulesOf("edit").length).toBeGreaterThan(rulesOf("view").length);
  });

  it("selects by labels and expressions, once each, never itself", () => {
    const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
    const labelled = (name: string, labels: Record<string, string>): RbacClusterRole => ({
      metadata: { name, labels },
      rules: [rule],
    });
    const sum: RbacClusterRole = {
      metadata: { name: "sum", labels: { to: "sum" } },
      rules: [{ apiGroups: ["x"], resources: ["y"], verbs: ["z"] }],
      aggregationRule: {
        clusterRoleSelectors: [
          {
            matchLabels: { to: "sum" },
            matchExpressions: [{ key: "not", operator: "DoesNotExist" }],
          },
        ],
      },
    };
    const other = {
      ...labelled("other", { to: "sum", not: "" }),
      rules: [{ ...rule, verbs: ["list"] }],
    };
    expect(
      aggregateClusterRole(sum, [
        sum,
        labelled("a", { to: "sum" }),
        labelled("b", { to: "sum" }),
        other,
      ]),
    ).toEqual([rule]);
    expect(aggregateClusterRole(other, [sum])).toBeUndefined();
    expect(aggregateClusterRoles([sum, labelled("a", { to: "sum" })])[0]?.rules).toEqual([rule]);
  });
});
