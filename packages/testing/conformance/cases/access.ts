import type { Step } from "../case.js";
import { clusterCase, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, paths } from "../objects.js";

const authorization = "/apis/authorization.k8s.io/v1";
const authentication = "/apis/authentication.k8s.io/v1";
const rbac = "rbac.authorization.k8s.io";
const jane = { user: "jane" };
const ofTeam = { user: "joe", groups: ["team"] };
const { configMaps } = paths;

const role = (rules: readonly object[]): Step =>
  quiet(post(paths.roles, { metadata: { name: "r" }, rules }));
const binding = (
  subject: object,
  roleRef: object = { apiGroup: rbac, kind: "Role", name: "r" },
): Step =>
  quiet(post(paths.roleBindings, { metadata: { name: "b" }, roleRef, subjects: [subject] }));
const userJane = { kind: "User", name: "jane", apiGroup: rbac };
const reader = { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] };
/** RBAC's informers see a new role a moment later. */
const allowed = (step: Step): Step => ({ ...step, until: (_body, status) => status !== 403 });
const selfAccess = (attributes: object): Step =>
  post(
    `${authorization}/selfsubjectaccessreviews`,
    { spec: { resourceAttributes: attributes } },
    { as: jane },
  );
const access = (spec: object, extra: Partial<Step> = {}): Step =>
  post(`${authorization}/subjectaccessreviews`, { spec }, extra);
interface Review {
  readonly status?: { readonly allowed?: boolean };
}
const untilAllowed = { until: (body: Review) => body.status?.allowed === true };

export const accessControl = topic("access", [
  testCase("a stranger's token", get(configMaps, {}, { as: "stranger" })),
  testCase(
    "nobody",
    get(configMaps, {}, { as: "nobody" }),
    post(configMaps, configMap("a"), { as: "nobody" }),
  ),
  testCase(
    "a user without rights",
    get(configMaps, {}, { as: jane }),
    get(`${configMaps}/a`, {}, { as: jane }),
    post(configMaps, configMap("a"), { as: jane }),
    put(`${configMaps}/a`, configMap("a"), { as: jane }),
    patch("merge", `${configMaps}/a`, {}, { as: jane }),
    del(`${configMaps}/a`, undefined, { as: jane }),
    del(configMaps, undefined, { as: jane }),
  ),
  testCase(
    "watch, subresources and cluster scope",
    get(configMaps, { watch: "true" }, { as: jane }),
    get(`${paths.pods}/a/log`, {}, { as: jane }),
    get(`${paths.deployments}/a/scale`, {}, { as: jane }),
    get(paths.nodes, {}, { as: jane }),
    get("/api/v1/configmaps", {}, { as: jane }),
  ),
  clusterCase(
    "paths that are no resources",
    get("/metrics", {}, { as: jane, select: ({ message }: { message: string }) => message }),
    get("/apis", {}, { as: jane, select: ({ kind }: { kind: string }) => kind }),
    get("/nothing", {}, { as: jane }),
  ),
  testCase(
    "a missing object is hidden from who may not read",
    get(`${configMaps}/none`, {}, { as: jane }),
    get("/api/v1/namespaces/none", {}, { as: jane }),
  ),
  testCase(
    "role and binding",
    role([reader]),
    binding(userJane),
    allowed(get(configMaps, {}, { as: jane })),
    post(configMaps, configMap("a"), { as: jane }),
  ),
  testCase(
    "role of a group",
    role([reader]),
    binding({ kind: "Group", name: "team", apiGroup: rbac }),
    allowed(get(configMaps, {}, { as: ofTeam })),
    get(configMaps, {}, { as: jane }),
  ),
  testCase(
    "role of a service account",
    role([reader]),
    binding({ kind: "ServiceAccount", name: "sa", namespace: "{ns}" }),
    allowed(
      get(
        configMaps,
        {},
        {
          as: { user: "system:serviceaccount:{ns}:sa" },
          headers: { "impersonate-user": "system:serviceaccount:{ns}:sa" },
        },
      ),
    ),
  ),
  testCase(
    "role by resource name",
    role([
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["a"],
        verbs: ["get", "update"],
      },
    ]),
    binding(userJane),
    quiet(post(configMaps, configMap("a"))),
    allowed(get(`${configMaps}/a`, {}, { as: jane })),
    get(`${configMaps}/b`, {}, { as: jane }),
    get(configMaps, {}, { as: jane }),
  ),
  testCase(
    "role of a subresource",
    role([{ apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["get"] }]),
    binding(userJane),
    allowed(get(`${paths.deployments}/a/scale`, {}, { as: jane })),
    get(`${paths.deployments}/a`, {}, { as: jane }),
  ),
  testCase(
    "wildcards",
    role([{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
    binding(userJane),
    allowed(get(paths.deployments, {}, { as: jane, select: () => "answered" })),
    get(paths.nodes, {}, { as: jane }),
  ),
  testCase(
    "cluster role in one namespace",
    quiet(post(paths.clusterRoles, { metadata: { name: "{id}" }, rules: [reader] })),
    binding(userJane, { apiGroup: rbac, kind: "ClusterRole", name: "{id}" }),
    allowed(get(configMaps, {}, { as: jane })),
    get("/api/v1/namespaces/default/configmaps", {}, { as: jane }),
    post(configMaps, configMap("a"), { as: jane }),
  ),
  testCase(
    "cluster role binding",
    quiet(
      post(paths.clusterRoles, {
        metadata: { name: "{id}" },
        rules: [
          { apiGroups: [""], resources: ["nodes"], verbs: ["list"] },
          { nonResourceURLs: ["/metrics"], verbs: ["get"] },
        ],
      }),
    ),
    quiet(
      post(paths.clusterRoleBindings, {
        metadata: { name: "{id}" },
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "{id}" },
        subjects: [{ kind: "User", name: "nora", apiGroup: rbac }],
      }),
    ),
    allowed(
      get(paths.nodes, {}, { as: { user: "nora" }, select: ({ kind }: { kind: string }) => kind }),
    ),
    get("/metrics", {}, { as: { user: "nora" }, select: () => "answered" }),
  ),
  testCase(
    "aggregated cluster role",
    quiet(
      post(paths.clusterRoles, {
        metadata: { name: "{id}" },
        aggregationRule: {
          clusterRoleSelectors: [{ matchLabels: { "example.com/{id}": "true" } }],
        },
      }),
    ),
    get(`${paths.clusterRoles}/{id}`),
  ),
  testCase(
    "self access review",
    selfAccess({ namespace: "{ns}", verb: "get", resource: "configmaps" }),
  ),
  testCase("self access review that is allowed", role([reader]), binding(userJane), {
    ...selfAccess({ namespace: "{ns}", verb: "get", resource: "configmaps" }),
    ...untilAllowed,
  }),
  testCase(
    "self access review of the administrator",
    post(`${authorization}/selfsubjectaccessreviews`, {
      spec: { nonResourceAttributes: { path: "/metrics", verb: "get" } },
    }),
  ),
  testCase(
    "self access review without attributes",
    post(`${authorization}/selfsubjectaccessreviews`, { spec: {} }),
    post(`${authorization}/selfsubjectaccessreviews`, {
      spec: { resourceAttributes: { verb: "get" }, nonResourceAttributes: { path: "/" } },
    }),
  ),
  testCase(
    "self rules review",
    role([reader]),
    binding(userJane),
    quiet({
      ...selfAccess({ namespace: "{ns}", verb: "get", resource: "configmaps" }),
      ...untilAllowed,
    }),
    post(
      `${authorization}/selfsubjectrulesreviews`,
      { spec: { namespace: "{ns}" } },
      {
        as: jane,
        select: ({
          status,
        }: {
          status: { resourceRules: readonly object[]; incomplete: boolean };
        }) => ({
          incomplete: status.incomplete,
          rules: status.resourceRules.filter((rule) => JSON.stringify(rule).includes("configmaps")),
        }),
      },
    ),
  ),
  testCase(
    "self rules review with a role that is missing",
    quiet(
      post(paths.roleBindings, {
        metadata: { name: "missing" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "nosuch" },
        subjects: [{ kind: "User", name: "{id}", apiGroup: "rbac.authorization.k8s.io" }],
      }),
    ),
    post(
      `${authorization}/selfsubjectrulesreviews`,
      { spec: { namespace: "{ns}" } },
      {
        as: { user: "{id}" },
        until: ({ status }: { status: { evaluationError?: string } }) =>
          status.evaluationError !== undefined,
        select: ({ status }: { status: { incomplete: boolean; evaluationError?: string } }) => [
          status.incomplete,
          status.evaluationError,
        ],
      },
    ),
  ),
  testCase(
    "self rules review needs a namespace",
    post(`${authorization}/selfsubjectrulesreviews`, { spec: {} }),
  ),
  testCase(
    "access review of somebody",
    role([reader]),
    binding(userJane),
    access(
      {
        user: "jane",
        resourceAttributes: { namespace: "{ns}", verb: "list", resource: "configmaps" },
      },
      untilAllowed,
    ),
    access({
      user: "jane",
      resourceAttributes: { namespace: "{ns}", verb: "delete", resource: "configmaps" },
    }),
    access({
      user: "x",
      groups: ["system:masters"],
      resourceAttributes: { verb: "delete", resource: "nodes" },
    }),
  ),
  testCase("access review without a user", access({ resourceAttributes: { verb: "get" } })),
  testCase(
    "local access review",
    post(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
      spec: {
        user: "jane",
        resourceAttributes: { namespace: "{ns}", verb: "get", resource: "pods" },
      },
    }),
    post(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
      spec: {
        user: "jane",
        resourceAttributes: { namespace: "other", verb: "get", resource: "pods" },
      },
    }),
  ),
  testCase(
    "access review needs a right",
    access({ user: "jane", resourceAttributes: { verb: "get", resource: "pods" } }, { as: jane }),
  ),
  clusterCase("who am I", post(`${authentication}/selfsubjectreviews`, {}, { as: ofTeam })),
  clusterCase(
    "token review of a wrong token",
    post(`${authentication}/tokenreviews`, { spec: { token: "nonsense" } }),
    post(`${authentication}/tokenreviews`, { spec: {} }),
  ),
  clusterCase(
    "reviews are not stored",
    get(`${authentication}/tokenreviews`),
    get(`${authorization}/subjectaccessreviews`),
  ),
  clusterCase(
    "impersonation needs a right",
    get("/api/v1/nodes", {}, { as: "nobody", headers: { "impersonate-user": "jane" } }),
  ),
  clusterCase(
    "impersonation without a user",
    get("/api/v1/nodes", {}, { headers: { "impersonate-group": "team" } }),
  ),
  clusterCase(
    "impersonated groups, uid and extra",
    post(
      `${authentication}/selfsubjectreviews`,
      {},
      {
        headers: {
          "impersonate-user": "jane",
          "impersonate-uid": "u-1",
          "impersonate-extra-scopes": "view",
        },
      },
    ),
  ),
  clusterCase(
    "impersonated service account",
    post(
      `${authentication}/selfsubjectreviews`,
      {},
      { headers: { "impersonate-user": "system:serviceaccount:ns1:sa1" } },
    ),
  ),
  testCase(
    "role with more rights than its maker",
    role([{ apiGroups: [rbac], resources: ["roles"], verbs: ["create"] }]),
    binding(userJane),
    post(
      paths.roles,
      {
        metadata: { name: "grab" },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      },
      {
        as: jane,
        until: (body: { message?: string }) =>
          body.message?.includes("attempting to grant") === true,
      },
    ),
  ),
  testCase(
    "role reference cannot change",
    role([reader]),
    binding(userJane),
    patch("merge", `${paths.roleBindings}/b`, { roleRef: { name: "other" } }),
  ),
  testCase(
    "binding to a missing role",
    post(paths.roleBindings, {
      metadata: { name: "b" },
      roleRef: { apiGroup: rbac, kind: "Role", name: "none" },
      subjects: [userJane],
    }),
  ),
  testCase(
    "binding that is invalid",
    post(paths.roleBindings, {
      metadata: { name: "b" },
      roleRef: { apiGroup: rbac, kind: "Thing", name: "x" },
      subjects: [
        { kind: "Alien", name: "x" },
        { kind: "ServiceAccount", name: "x" },
      ],
    }),
  ),
  testCase(
    "role that is invalid",
    post(paths.roles, {
      metadata: { name: "r" },
      rules: [
        { resources: ["pods"], verbs: [] },
        { apiGroups: [""], nonResourceURLs: ["/x"], verbs: ["get"] },
      ],
    }),
  ),
]);
