import type { Step } from "../case.js";
import { installed } from "../crd-steps.js";
import { configMap, paths, pod, widget, widgetsPath } from "../objects.js";
import {
  apply,
  clusterCase,
  del,
  get,
  patch,
  post,
  put,
  quiet,
  testCase,
  topic,
} from "../requests.js";

const { configMaps } = paths;
const http2 = (step: Step): Step => ({ ...step, protocol: "HTTP/2" });
const AGGREGATED = {
  accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
};
const kept = ["etag", "vary", "cache-control"];

/** Asks for a document, then whether it is still that one, then whether it is another. */
const askedAgain = (path: string, headers: Readonly<Record<string, string>> = {}): Step[] => {
  const shared = { comparedHeaders: kept, select: (body: unknown) => body === "" };
  return [
    get(path, {}, { headers, captureHeaders: { etag: "etag" }, ...shared }),
    get(path, {}, { headers: { ...headers, "if-none-match": "{etag}" }, ...shared }),
    get(path, {}, { headers: { ...headers, "if-none-match": '"of-another"' }, ...shared }),
    get(path, {}, { headers: { ...headers, "if-none-match": '"of-another", {etag}' }, ...shared }),
  ];
};

/** CRDs of other cases come and go: what shows them may be another one by the next request. */
const isOfAnyState = ({ headers }: Step): boolean =>
  headers?.["if-none-match"]?.includes("{etag}") !== true;

const large = (name: string): object => configMap(name, { text: "a".repeat(100_000) });

export const transport = topic("transport", [
  clusterCase(
    "HTTP/2 is chosen where it is offered",
    http2(get("/version", {}, { select: () => "answered" })),
    http2(get("/healthz")),
  ),
  clusterCase(
    "HTTP/2: who one is",
    http2(get("/api", {}, { as: "nobody" })),
    http2(get("/api", {}, { as: "stranger" })),
  ),
  testCase(
    "HTTP/2: create, get, list",
    http2(post(configMaps, configMap("a", { a: "b" }))),
    http2(get(`${configMaps}/a`)),
    http2(get(configMaps)),
  ),
  testCase(
    "HTTP/2: update and patches",
    quiet(post(configMaps, configMap("a"))),
    http2(put(`${configMaps}/a`, configMap("a", { a: "b" }))),
    http2(patch("merge", `${configMaps}/a`, { data: { c: "d" } })),
    http2(patch("json", `${configMaps}/a`, [{ op: "remove", path: "/data/a" }])),
    http2(apply(`${configMaps}/a`, "me", configMap("a", { e: "f" }))),
  ),
  testCase(
    "HTTP/2: delete",
    quiet(post(configMaps, configMap("a"))),
    http2(del(`${configMaps}/a`, { propagationPolicy: "Background" })),
    http2(del(configMaps)),
  ),
  testCase(
    "HTTP/2: errors",
    http2(get(`${configMaps}/none`)),
    http2(post(configMaps, "{", { contentType: "application/json" })),
    http2(post(configMaps, configMap("Not_Valid"))),
    http2(get(configMaps, {}, { as: { user: "bob" } })),
    http2({ method: "PUT", path: configMaps, body: {} }),
    http2(get("/nosuch")),
  ),
  testCase(
    "HTTP/2: body that is too large",
    http2(
      post(configMaps, configMap("a", { text: "a".repeat(3 * 1024 * 1024) }), {
        select: ({ reason }: { reason: string }) => reason,
      }),
    ),
  ),
  testCase(
    "HTTP/2: watch",
    http2({
      ...get(configMaps, { watch: "true" }, { events: 3 }),
      during: [
        quiet(post(configMaps, configMap("a"))),
        quiet(patch("merge", `${configMaps}/a`, { data: { a: "b" } })),
        quiet(del(`${configMaps}/a`)),
      ],
    }),
  ),
  testCase(
    "HTTP/2: watch that ends by its timeout",
    http2(get(configMaps, { watch: "true", timeoutSeconds: "1" }, { events: 99 })),
  ),
  testCase(
    "HTTP/2: tables and protobuf",
    quiet(post(configMaps, configMap("a"))),
    http2(
      get(configMaps, {}, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    ),
    http2(get(configMaps, {}, { headers: { accept: "application/vnd.kubernetes.protobuf" } })),
  ),
  testCase(
    "HTTP/2: warnings are headers of their own",
    http2(
      post(paths.pods, pod("a.b", { terminationGracePeriodSeconds: -1 }), {
        query: { dryRun: "All" },
        select: () => "answered",
      }),
    ),
    http2(post(configMaps, { ...configMap("a"), nope: 1, never: 2 }, { select: () => "answered" })),
  ),
  testCase(
    "HTTP/2: custom resources",
    ...installed({
      properties: { spec: { type: "object", properties: { a: { type: "string" } } } },
    }),
    http2(post(widgetsPath, widget("a", { spec: { a: "b" } }))),
    http2(get(widgetsPath)),
  ),
  testCase(
    "HEAD",
    quiet(post(configMaps, configMap("a"))),
    { method: "HEAD", path: `${configMaps}/a` },
    { method: "HEAD", path: `${configMaps}/a`, protocol: "HTTP/2" },
  ),
  testCase(
    "large lists are compressed for whom asks",
    quiet(post(configMaps, large("a"))),
    quiet(post(configMaps, large("b"))),
    get(
      configMaps,
      {},
      {
        headers: { "accept-encoding": "gzip" },
        comparedHeaders: ["content-encoding", "vary"],
        select: () => "answered",
      },
    ),
    get(
      configMaps,
      {},
      {
        headers: { "accept-encoding": "identity" },
        comparedHeaders: ["content-encoding", "vary"],
        select: ({ items }: { items: readonly unknown[] }) => items.length,
      },
    ),
  ),
  testCase(
    "what is small, changed or watched is not compressed",
    ...[
      get(configMaps, {}, { select: () => "answered" }),
      post(
        configMaps,
        { ...large("a"), data: { text: "a".repeat(200_000) } },
        { select: () => "answered" },
      ),
      get(configMaps, { watch: "true" }, { events: 1, select: () => "answered" }),
      get(`${configMaps}/none`),
    ].map((step) => ({
      ...step,
      headers: { "accept-encoding": "gzip" },
      comparedHeaders: ["content-encoding", "vary"],
    })),
  ),
  testCase(
    "compressed object",
    quiet(post(configMaps, configMap("a", { text: "a".repeat(200_000) }))),
    get(
      `${configMaps}/a`,
      {},
      {
        headers: { "accept-encoding": "deflate, gzip" },
        comparedHeaders: ["content-encoding", "vary"],
        select: () => "answered",
      },
    ),
  ),
  clusterCase("a document of OpenAPI is kept", ...askedAgain("/openapi/v3/apis/batch/v1")),
  clusterCase(
    "version 2 of OpenAPI is kept",
    ...askedAgain("/openapi/v2")
      .filter(isOfAnyState)
      // Beside the others, the real server says that it could be had compressed.
      .map((step) => ({ ...step, comparedHeaders: ["etag", "cache-control"] })),
  ),
  clusterCase(
    "other media types of OpenAPI",
    ...askedAgain("/openapi/v3/apis/batch/v1", {
      accept: "application/com.github.proto-openapi.spec.v3@v1.0+protobuf",
    }),
  ),
  clusterCase(
    "aggregated discovery is kept",
    // Unlike a document, it is compared with one state alone.
    ...askedAgain("/api", AGGREGATED).slice(0, 3),
    ...askedAgain("/apis", AGGREGATED).filter(isOfAnyState),
  ),
  clusterCase(
    "discovery of one version is not kept",
    get("/apis/batch/v1", {}, { comparedHeaders: kept, headers: { "if-none-match": "*" } }),
    get(
      "/version",
      {},
      { comparedHeaders: kept, headers: { "if-none-match": "*" }, select: () => "answered" },
    ),
  ),
  testCase(
    "the identity of a request",
    get(
      configMaps,
      {},
      {
        headers: { "audit-id": "11111111-2222-3333-4444-555555555555" },
        comparedHeaders: ["audit-id", "cache-control"],
      },
    ),
    get(configMaps, {}, { comparedHeaders: ["audit-id"] }),
    get(`${configMaps}/none`, {}, { comparedHeaders: ["audit-id"] }),
    get("/nosuch", {}, { comparedHeaders: ["audit-id", "x-content-type-options"] }),
    get("/healthz", {}, { comparedHeaders: ["audit-id", "x-content-type-options"] }),
  ),
]);
