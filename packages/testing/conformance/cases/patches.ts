import type { Step } from "../case.js";
import { get, patch, post, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps } = paths;
const autoscalers = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const one = `${configMaps}/a`;
const start: Step = quiet(
  post(configMaps, configMap("a", { k: "v", l: "w" }, { labels: { x: "1" } })),
);
const json = (name: string, ...operations: readonly object[]) =>
  testCase(`json: ${name}`, start, patch("json", one, operations));
const merge = (name: string, body: unknown) =>
  testCase(`merge: ${name}`, start, patch("merge", one, body));
const free = { "x-kubernetes-preserve-unknown-fields": true };

export const patches = topic("patches", [
  json("add", { op: "add", path: "/data/n", value: "1" }),
  json("add replaces", { op: "add", path: "/data/k", value: "1" }),
  json("replace", { op: "replace", path: "/data/k", value: "1" }),
  json("replace a missing member", { op: "replace", path: "/data/none", value: "1" }),
  json("remove", { op: "remove", path: "/data/k" }),
  json("remove a missing member", { op: "remove", path: "/data/none" }),
  json("move", { op: "move", from: "/data/k", path: "/data/m" }),
  json("copy", { op: "copy", from: "/data/k", path: "/data/m" }),
  json("copy from nowhere", { op: "copy", from: "/data/none", path: "/data/m" }),
  json(
    "test that holds",
    { op: "test", path: "/data/k", value: "v" },
    { op: "remove", path: "/data/k" },
  ),
  json(
    "test that fails",
    { op: "test", path: "/data/k", value: "other" },
    { op: "remove", path: "/data/k" },
  ),
  json("test of a missing member", { op: "test", path: "/data/none", value: "x" }),
  json(
    "escaped pointer",
    { op: "add", path: "/metadata/annotations", value: {} },
    { op: "add", path: "/metadata/annotations/example.com~1a~0b", value: "x" },
  ),
  json("parent is missing", { op: "add", path: "/metadata/annotations/x", value: "y" }),
  json("unknown operation", { op: "twist", path: "/data/k" }),
  json("no operation"),
  json("path without a slash", { op: "add", path: "data/k", value: "x" }),
  json("change of the name", { op: "replace", path: "/metadata/name", value: "b" }),
  json("wrong type of a result", { op: "add", path: "/data/n", value: 1 }),
  testCase("json: body that is an object", start, patch("json", one, { data: {} })),
  testCase("json: body that is no JSON", start, patch("json", one, "[{")),
  testCase(
    "json: arrays",
    ...installed(free),
    quiet(post(widgetsPath, widget("a", { list: [1, 2, 3] }))),
    patch("json", `${widgetsPath}/a`, [
      { op: "add", path: "/list/1", value: 9 },
      { op: "add", path: "/list/-", value: 4 },
      { op: "remove", path: "/list/0" },
    ]),
    patch("json", `${widgetsPath}/a`, [{ op: "add", path: "/list/99", value: 4 }]),
  ),
  testCase(
    "json: missing object",
    patch("json", `${configMaps}/none`, [{ op: "add", path: "/data", value: {} }]),
  ),
  merge("add and remove", { data: { k: null, n: "1" } }),
  merge("whole map away", { data: null }),
  merge("labels", { metadata: { labels: { x: null, y: "2" } } }),
  merge("no change", {}),
  merge("right uid and wrong resourceVersion", { metadata: { resourceVersion: "1" } }),
  merge("wrong type", { data: "text" }),
  merge("array body", []),
  merge("name", { metadata: { name: "b" } }),
  merge("namespace", { metadata: { namespace: "b" } }),
  merge("kind", { kind: "Secret" }),
  merge("apiVersion", { apiVersion: "v2" }),
  merge("apiVersion away", { apiVersion: null }),
  testCase(
    "merge: apiVersion that is read and not served",
    quiet(post(paths.deployments, deployment("a"))),
    ...["apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"].map((apiVersion) =>
      patch("merge", `${paths.deployments}/a`, { apiVersion, spec: { paused: true } }),
    ),
  ),
  testCase(
    "merge: apiVersion that is served elsewhere",
    quiet(
      post(autoscalers, {
        metadata: { name: "a" },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
            },
          ],
        },
      }),
    ),
    patch("merge", `${autoscalers}/a`, { apiVersion: "autoscaling/v1" }),
  ),
  testCase(
    "json: apiVersion of the types within the server",
    start,
    ...["__internal", "apps/__internal", "a/b/c"].map((value) =>
      patch("json", one, [{ op: "replace", path: "/apiVersion", value }]),
    ),
  ),
  testCase(
    "merge: apiVersion away with strict validation",
    start,
    patch("merge", one, { apiVersion: null }, { query: { fieldValidation: "Strict" } }),
  ),
  testCase(
    "merge: apiVersion of a custom resource",
    ...installed(free),
    quiet(post(widgetsPath, widget("a", {}))),
    patch("merge", `${widgetsPath}/a`, { apiVersion: null }),
    patch("merge", `${widgetsPath}/a`, { apiVersion: "v9" }),
    patch("merge", `${widgetsPath}/a`, { apiVersion: "apps/v9" }),
  ),
  testCase(
    "merge: wrong resourceVersion and wrong uid",
    start,
    patch("merge", one, { metadata: { resourceVersion: "1", uid: "x" } }),
  ),
  merge("broken body", "{"),
  testCase(
    "merge: lists are replaced",
    quiet(post(paths.deployments, deployment("a"))),
    patch("merge", `${paths.deployments}/a`, {
      spec: { template: { spec: { containers: [{ name: "other", image: "i" }] } } },
    }),
  ),
  testCase(
    "merge: custom resource",
    ...installed(free),
    quiet(post(widgetsPath, widget("a", { deep: { x: 1, y: { z: 2 } } }))),
    patch("merge", `${widgetsPath}/a`, {
      deep: { x: null, y: { w: null, v: 3 } },
      more: { n: null, m: 1 },
    }),
  ),
  testCase(
    "merge: resourceVersion that is right",
    quiet(post(configMaps, configMap("a"), { capture: { rv: "metadata.resourceVersion" } })),
    patch("merge", one, { metadata: { resourceVersion: "{rv}" }, data: { k: "1" } }),
  ),
  testCase(
    "merge: managed fields",
    start,
    patch("merge", one, { data: { n: "1" } }, { query: { fieldManager: "other" } }),
    get(one),
  ),
  testCase(
    "merge: managed fields cleared",
    start,
    patch("merge", one, { metadata: { managedFields: [{}] } }),
  ),
  testCase("unknown patch type", start, {
    method: "PATCH",
    path: one,
    body: {},
    contentType: "application/json",
  }),
  testCase("patch with parameters in its type", start, {
    method: "PATCH",
    path: one,
    body: { data: { k: "1" } },
    contentType: "application/merge-patch+json; charset=utf-8",
  }),
  testCase(
    "fieldManager that is too long",
    start,
    patch("merge", one, {}, { query: { fieldManager: "m".repeat(129) } }),
  ),
  testCase("force without apply", start, patch("merge", one, {}, { query: { force: "true" } })),
]);
