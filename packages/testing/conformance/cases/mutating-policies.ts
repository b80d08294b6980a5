import type { Step } from "../case.js";
import { installed } from "../crd-steps.js";
import { configMap, deployment, paths, widget, widgetsPath } from "../objects.js";
import { del, patch, post, quiet, testCase, topic } from "../requests.js";

const { configMaps, deployments } = paths;
const group = "/apis/admissionregistration.k8s.io/v1";
const policies = `${group}/mutatingadmissionpolicies`;
const bindings = `${group}/mutatingadmissionpolicybindings`;
/** The two servers know their administrators by different names. */
const jane = { as: { user: "jane", groups: ["system:masters"] } } as const;

const here = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } } };
const rule = (resources: readonly string[], fields: object = {}): object => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations: ["CREATE", "UPDATE"],
  resources,
  ...fields,
});
const jsonPatch = (expression: string): object => ({
  patchType: "JSONPatch",
  jsonPatch: { expression },
});
const applied = (expression: string): object => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression },
});
const policy = (name: string, spec: object): object => ({
  metadata: { name },
  spec: {
    matchConstraints: { resourceRules: [rule(["configmaps"])] },
    reinvocationPolicy: "Never",
    mutations: [applied("Object{}")],
    ...spec,
  },
});
const binding = (name: string, spec: object = {}): object => ({
  metadata: { name },
  spec: { policyName: name, matchResources: here, ...spec },
});
/** A policy in force, which shows in what it makes of an object that is named `probe`. */
const inForce = (
  spec: object,
  bound: object = {},
  [path, probe]: readonly [string, object] = [configMaps, configMap("probe", { p: "q" })],
): Step[] => {
  const { mutations = [], ...rest } = spec as { mutations?: readonly object[] };
  return [
    quiet(
      post(
        policies,
        policy("{id}", {
          ...rest,
          mutations: [
            applied(
              'object.metadata.name == "probe" ? Object{metadata: Object.metadata{labels: {"in": "force"}}} : Object{}',
            ),
            ...mutations,
          ],
        }),
      ),
    ),
    quiet(post(bindings, binding("{id}", bound))),
    post(path, probe, {
      query: { dryRun: "All" },
      until: ({ metadata, code }: { metadata?: { labels?: { in?: string } }; code?: number }) =>
        metadata?.labels?.in === "force" || ((code ?? 0) >= 400 && code !== 503),
      select: () => "in force",
    }),
  ];
};
const gone: readonly Step[] = [quiet(del(`${bindings}/{id}`)), quiet(del(`${policies}/{id}`))];
const shown = {
  select: ({
    metadata,
    data,
    spec,
    message,
  }: {
    metadata: { labels?: unknown; annotations?: unknown };
    data?: unknown;
    spec?: unknown;
    message?: string;
  }) => message ?? { labels: metadata.labels, annotations: metadata.annotations, data, spec },
};
const made = (name: string, data: object = {}): Step =>
  post(configMaps, configMap(name, data), { ...jane, ...shown });
/** One answer for each mutation, which is made of the object that is named after it. */
const mutations = (...given: readonly object[]): Step[] =>
  given.flatMap((mutation) => [
    ...inForce({ mutations: [mutation], matchConditions: [{ name: "all", expression: "true" }] }),
    made("a", { a: "b", n: "3" }),
    ...gone,
  ]);
const refused = (spec: object): Step =>
  post(policies, policy("{id}", spec), { query: { dryRun: "All" } });

export const mutatingPolicies = topic("mutating-policies", [
  testCase(
    "apply configurations",
    ...inForce({
      mutations: [
        applied('Object{metadata: Object.metadata{labels: {"a": object.metadata.name}}}'),
        applied(
          "Object{data: {'b': has(object.data.a) ? string(object.data.a) : 'none', 'user': request.userInfo.username}}",
        ),
      ],
    }),
    made("a", { a: "b" }),
    made("b"),
    ...gone,
  ),
  testCase(
    "JSON patches",
    ...inForce({
      mutations: [
        jsonPatch(
          '[JSONPatch{op: "add", path: "/data/x", value: object.metadata.name}, JSONPatch{op: "add", path: "/metadata/annotations", value: {"a/b": "c"}}]',
        ),
        jsonPatch(
          '[JSONPatch{op: "test", path: "/data/x", value: "b"}, JSONPatch{op: "remove", path: "/data/a"}]',
        ),
        jsonPatch(
          '[JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("x/y"), value: "1"}]',
        ),
      ],
    }),
    made("a", { a: "b" }),
    made("b", { a: "b" }),
    ...gone,
  ),
  testCase(
    "JSON patch that cannot be applied",
    ...mutations(jsonPatch('[JSONPatch{op: "remove", path: "/nope"}]')),
  ),
  testCase(
    "JSON patch to another type",
    ...mutations(jsonPatch('[JSONPatch{op: "add", path: "/data", value: 3}]')),
  ),
  testCase("expression that fails", ...mutations(applied("Object{data: {'b': object.data.none}}"))),
  testCase(
    "names that do not fit",
    ...mutations(applied("Object{metadata: Object.wrong{labels: {'a': 'b'}}}")),
  ),
  testCase("fields that are not there", ...mutations(applied("Object{nope: 1}"))),
  testCase(
    "failure policy",
    ...inForce({
      failurePolicy: "Ignore",
      mutations: [
        jsonPatch('[JSONPatch{op: "remove", path: "/data/none"}]'),
        applied('Object{metadata: Object.metadata{labels: {"a": "b"}}}'),
      ],
    }),
    made("a", { a: "b" }),
    ...gone,
  ),
  testCase(
    "containers",
    ...inForce(
      {
        matchConstraints: { resourceRules: [rule(["deployments"])] },
        mutations: [
          applied(
            'Object{spec: Object.spec{replicas: 2, template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "side", image: "s"}]}}}}',
          ),
          jsonPatch(
            '[JSONPatch{op: "add", path: "/spec/template/spec/containers/0/env", value: [Object.spec.template.spec.containers.env{name: "A", value: "b"}]}]',
          ),
        ],
      },
      {},
      [deployments, deployment("probe")],
    ),
    post(deployments, deployment("d"), { ...jane, ...shown }),
    ...gone,
  ),
  testCase(
    "atomic lists",
    ...inForce(
      {
        matchConstraints: { resourceRules: [rule(["deployments"])] },
        mutations: [
          applied(
            "Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'b'}}}}",
          ),
        ],
      },
      {},
      [deployments, deployment("probe")],
    ),
    post(deployments, deployment("d"), jane),
    ...gone,
  ),
  testCase(
    "variables, parameters and conditions",
    quiet(post(configMaps, configMap("values", { label: "from-params" }))),
    ...inForce(
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        variables: [{ name: "label", expression: "params.data.label + '-x'" }],
        matchConditions: [{ name: "not", expression: "object.metadata.name != 'left'" }],
        mutations: [applied("Object{metadata: Object.metadata{labels: {'l': variables.label}}}")],
      },
      { paramRef: { name: "values", namespace: "{ns}", parameterNotFoundAction: "Deny" } },
    ),
    made("a"),
    made("left"),
    ...gone,
  ),
  testCase(
    "changes and custom resources",
    ...installed({
      properties: {
        spec: {
          type: "object",
          properties: {
            size: { type: "integer" },
            tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
          },
        },
      },
    }),
    ...inForce(
      {
        matchConstraints: {
          resourceRules: [rule(["widgets"], { apiGroups: ["{id}.example.com"] })],
        },
        mutations: [
          applied(
            "Object{spec: Object.spec{size: oldObject == null ? 1 : oldObject.spec.size + 1, tags: ['added']}}",
          ),
        ],
      },
      {},
      [widgetsPath, widget("probe", { spec: {} })],
    ),
    post(widgetsPath, widget("a", { spec: { tags: ["own"] } }), shown),
    patch("merge", `${widgetsPath}/a`, { metadata: { labels: { a: "b" } } }, shown),
    ...gone,
  ),
  testCase(
    "asked again after a webhook",
    quiet(
      post(`${group}/mutatingwebhookconfigurations`, {
        metadata: { name: "{id}" },
        webhooks: [
          {
            name: "append.example.com",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            namespaceSelector: here.namespaceSelector,
            clientConfig: { url: "{hook}/append/x", caBundle: "{hookCa}" },
            rules: [rule(["configmaps"])],
          },
        ],
      }),
    ),
    post(configMaps, configMap("a", { order: "" }), {
      query: { dryRun: "All" },
      until: ({ data }: { data?: { order?: string } }) => data?.order === "x",
      select: () => "webhook in force",
    }),
    ...(["IfNeeded", "Never"] as const).flatMap((reinvocationPolicy) => [
      ...inForce({
        reinvocationPolicy,
        mutations: [
          applied(
            "Object{metadata: Object.metadata{labels: {'seen': 'o' + string(object.?data.?order.orValue('none'))}}}",
          ),
        ],
      }),
      made(reinvocationPolicy.toLowerCase(), { order: "" }),
      ...gone,
      // Until the policy is forgotten: the next one has its name.
      post(configMaps, configMap("probe", { p: "q" }), {
        query: { dryRun: "All" },
        until: ({ metadata }: { metadata?: { labels?: unknown } }) =>
          metadata !== undefined && metadata.labels === undefined,
        select: () => "gone",
      }),
    ]),
    quiet(del(`${group}/mutatingwebhookconfigurations/{id}`)),
  ),
  testCase(
    "parameters that are not there",
    ...inForce(
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      },
      { paramRef: { name: "none", parameterNotFoundAction: "Deny" } },
    ),
    post(configMaps, configMap("a"), jane),
    ...gone,
  ),
  testCase(
    "defaults",
    post(policies, policy("{id}", {}), { query: { dryRun: "All" } }),
    post(bindings, binding("{id}"), { query: { dryRun: "All" } }),
  ),
  testCase(
    "policies that are refused",
    post(policies, { metadata: { name: "{id}" } }, { query: { dryRun: "All" } }),
    refused({ mutations: [], reinvocationPolicy: "Always", failurePolicy: "x" }),
    refused({ mutations: [{}, { patchType: "Merge" }] }),
    refused({
      mutations: [
        { patchType: "JSONPatch" },
        { patchType: "ApplyConfiguration" },
        { ...jsonPatch("[]"), applyConfiguration: { expression: "Object{}" } },
        { ...applied("Object{}"), jsonPatch: { expression: "[]" } },
      ],
    }),
    refused({ mutations: [jsonPatch(""), applied(" ")] }),
    refused({ mutations: [jsonPatch("1"), applied("1"), applied("object"), jsonPatch("[1]")] }),
    refused({ mutations: [applied("Object{metadata: nope}"), jsonPatch("[JSONPatch{nope: 1}]")] }),
  ),
]);
