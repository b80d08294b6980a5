import type { Step } from "../case.js";
import { configMap, deployment, paths, pod } from "../objects.js";
import { apply, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";

const { configMaps, pods, deployments } = paths;
const group = "/apis/admissionregistration.k8s.io/v1";
const validating = `${group}/validatingwebhookconfigurations`;
const mutating = `${group}/mutatingwebhookconfigurations`;
const autoscalers = (version: string): string =>
  `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers`;
/** The two servers know their administrators by different names. */
const jane = { as: { user: "jane", groups: ["system:masters"] } } as const;

const here = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };
const rule = (resources: readonly string[], fields: object = {}): object => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations: ["*"],
  resources,
  ...fields,
});
const hook = (name: string, path: string, fields: object = {}): object => ({
  name: `${name}.example.com`,
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  timeoutSeconds: 5,
  namespaceSelector: here,
  clientConfig: { url: `{hook}/${path}`, caBundle: "{hookCa}" },
  rules: [rule(["configmaps"])],
  ...fields,
});
/** Webhooks that are in force: the last of the configuration refuses all leases. */
const inForce = (path: string, ...webhooks: readonly object[]): Step[] => [
  quiet(
    post(path, {
      metadata: { name: "{id}" },
      webhooks: [...webhooks, hook("probe", "refuse", { rules: [rule(["leases"])] })],
    }),
  ),
  post(
    paths.leases,
    { metadata: { name: "l" } },
    {
      query: { dryRun: "All" },
      until: (_body, status) => status === 400,
      select: () => "in force",
    },
  ),
];
const gone = (path: string): Step => quiet(del(`${path}/{id}`));
const named = (...names: readonly string[]): Step[] =>
  names.map((name) => post(configMaps, configMap(name, { a: "b" })));
const selected = (label: string): object => ({ objectSelector: { matchLabels: { to: label } } });
const labelled = (label: string, extra: object = {}): Step =>
  post(configMaps, configMap(label, { a: "b" }, { labels: { to: label } }), extra);

const answering = (path: string, ...names: readonly string[]): Step[] => [
  ...inForce(path, hook("named", "by-name", { timeoutSeconds: 1 })),
  ...named(...names),
  gone(path),
];
const told = (...steps: readonly Step[]): Step[] => [
  ...inForce(
    validating,
    hook("teller", "tell", { rules: [rule(["*/*"], { scope: "Namespaced" })] }),
  ),
  ...steps,
  gone(validating),
];
const refused = (webhook: object, path = validating): Step =>
  post(path, { metadata: { name: "{id}" }, webhooks: [webhook] }, { query: { dryRun: "All" } });

export const admissionWebhooks = topic("admission-webhooks", [
  testCase(
    "denied",
    ...answering(
      validating,
      "denied",
      "denied-with-message",
      "denied-with-reason",
      "denied-as-invalid",
      "denied-with-warning",
      "denied-with-code-200",
    ),
  ),
  testCase("allowed with warnings", ...answering(validating, "warned", "allowed")),
  testCase(
    "answers that are none",
    ...answering(
      validating,
      "other-uid",
      "no-response",
      "no-kind",
      "other-version",
      "no-json",
      "empty",
      "code-400",
      "code-401",
      "code-404",
      "code-500",
      "code-503",
      "patched",
    ),
  ),
  testCase("answers that do not come", ...answering(validating, "silent", "ended")),
  testCase(
    "patched",
    ...answering(mutating, "patched", "patched-with-nothing", "patched-to-other-name"),
    get(`${configMaps}/another`),
  ),
  testCase(
    "patches that are none",
    ...answering(
      mutating,
      "patched-without-type",
      "patched-with-other-type",
      "patched-without-patch",
      "patched-with-object",
      "patched-at-nothing",
      "patched-to-other-type",
      "patched-with-unknown-field",
      "patched-to-invalid",
      "denied-with-message",
      "warned",
    ),
  ),
  testCase(
    "webhooks out of reach",
    ...inForce(
      validating,
      hook("refused", "", {
        clientConfig: { url: "https://127.0.0.1:1/x" },
        ...selected("closed"),
      }),
      hook("unknown", "", { clientConfig: { url: "{hook}/allow" }, ...selected("unknown-ca") }),
      hook("bundle", "", {
        clientConfig: { url: "{hook}/allow", caBundle: "YQ==" },
        ...selected("no-ca"),
      }),
      hook("service", "", {
        clientConfig: { service: { name: "s", namespace: "{ns}", path: "/x" } },
        ...selected("service"),
      }),
      hook("ignored", "", {
        clientConfig: { url: "https://127.0.0.1:1/x" },
        failurePolicy: "Ignore",
        ...selected("ignored"),
      }),
    ),
    ...["closed", "unknown-ca", "no-ca", "service", "ignored", "other"].map((label) =>
      labelled(label),
    ),
    gone(validating),
  ),
  testCase(
    "told of creations",
    ...told(
      post(configMaps, configMap("a", { b: "c" }), jane),
      post(
        configMaps,
        { metadata: { generateName: "g-" } },
        {
          ...jane,
          select: ({ message }: { message: string }) => message.replaceAll(/g-[a-z0-9]{5}/g, "g-…"),
        },
      ),
      post(configMaps, configMap("a"), {
        ...jane,
        query: { dryRun: "All", fieldManager: "f", fieldValidation: "Strict" },
      }),
      apply(`${configMaps}/b`, "m", configMap("b", { b: "c" }), jane),
      post(deployments, deployment("d"), jane),
    ),
  ),
  testCase(
    "mutating webhooks are told of whole objects",
    ...inForce(
      mutating,
      hook("teller", "tell", { rules: [rule(["pods", "services", "deployments"])] }),
    ),
    post(pods, pod("p"), jane),
    post(deployments, deployment("d"), jane),
    gone(mutating),
  ),
  testCase(
    "told of changes",
    quiet(post(configMaps, configMap("a", { b: "c" }), jane)),
    ...told(
      put(`${configMaps}/a`, configMap("a", { b: "d" }), jane),
      patch("merge", `${configMaps}/a`, { data: { b: "e" } }, jane),
      apply(`${configMaps}/a`, "m", configMap("a", { f: "g" }), {
        ...jane,
        query: { force: "true" },
      }),
      patch("merge", `${configMaps}/a`, {}, jane),
    ),
  ),
  testCase(
    "told of deletions",
    quiet(post(configMaps, configMap("a", { b: "c" }), jane)),
    quiet(post(pods, pod("p"), jane)),
    ...told(
      del(`${configMaps}/a`, undefined, jane),
      del(`${configMaps}/a`, { gracePeriodSeconds: 3, propagationPolicy: "Orphan" }, jane),
      del(`${configMaps}/a`, undefined, { ...jane, query: { dryRun: "All" } }),
      del(configMaps, undefined, jane),
      del(`${pods}/p`, undefined, jane),
      del(`${configMaps}/none`, undefined, jane),
    ),
    get(`${configMaps}/a`, {}, { select: () => "kept" }),
  ),
  testCase(
    "told of subresources",
    quiet(post(pods, pod("p"), jane)),
    quiet(post(deployments, deployment("d"), jane)),
    quiet(post(paths.serviceAccounts, { metadata: { name: "s" } }, jane)),
    ...told(
      patch("merge", `${pods}/p/status`, { status: { phase: "Running" } }, jane),
      post(`${pods}/p/binding`, { metadata: { name: "p" }, target: { name: "n" } }, jane),
      post(`${pods}/p/eviction`, { metadata: { name: "p" } }, jane),
      patch("merge", `${deployments}/d/scale`, { spec: { replicas: 3 } }, jane),
      post(`${paths.serviceAccounts}/s/token`, { spec: { expirationSeconds: 600 } }, jane),
    ),
  ),
  testCase(
    "rules",
    ...inForce(
      validating,
      hook("scope", "by-scope", {
        rules: [rule(["configmaps"], { scope: "Cluster" })],
        ...selected("scope"),
      }),
      hook("group", "by-group", {
        rules: [rule(["configmaps"], { apiGroups: ["apps"] })],
        ...selected("group"),
      }),
      hook("version", "by-version", {
        rules: [rule(["configmaps"], { apiVersions: ["v2"] })],
        ...selected("version"),
      }),
      hook("operation", "by-operation", {
        rules: [rule(["configmaps"], { operations: ["UPDATE", "DELETE"] })],
        ...selected("operation"),
      }),
      hook("star", "by-star", { rules: [rule(["*"])], ...selected("star") }),
      hook("part", "by-part", { rules: [rule(["configmaps/*"])], ...selected("part") }),
    ),
    ...["scope", "group", "version", "operation", "star", "part"].map((label) =>
      labelled(label, { select: ({ message }: { message?: string }) => message ?? "created" }),
    ),
    patch("merge", `${configMaps}/operation`, { data: { a: "c" } }),
    // The labels that it had count as well.
    patch("merge", `${configMaps}/operation`, { metadata: { labels: { to: "elsewhere" } } }),
    gone(validating),
  ),
  testCase(
    "equivalent versions",
    ...inForce(
      validating,
      hook("equivalent", "tell", {
        rules: [rule(["horizontalpodautoscalers"], { apiVersions: ["v1"] })],
      }),
      hook("exact", "exact", {
        matchPolicy: "Exact",
        rules: [rule(["horizontalpodautoscalers"], { apiVersions: ["v1"] })],
      }),
    ),
    post(
      autoscalers("v2"),
      {
        metadata: { name: "h" },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
        },
      },
      jane,
    ),
    gone(validating),
  ),
  testCase(
    "conditions",
    ...inForce(
      validating,
      hook("conditional", "met", {
        matchConditions: [
          { name: "data", expression: "has(object.data) && object.data['a'] == 'b'" },
          { name: "user", expression: "request.userInfo.username == 'jane'" },
        ],
      }),
      hook("failing", "failing", {
        matchConditions: [{ name: "fails", expression: "object.data['none'] == 'x'" }],
        ...selected("fail"),
      }),
      hook("forgiving", "forgiving", {
        failurePolicy: "Ignore",
        matchConditions: [{ name: "fails", expression: "object.data['none'] == 'x'" }],
        ...selected("ignore"),
      }),
    ),
    post(configMaps, configMap("a", { a: "b" }), jane),
    post(configMaps, configMap("a", { a: "c" }), { ...jane, select: () => "created" }),
    labelled("fail"),
    labelled("ignore"),
    gone(validating),
  ),
  testCase(
    "order and reinvocation",
    ...inForce(
      mutating,
      hook("a", "ensure/a", { reinvocationPolicy: "IfNeeded" }),
      hook("b", "append/b"),
      hook("c", "append/c", { reinvocationPolicy: "IfNeeded" }),
      hook("d", "append/d"),
    ),
    post(configMaps, configMap("a", { order: "" }), {
      select: ({ data }: { data: unknown }) => data,
    }),
    gone(mutating),
  ),
  testCase(
    "mutating webhooks and dry run",
    ...inForce(mutating, hook("named", "by-name")),
    post(configMaps, configMap("patched"), { query: { dryRun: "All" } }),
    get(`${configMaps}/patched`),
    gone(mutating),
  ),
  testCase(
    "not for configurations themselves",
    ...inForce(
      validating,
      hook("all", "refuse", {
        rules: [rule(["*/*"], { apiGroups: ["admissionregistration.k8s.io"] })],
      }),
    ),
    patch(
      "merge",
      `${validating}/{id}`,
      { metadata: { labels: { a: "b" } } },
      {
        select: ({ metadata }: { metadata: { labels: unknown } }) => metadata.labels,
      },
    ),
    gone(validating),
  ),
  testCase(
    "defaults",
    post(
      mutating,
      {
        metadata: { name: "{id}" },
        webhooks: [
          {
            name: "a.example.com",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            clientConfig: { service: { name: "s", namespace: "n" } },
            rules: [
              {
                apiGroups: [""],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["events"],
              },
            ],
          },
        ],
      },
      { query: { dryRun: "All" } },
    ),
  ),
  testCase(
    "configurations that are refused",
    refused({ name: "short", admissionReviewVersions: ["v1"], clientConfig: {}, rules: [] }),
    refused({}, mutating),
    refused(
      hook("a", "x", {
        failurePolicy: "Never",
        matchPolicy: "Some",
        sideEffects: "Unknown",
        timeoutSeconds: 31,
        reinvocationPolicy: "Always",
        admissionReviewVersions: ["v1", "v1", "V1"],
      }),
      mutating,
    ),
    refused(hook("a", "x", { admissionReviewVersions: ["v7"] })),
    refused(hook("A", "x", { sideEffects: "Some", timeoutSeconds: 0 })),
    refused(
      hook("a", "x", {
        namespaceSelector: { matchExpressions: [{ key: "a", operator: "In" }] },
        objectSelector: { matchLabels: { "a b": "c" } },
      }),
    ),
    post(
      validating,
      { metadata: { name: "{id}" }, webhooks: [hook("a", "x"), hook("a", "x")] },
      { query: { dryRun: "All" } },
    ),
  ),
  testCase(
    "client configurations that are refused",
    ...[
      { url: "http://example.com/x" },
      { url: "https://" },
      { url: "https://me@example.com/x#y" },
      { url: "https://example.com/x?y=z" },
      { url: "nothing" },
      { url: "https://example.com", service: { name: "a", namespace: "b" } },
      { service: {} },
      { service: { name: "a", namespace: "b", port: 0, path: "x" } },
      { service: { name: "a", namespace: "b", port: 70000, path: "/a//b" } },
      { service: { name: "a", namespace: "b", path: "/a b/" } },
    ].map((clientConfig) => refused(hook("a", "", { clientConfig }))),
  ),
  testCase(
    "rules that are refused",
    ...[
      {},
      { apiGroups: ["*", "a"], apiVersions: ["*", ""], operations: ["*", "GET"], resources: [""] },
      { operations: ["CONNECT"], scope: "Both", resources: ["*", "pods"] },
      { resources: ["*/*", "pods"] },
      { resources: ["pods/*", "pods/log", "*/log", "nodes/log"] },
    ].map((fields, index) =>
      refused(hook("a", "x", { rules: [index === 0 ? {} : rule(["pods"], fields)] })),
    ),
  ),
  testCase(
    "conditions that are refused",
    ...[
      [{ name: "a", expression: "" }],
      [{ name: "", expression: "true" }],
      [{ name: "a b", expression: "object.a" }],
      [{ name: "a", expression: "1 + 1" }],
      [{ name: "a", expression: "nothing.a == 1" }],
      [{ name: "a", expression: "params.a == 1" }],
      [
        { name: "a", expression: "true" },
        { name: "a", expression: "false" },
      ],
    ].map((matchConditions) => refused(hook("a", "x", { matchConditions }))),
  ),
]);
