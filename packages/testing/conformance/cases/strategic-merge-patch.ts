import type { Step } from "../case.js";
import { patch, post, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, pod, service, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { deployments, pods, configMaps } = paths;
const one = `${deployments}/a`;
const container = (name: string, fields: object = {}) => ({ name, image: `${name}:1`, ...fields });
const start: Step = quiet(
  post(
    deployments,
    deployment("a", {
      template: {
        metadata: { labels: { app: "a" } },
        spec: {
          containers: [
            container("main", {
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
              ports: [{ containerPort: 80 }, { containerPort: 81 }],
              args: ["x", "y"],
            }),
            container("side"),
          ],
          volumes: [{ name: "v", emptyDir: {} }],
          tolerations: [{ key: "k", operator: "Exists" }],
        },
      },
    }),
  ),
);
const spec = (fields: object) => ({ spec: { template: { spec: fields } } });
interface WithTemplate {
  readonly spec: { readonly template: unknown };
}
const template = ({ spec: { template: found } }: WithTemplate): unknown => found;
const replicasOf = (answer: { kind: string; spec: { replicas?: number } }): unknown =>
  answer.kind === "Status" ? answer : answer.spec.replicas;
const strategic = (name: string, body: unknown) =>
  testCase(name, start, patch("strategic", one, body, { select: template }));

export const strategicMergePatch = topic("strategic-merge-patch", [
  strategic("containers merge by name", spec({ containers: [{ name: "main", image: "main:2" }] })),
  strategic("a new container comes first", spec({ containers: [container("new")] })),
  strategic("delete a container", spec({ containers: [{ $patch: "delete", name: "side" }] })),
  strategic(
    "delete a container that is not there",
    spec({ containers: [{ $patch: "delete", name: "none" }] }),
  ),
  strategic(
    "replace all containers",
    spec({ containers: [{ $patch: "replace" }, container("only")] }),
  ),
  strategic("replace a map", spec({ $patch: "replace", containers: [container("only")] })),
  strategic("delete a map", { spec: { strategy: { $patch: "delete" } } }),
  strategic(
    "env merges by name",
    spec({
      containers: [
        {
          name: "main",
          env: [
            { name: "B", value: "3" },
            { name: "C", value: "4" },
          ],
        },
      ],
    }),
  ),
  strategic(
    "delete an env entry",
    spec({ containers: [{ name: "main", env: [{ name: "A", $patch: "delete" }] }] }),
  ),
  strategic(
    "order of elements",
    spec({
      $setElementOrder: 0,
      "$setElementOrder/containers": [{ name: "side" }, { name: "main" }],
      containers: [{ name: "main", image: "main:3" }],
    }),
  ),
  strategic(
    "order as kubectl sends it",
    spec({
      "$setElementOrder/containers": [{ name: "side" }, { name: "main" }],
      containers: [{ name: "main", image: "main:3" }],
    }),
  ),
  strategic(
    "order without the patched element",
    spec({
      "$setElementOrder/containers": [{ name: "side" }],
      containers: [{ name: "main", image: "main:3" }],
    }),
  ),
  strategic(
    "ports merge by number",
    spec({ containers: [{ name: "main", ports: [{ containerPort: 81, name: "web" }] }] }),
  ),
  strategic("atomic lists are replaced", spec({ containers: [{ name: "main", args: ["z"] }] })),
  strategic(
    "tolerations are replaced",
    spec({ tolerations: [{ key: "other", operator: "Exists" }] }),
  ),
  strategic(
    "volumes keep other sources away",
    spec({
      volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }],
    }),
  ),
  strategic("null removes", spec({ volumes: null })),
  strategic("null in a list element", spec({ containers: [{ name: "main", args: null }] })),
  strategic("retain keys of a strategy", {
    spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } },
  }),
  strategic("list element without its key", spec({ containers: [{ image: "x" }] })),
  strategic("order of a list that there is not", spec({ "$setElementOrder/nope": [1] })),
  strategic("order in an object that there is not", { "$setElementOrder/nope": [] }),
  strategic("order in a map", {
    spec: { template: { metadata: { labels: { "$setElementOrder/nope": ["x"] } } } },
  }),
  strategic("kind and version of another object", { apiVersion: "v9", kind: "Nope" }),
  strategic("kind that is no text", { kind: 1 }),
  strategic("kind that is an object", { kind: {} }),
  strategic("kind in other letters", { KIND: [null] }),
  strategic("directive that is a number", { $patch: 0 }),
  strategic("directive that is a map", { $patch: { a: true, b: ["x", null, 1.5] } }),
  ...[4_294_967_299, 2_147_483_648, 1.5].map((replicas) =>
    testCase(
      `replicas of ${replicas}`,
      start,
      patch("strategic", one, { spec: { replicas } }, { select: replicasOf }),
    ),
  ),
  strategic("share that is too long a number", {
    spec: { strategy: { rollingUpdate: { maxSurge: 4_294_967_296 } } },
  }),
  strategic("apiVersion that is true or false", { apiVersion: true }),
  strategic("unknown directive", spec({ $patch: "twist" })),
  strategic("wrong type", spec({ containers: "x" })),
  testCase(
    "finalizers are a set",
    quiet(post(configMaps, configMap("a", {}, { finalizers: ["example.com/a"] }))),
    patch("strategic", `${configMaps}/a`, { metadata: { finalizers: ["example.com/b"] } }),
    patch("strategic", `${configMaps}/a`, {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] },
    }),
  ),
  testCase(
    "order of a primitive list",
    quiet(post(configMaps, configMap("a", {}, { finalizers: ["example.com/a"] }))),
    patch("strategic", `${configMaps}/a`, {
      metadata: {
        "$setElementOrder/finalizers": ["example.com/b", "example.com/a"],
        finalizers: ["example.com/b"],
      },
    }),
  ),
  testCase(
    "owner references merge by uid",
    quiet(
      post(
        configMaps,
        configMap(
          "a",
          {},
          { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u1" }] },
        ),
      ),
    ),
    patch("strategic", `${configMaps}/a`, {
      metadata: {
        ownerReferences: [{ uid: "u2", apiVersion: "v1", kind: "ConfigMap", name: "p" }],
      },
    }),
  ),
  testCase(
    "service ports merge by port",
    quiet(post(paths.services, service("a", { ports: [{ port: 80, name: "a" }] }))),
    patch("strategic", `${paths.services}/a`, { spec: { ports: [{ port: 81, name: "b" }] } }),
  ),
  testCase(
    "conditions merge by type",
    quiet(post(pods, pod("a"))),
    quiet(
      patch("strategic", `${pods}/a/status`, {
        status: { conditions: [{ type: "A", status: "True" }] },
      }),
    ),
    patch("strategic", `${pods}/a/status`, {
      status: {
        conditions: [
          { type: "B", status: "True" },
          { type: "A", status: "False" },
        ],
      },
    }),
  ),
  testCase(
    "secret data merges",
    quiet(post(paths.secrets, { metadata: { name: "a" }, stringData: { x: "1" } })),
    patch("strategic", `${paths.secrets}/a`, { stringData: { y: "2" }, data: { x: null } }),
  ),
  testCase(
    "custom resources have none",
    ...installed({}),
    quiet(post(widgetsPath, widget("a"))),
    patch("strategic", `${widgetsPath}/a`, { metadata: { labels: { a: "b" } } }),
  ),
  testCase("broken body", start, patch("strategic", one, "{")),
  testCase("array body", start, patch("strategic", one, [])),
  testCase(
    "old resourceVersion",
    start,
    patch("strategic", one, { metadata: { resourceVersion: "1" } }),
  ),
  testCase("missing object", patch("strategic", `${deployments}/none`, {})),
]);
