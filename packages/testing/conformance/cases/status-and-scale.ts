import { del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { deployment, paths, pod, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { deployments, pods } = paths;
const anything = {
  properties: {
    spec: {
      type: "object",
      properties: { replicas: { type: "integer" }, size: { type: "integer" } },
    },
    status: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        selector: { type: "string" },
        phase: { type: "string" },
      },
    },
  },
};
const open = {
  properties: {
    spec: { "x-kubernetes-preserve-unknown-fields": true },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
const withStatus = { version: { subresources: { status: {} } } };
const withScale = {
  version: {
    subresources: {
      status: {},
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector",
      },
    },
  },
};
const one = `${widgetsPath}/one`;

export const statusAndScale = topic("status-and-scale", [
  testCase(
    "create drops status",
    post(deployments, { ...deployment("a"), status: { replicas: 3 } }),
  ),
  testCase(
    "generation starts at 1 and follows spec",
    post(deployments, deployment("a")),
    put(`${deployments}/a`, deployment("a", { replicas: 2 })),
    put(`${deployments}/a`, deployment("a", { replicas: 2 }, { labels: { x: "y" } })),
  ),
  testCase("config maps have no generation", post(paths.configMaps, { metadata: { name: "a" } })),
  testCase(
    "update ignores status",
    quiet(post(deployments, deployment("a"))),
    put(`${deployments}/a`, { ...deployment("a"), status: { replicas: 4 } }),
  ),
  testCase(
    "update of status ignores spec",
    quiet(post(deployments, deployment("a"))),
    put(`${deployments}/a/status`, {
      ...deployment("a", { replicas: 9 }),
      status: { replicas: 4, observedGeneration: 1 },
    }),
  ),
  testCase("status get", quiet(post(deployments, deployment("a"))), get(`${deployments}/a/status`)),
  testCase(
    "merge patch of status",
    quiet(post(deployments, deployment("a"))),
    patch("merge", `${deployments}/a/status`, {
      status: { readyReplicas: 0, replicas: 1 },
      spec: { replicas: 5 },
    }),
  ),
  testCase(
    "status of a missing object",
    patch("merge", `${deployments}/none/status`, { status: {} }),
  ),
  testCase(
    "scale get",
    quiet(post(deployments, deployment("a", { replicas: 2 }))),
    get(`${deployments}/a/scale`),
  ),
  testCase(
    "scale put",
    quiet(post(deployments, deployment("a"))),
    put(`${deployments}/a/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a", namespace: "{ns}" },
      spec: { replicas: 5 },
    }),
    get(`${deployments}/a`),
  ),
  testCase(
    "scale merge patch",
    quiet(post(deployments, deployment("a"))),
    patch("merge", `${deployments}/a/scale`, { spec: { replicas: 3 } }),
  ),
  testCase(
    "scale below zero",
    quiet(post(deployments, deployment("a"))),
    patch("merge", `${deployments}/a/scale`, { spec: { replicas: -1 } }),
  ),
  testCase(
    "scale with an old resourceVersion",
    quiet(post(deployments, deployment("a"))),
    put(`${deployments}/a/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a", namespace: "{ns}", resourceVersion: "1" },
      spec: { replicas: 5 },
    }),
  ),
  testCase(
    "pod status by patch",
    quiet(post(pods, pod("a"))),
    patch("strategic", `${pods}/a/status`, {
      status: {
        phase: "Running",
        podIP: "10.1.0.1",
        conditions: [{ type: "Ready", status: "True" }],
      },
    }),
  ),
  testCase(
    "subresource that is not there",
    get(`${paths.configMaps}/a/status`),
    get(`${pods}/a/none`),
  ),
  testCase(
    "custom resource without status subresource",
    ...installed(anything),
    post(widgetsPath, widget("one", { spec: { size: 1 }, status: { phase: "x" } })),
    get(`${one}/status`),
  ),
  testCase(
    "custom resource without any such subresource",
    ...installed(anything, withStatus),
    quiet(post(widgetsPath, widget("one", { spec: { size: 1 } }))),
    get(`${one}/none`),
    patch("merge", `${one}/none`, {}),
    put(`${one}/none`, widget("one", { spec: { size: 1 } })),
    del(`${one}/none`),
    get(`${widgetsPath}/two/none`),
    post(`${one}/none`, {}),
    post(`${one}/scale`, {}),
    del(`${one}/status`),
  ),
  testCase(
    "custom resource with status subresource",
    ...installed(anything, withStatus),
    post(widgetsPath, widget("one", { spec: { size: 1 }, status: { phase: "x" } })),
    patch("merge", `${one}/status`, {
      spec: { size: 2 },
      status: { phase: "y" },
      metadata: { labels: { a: "b" } },
    }),
    patch("merge", one, { spec: { size: 3 }, status: { phase: "z" } }),
  ),
  testCase(
    "generation of a custom resource",
    ...installed(anything, withStatus),
    post(widgetsPath, widget("one", { spec: { size: 1 } })),
    patch("merge", one, { metadata: { labels: { a: "b" } } }),
    patch("merge", one, { spec: { size: 2 } }),
    patch("merge", `${one}/status`, { status: { phase: "y" } }),
  ),
  testCase(
    "generation without status subresource counts status",
    ...installed(anything),
    post(widgetsPath, widget("one", { spec: { size: 1 } })),
    patch("merge", one, { status: { phase: "b" } }),
  ),
  testCase(
    "scale of a custom resource",
    ...installed(anything, withScale),
    quiet(post(widgetsPath, widget("one", { spec: { replicas: 2 } }))),
    quiet(patch("merge", `${one}/status`, { status: { replicas: 1, selector: "a=b" } })),
    get(`${one}/scale`),
    put(`${one}/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "one", namespace: "{ns}" },
      spec: { replicas: 7 },
    }),
    get(one),
  ),
  testCase(
    "scale of an object without replicas",
    ...installed(anything, withScale),
    quiet(post(widgetsPath, widget("one"))),
    get(`${one}/scale`),
    patch("merge", `${one}/scale`, { spec: { replicas: 3 } }),
  ),
  testCase(
    "what scale shows has to be what it is",
    ...installed(open, withScale),
    post(widgetsPath, widget("one", { spec: { replicas: "x" } })),
    post(widgetsPath, widget("one", { spec: { replicas: 1.5 } })),
    post(widgetsPath, widget("one", { spec: { replicas: null } })),
    post(widgetsPath, widget("one", { spec: { replicas: -1 } })),
    post(widgetsPath, widget("one", { spec: { replicas: 2147483648 } })),
    post(widgetsPath, widget("one", { spec: { replicas: [1, { a: true }] } })),
    post(widgetsPath, widget("one", { spec: "none" })),
    post(widgetsPath, widget("one", { spec: null })),
    patch("merge", `${one}/status`, { status: { replicas: "x", selector: 7 } }),
    patch("merge", `${one}/status`, { status: { replicas: -3, selector: "a==" } }),
    patch("merge", one, { spec: { replicas: true } }),
  ),
  testCase(
    "what scale shows is judged beside the schema",
    ...installed(anything, withScale),
    post(widgetsPath, widget("one", { spec: { replicas: "x" } })),
    post(widgetsPath, widget("one", { spec: { replicas: 3 } })),
    patch("merge", one, { spec: { replicas: "x" } }),
  ),
]);
