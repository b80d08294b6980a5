import type { ConformanceCase } from "../case.js";
import { configMap, deployment, paths, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";
import { clusterCase, del, get, patch, post, put, quiet, testCase } from "../requests.js";

const { configMaps, deployments } = paths;
/** The text itself: what was parsed keeps its fields in the order in which they came. */
const inOrder = { select: (body: object): unknown => JSON.stringify(body) };
/** That characters are escaped shows in the length alone once the text is read; one without a version has no other. */
const escaped = { query: { dryRun: "All" }, comparedHeaders: ["content-length"] };
const schema = {
  properties: {
    spec: {
      type: "object",
      properties: {
        z: { type: "string", default: "last" },
        a: { type: "object", properties: { y: { type: "string" }, b: { type: "string" } } },
      },
    },
  },
};
const held = {
  finalizers: ["example.com/held"],
  annotations: { z: "1", a: "2" },
  labels: { x: "1", b: "2" },
};
const unordered = { data: { k: "v" }, metadata: { ...held, name: "a" }, kind: "ConfigMap" };

/** Part of the topic of representations. */
export const printedOrder: readonly ConformanceCase[] = [
  testCase(
    "order of a built-in object",
    post(configMaps, { ...unordered, apiVersion: "v1" }, inOrder),
    get(`${configMaps}/a`, {}, inOrder),
    patch("merge", `${configMaps}/a`, { metadata: { annotations: { c: "3" } } }, inOrder),
    del(`${configMaps}/a`, undefined, inOrder),
    get(`${configMaps}/a`, {}, inOrder),
  ),
  testCase(
    "order of an object with a status",
    post(deployments, deployment("a"), inOrder),
    put(`${deployments}/a/status`, { ...deployment("a"), status: { replicas: 1 } }, inOrder),
    get(`${deployments}/a`, {}, inOrder),
  ),
  testCase(
    "order of a dry run",
    post(configMaps, configMap("a", { k: "v" }), { ...inOrder, query: { dryRun: "All" } }),
  ),
  testCase(
    "order of a custom object",
    ...installed(schema),
    post(widgetsPath, widget("a", { spec: { a: { y: "1", b: "2" } } }, held), inOrder),
    get(`${widgetsPath}/a`, {}, inOrder),
    patch("merge", `${widgetsPath}/a`, { spec: { a: { a: "3" } } }, inOrder),
    del(`${widgetsPath}/a`, undefined, inOrder),
    get(`${widgetsPath}/a`, {}, inOrder),
  ),
  testCase(
    "order of lists",
    ...installed(schema),
    quiet(post(configMaps, configMap("a"))),
    quiet(post(widgetsPath, widget("a"))),
    get(configMaps, { fieldSelector: "metadata.name=a" }, inOrder),
    get(widgetsPath, {}, inOrder),
  ),
  testCase(
    "characters that are escaped",
    post(
      configMaps,
      configMap("e", { k: "<a href='x'>&\u2028\u2029\u007f/\"\t\u0001 \ud83d\ude00" }),
      escaped,
    ),
    get(`${configMaps}/<none>`, {}, { comparedHeaders: ["content-length"] }),
    ...installed(schema),
    post(widgetsPath, widget("e", { spec: { z: "<&>" } }), escaped),
  ),
  clusterCase(
    "end of an indented answer",
    get("/api/v1/namespaces/no-such", { pretty: "1" }, { comparedHeaders: ["content-length"] }),
    get("/api/v1/namespaces/no-such", {}, { comparedHeaders: ["content-length"] }),
    get("/apis/apps", { pretty: "1" }, { comparedHeaders: ["content-length"] }),
  ),
];
