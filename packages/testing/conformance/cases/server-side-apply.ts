import type { Step } from "../case.js";
import { apply, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, service, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps, deployments } = paths;
const one = `${configMaps}/a`;
const by = (manager: string, data: object, extra: Parameters<typeof apply>[3] = {}): Step =>
  apply(one, manager, configMap("a", data), extra);
const bare = (metadata: object) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...metadata },
});
const forced = { query: { force: "true" } };
const deploymentOf = (fields: object, name = "a") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "busybox:1" }] },
    },
    ...fields,
  },
});
const schema = {
  properties: {
    spec: {
      type: "object",
      properties: {
        atomic: { type: "array", items: { type: "string" } },
        set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        map: {
          type: "array",
          items: {
            type: "object",
            required: ["key"],
            properties: { key: { type: "string" }, value: { type: "string" } },
          },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["key"],
        },
        granular: { type: "object", additionalProperties: { type: "string" } },
        whole: {
          type: "object",
          "x-kubernetes-map-type": "atomic",
          properties: { a: { type: "string" }, b: { type: "string" } },
        },
        size: { type: "integer", default: 3 },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};
const widgets = installed(schema, { version: { subresources: { status: {} } } });
const w = `${widgetsPath}/w`;
const ofWidget = (manager: string, spec: object, extra: Parameters<typeof apply>[3] = {}): Step =>
  apply(w, manager, widget("w", { spec }), extra);

export const serverSideApply = topic("server-side-apply", [
  testCase(
    "integers that are too long for their type",
    ...[4_294_967_299, -4_294_967_295, 2_147_483_648, 1.5].map((replicas) =>
      apply(`${deployments}/a`, "m1", deploymentOf({ replicas })),
    ),
    apply(
      `${deployments}/a`,
      "m1",
      deploymentOf({ strategy: { rollingUpdate: { maxSurge: 4_294_967_297 } } }),
    ),
  ),
  testCase("creates", by("m1", { k: "v" })),
  testCase("changes its own field", quiet(by("m1", { k: "v" })), by("m1", { k: "w" })),
  testCase("without a change", quiet(by("m1", { k: "v" })), by("m1", { k: "v" })),
  testCase(
    "removes what is no longer applied",
    quiet(by("m1", { k: "v", l: "w" })),
    by("m1", { k: "v" }),
  ),
  testCase("adds to another's object", quiet(by("m1", { k: "v" })), by("m2", { l: "w" })),
  testCase("conflict", quiet(by("m1", { k: "v" })), by("m2", { k: "w" })),
  testCase(
    "several conflicts",
    quiet(by("m1", { k: "v", l: "w" })),
    quiet(by("m3", { m: "x" })),
    by("m2", { k: "1", l: "2", m: "3" }),
  ),
  testCase("force takes over", quiet(by("m1", { k: "v", l: "w" })), by("m2", { k: "w" }, forced)),
  testCase("same value is shared", quiet(by("m1", { k: "v" })), by("m2", { k: "v" })),
  testCase(
    "a shared field stays when one lets go",
    quiet(by("m1", { k: "v" })),
    quiet(by("m2", { k: "v", l: "x" })),
    by("m1", {}),
    by("m2", {}),
  ),
  testCase(
    "conflict with an update",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    by("m1", { k: "w" }),
  ),
  testCase(
    "update takes ownership",
    quiet(by("m1", { k: "v" })),
    put(one, configMap("a", { k: "w" }), { query: { fieldManager: "editor" } }),
    by("m1", { k: "v" }),
  ),
  testCase(
    "update of the same value keeps ownership",
    quiet(by("m1", { k: "v" })),
    put(one, configMap("a", { k: "v" }), { query: { fieldManager: "editor" } }),
  ),
  testCase(
    "update that removes a field",
    quiet(by("m1", { k: "v", l: "w" })),
    put(one, configMap("a", { k: "v" }), { query: { fieldManager: "editor" } }),
  ),
  testCase("needs a field manager", patch("apply", one, configMap("a"))),
  testCase(
    "needs apiVersion and kind",
    apply(one, "m1", { metadata: { name: "a" } }),
    apply(one, "m1", { kind: "ConfigMap", metadata: { name: "a" } }),
  ),
  testCase(
    "name in body and path",
    apply(one, "m1", configMap("b")),
    apply(one, "m1", { apiVersion: "v1", kind: "ConfigMap" }),
  ),
  testCase(
    "managed fields in the body",
    apply(one, "m1", configMap("a", {}, { managedFields: [{ manager: "x" }] })),
  ),
  testCase(
    "YAML body",
    apply(one, "m1", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n"),
  ),
  testCase("broken body", apply(one, "m1", "a: [")),
  testCase(
    "bodies that are no objects",
    apply(one, "m1", "null"),
    apply(one, "m1", "[]"),
    apply(one, "m1", "x"),
    apply(one, "m1", "1"),
    apply(one, "m1", "{a: ["),
  ),
  testCase(
    "a key that comes twice, and a name that is quoted",
    by("m1", { k: "v" }),
    apply(one, "m1", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"b"}}'),
    get("/api/v1/namespaces/a\\b"),
  ),
  testCase(
    "values that the types of Go do not take",
    apply(`${paths.secrets}/a`, "m1", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a" },
      data: { k: "!" },
    }),
    apply(one, "m1", bare({ creationTimestamp: "x" })),
    apply(`${deployments}/a`, "m1", deploymentOf({ replicas: 1.5 })),
  ),
  testCase(
    "identity of another object",
    by("m1", { k: "v" }),
    apply(one, "m1", bare({ name: "b" })),
    apply(one, "m1", bare({ namespace: "b" })),
    apply(one, "m1", bare({ uid: "x" })),
    apply(one, "m1", bare({ uid: "x", resourceVersion: "1" })),
  ),
  testCase("unknown field", apply(one, "m1", { ...configMap("a"), nope: 1 }), get(one)),
  testCase("wrong type", apply(one, "m1", { ...configMap("a"), data: { k: 1 } })),
  testCase(
    "wrong kind",
    apply(one, "m1", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
  ),
  testCase(
    "with a resourceVersion",
    quiet(by("m1", { k: "v" }, { capture: { rv: "metadata.resourceVersion" } })),
    apply(one, "m1", configMap("a", { k: "w" }, { resourceVersion: "{rv}" })),
    apply(one, "m1", configMap("a", { k: "x" }, { resourceVersion: "{rv}" })),
  ),
  testCase(
    "with a resourceVersion of nothing",
    apply(one, "m1", configMap("a", {}, { resourceVersion: "5" })),
  ),
  testCase(
    "with a uid of nothing",
    apply(one, "m1", configMap("a", {}, { uid: "6b1c8d9e-0000-4000-8000-000000000000" })),
  ),
  testCase("dry run", by("m1", { k: "v" }, { query: { dryRun: "All" } }), get(one)),
  testCase(
    "labels and annotations",
    apply(one, "m1", bare({ labels: { a: "1" }, annotations: { b: "2" } })),
    apply(one, "m2", bare({ labels: { c: "3" } })),
  ),
  testCase(
    "finalizers are a set",
    quiet(apply(one, "m1", bare({ finalizers: ["example.com/a"] }))),
    apply(one, "m2", bare({ finalizers: ["example.com/b"] })),
  ),
  testCase("null is a value", apply(one, "m1", { ...configMap("a"), data: null })),
  testCase(
    "manager name of an update",
    post(configMaps, configMap("b"), { headers: { "user-agent": "my-tool/v1.2 (linux)" } }),
  ),
  testCase("deployment", apply(`${deployments}/a`, "m1", deploymentOf({ replicas: 2 }))),
  testCase(
    "containers merge by name",
    quiet(apply(`${deployments}/a`, "m1", deploymentOf({}))),
    apply(
      `${deployments}/a`,
      "m2",
      deploymentOf({
        template: {
          metadata: { labels: { app: "a" } },
          spec: { containers: [{ name: "side", image: "i" }] },
        },
      }),
    ),
  ),
  testCase(
    "conflict in a container",
    quiet(apply(`${deployments}/a`, "m1", deploymentOf({}))),
    apply(`${deployments}/a`, "m2", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { template: { spec: { containers: [{ name: "main", image: "other" }] } } },
    }),
  ),
  testCase(
    "a container goes with its owner",
    quiet(
      apply(
        `${deployments}/a`,
        "m1",
        deploymentOf({
          template: {
            metadata: { labels: { app: "a" } },
            spec: {
              containers: [
                { name: "main", image: "i" },
                { name: "side", image: "j" },
              ],
            },
          },
        }),
      ),
    ),
    apply(`${deployments}/a`, "m1", deploymentOf({})),
  ),
  testCase(
    "scale takes replicas",
    quiet(apply(`${deployments}/a`, "m1", deploymentOf({ replicas: 1 }))),
    put(
      `${deployments}/a/scale`,
      {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "a", namespace: "{ns}" },
        spec: { replicas: 4 },
      },
      { query: { fieldManager: "scaler" } },
    ),
    get(`${deployments}/a`),
    apply(`${deployments}/a`, "m1", deploymentOf({ replicas: 1 })),
  ),
  testCase(
    "status",
    quiet(post(deployments, deployment("a"))),
    apply(`${deployments}/a/status`, "controller", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      status: { conditions: [{ type: "Available", status: "True" }] },
    }),
  ),
  testCase(
    "service ports merge by port and protocol",
    apply(`${paths.services}/a`, "m1", service("a", { ports: [{ port: 80, name: "x" }] })),
    apply(
      `${paths.services}/a`,
      "m2",
      service("a", { ports: [{ port: 80, protocol: "UDP", name: "y" }] }),
    ),
  ),
  testCase(
    "custom: creates with defaults",
    ...widgets,
    ofWidget("m1", {
      atomic: ["a"],
      set: ["s"],
      map: [{ key: "k", value: "v" }],
      granular: { g: "1" },
      whole: { a: "1" },
    }),
  ),
  testCase(
    "custom: sets merge",
    ...widgets,
    quiet(ofWidget("m1", { set: ["a", "b"] })),
    ofWidget("m2", { set: ["c", "b"] }),
    ofWidget("m1", { set: ["a"] }),
  ),
  testCase("custom: duplicates in a set", ...widgets, ofWidget("m1", { set: ["a", "a"] })),
  testCase(
    "custom: duplicate keys",
    ...widgets,
    ofWidget("m1", { map: [{ key: "a" }, { key: "a" }] }),
  ),
  testCase(
    "custom: maps merge by key",
    ...widgets,
    quiet(ofWidget("m1", { map: [{ key: "a", value: "1" }] })),
    ofWidget("m2", { map: [{ key: "b", value: "2" }] }),
    ofWidget("m2", { map: [{ key: "a", value: "2" }] }),
  ),
  testCase(
    "custom: atomic list conflicts as a whole",
    ...widgets,
    quiet(ofWidget("m1", { atomic: ["a"] })),
    ofWidget("m2", { atomic: ["a", "b"] }),
    ofWidget("m2", { atomic: ["b"] }, forced),
  ),
  testCase(
    "custom: atomic map",
    ...widgets,
    quiet(ofWidget("m1", { whole: { a: "1" } })),
    ofWidget("m2", { whole: { b: "1" } }),
  ),
  testCase(
    "custom: status",
    ...widgets,
    quiet(ofWidget("m1", {})),
    apply(`${w}/status`, "m2", widget("w", { status: { phase: "x" } })),
    ofWidget("m1", { size: 4 }),
  ),
  testCase(
    "custom: default is not owned",
    ...widgets,
    ofWidget("m1", { set: ["a"] }),
    ofWidget("m2", { size: 5 }),
  ),
  testCase("custom: unknown field", ...widgets, ofWidget("m1", { nope: 1 })),
  testCase(
    "upgrade from client-side apply",
    quiet(
      post(
        configMaps,
        {
          ...configMap("a", { k: "v", l: "w" }),
          metadata: {
            name: "a",
            annotations: {
              "kubectl.kubernetes.io/last-applied-configuration":
                '{"apiVersion":"v1","data":{"k":"v","l":"w"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a"}}\n',
            },
          },
        },
        { query: { fieldManager: "kubectl-client-side-apply" } },
      ),
    ),
    apply(one, "kubectl", configMap("a", { k: "v2" })),
    get(one),
  ),
  testCase(
    "managed fields can be cleared and come back",
    quiet(by("m1", { k: "v" })),
    quiet(patch("merge", one, { metadata: { managedFields: [{}] } })),
    get(one),
    patch("merge", one, { data: { n: "1" } }),
  ),
]);
