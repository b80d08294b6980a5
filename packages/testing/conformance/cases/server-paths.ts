import type { Step } from "../case.js";
import { clusterCase, del, get, post, topic } from "../requests.js";
import { installed } from "../crd-steps.js";

interface Paths {
  readonly paths: readonly string[];
}

/** Paths for people that look into the process; the embedded server has none of them. */
const NOT_SERVED = /^\/(flagz|statusz|debug|logs|configz)/;

/** What was refused, in short. */
const readReason = (body: { reason?: string }): string => body.reason ?? "answered";

const health = ["/healthz", "/livez", "/readyz"];

const FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1";
const flow = {
  comparedHeaders: ["x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"],
  select: () => "answered",
};
const uid = { select: ({ metadata }: { metadata: { uid: string } }): string => metadata.uid };
const flowNames = (plural: string, names: readonly string[]): readonly Step[] =>
  names.map((name) => get(`${FLOWS}/${plural}/${name}`, {}, uid));
const lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x";
const masters = { user: "x", groups: ["system:masters"] };
const nodes = { user: "system:node:n", groups: ["system:nodes", "system:authenticated"] };
const inSystem = {
  user: "system:serviceaccount:kube-system:x",
  groups: ["system:serviceaccounts", "system:authenticated"],
};
const account = { ...inSystem, user: "system:serviceaccount:default:x" };

export const serverPaths = topic("server-paths", [
  clusterCase(
    "index",
    get(
      "/",
      {},
      {
        select: ({ paths }: Paths) =>
          paths.filter((path) => !NOT_SERVED.test(path) && !path.includes("example.com")),
      },
    ),
    get("/index.html", {}, { select: () => "answered" }),
  ),
  clusterCase(
    "index with a CRD",
    ...installed({}),
    get(
      "/",
      {},
      {
        until: (body: never) =>
          (body as Paths).paths.some((path) => path.includes("index-with-a-crd")),
        select: ({ paths }: Paths) => paths.filter((path) => path.includes("index-with-a-crd")),
      },
    ),
  ),
  ...health.map((path) =>
    clusterCase(
      `${path} with all checks`,
      get(path, { verbose: "" }),
      get(path, { verbose: "true", exclude: "etcd" }),
      get(path, { verbose: "true", exclude: "nothing" }),
      get(path, { exclude: "etcd" }),
    ),
  ),
  ...health.map((path) =>
    clusterCase(
      `checks of ${path}`,
      get(`${path}/etcd`),
      get(`${path}/poststarthook/rbac/bootstrap-roles`),
      get(`${path}/shutdown`),
      get(`${path}/poststarthook`),
      get(`${path}/ping`, { verbose: "" }),
    ),
  ),
  clusterCase(
    "version as text",
    get("/version", {}, { select: () => "seen" }),
    get("/version/", {}, { select: () => "seen" }),
  ),
  clusterCase(
    "metrics",
    get("/metrics", {}, { select: (text: string) => text.startsWith("# HELP") }),
    get(
      "/metrics/slis",
      {},
      { select: (text: string) => text.includes("kubernetes_healthcheck{") },
    ),
  ),
  clusterCase(
    "metrics are not for everybody",
    get("/metrics", {}, { as: { user: "bob" } }),
    get("/metrics", {}, { as: "nobody" }),
  ),
  clusterCase(
    "issuer of service account tokens",
    get(
      "/.well-known/openid-configuration",
      {},
      {
        select: ({
          issuer,
          jwks_uri: uri,
          response_types_supported: types,
        }: Record<string, string>) => ({ issuer, path: new URL(uri ?? "").pathname, types }),
      },
    ),
    get(
      "/openid/v1/jwks",
      {},
      { select: ({ keys }: { keys: readonly { use: string }[] }) => keys.map(({ use }) => use) },
    ),
    get(
      "/openid/v1/jwks",
      {},
      { as: { user: "bob" }, select: ({ reason }: { reason: string }) => reason },
    ),
  ),
  clusterCase(
    "paths that are not there",
    get("/nosuch"),
    get("/metrics/nosuch"),
    get("/openid/v1"),
    get("/swagger.json"),
  ),
  clusterCase(
    "other methods",
    ...["/healthz", "/version", "/api", "/openapi/v3"].flatMap((path) => [
      post(path, {}, { select: () => "answered" }),
      del(path, undefined, { select: () => "answered" }),
      { ...get(path), method: "HEAD" },
    ]),
  ),
  clusterCase(
    "what somebody without rights sees",
    ...["/", "/version", "/healthz", "/livez/etcd", "/api", "/apis/apps", "/metrics/slis"].map(
      (path) => get(path, {}, { as: { user: "bob" }, select: readReason }),
    ),
  ),
  clusterCase(
    "what a user of the system sees",
    ...["/", "/version", "/healthz", "/livez/etcd", "/api", "/apis/apps", "/openapi/v2"].map(
      (path) =>
        get(
          path,
          {},
          { as: { user: "bob", groups: ["system:authenticated"] }, select: readReason },
        ),
    ),
  ),
  clusterCase(
    "several checks are left out",
    { path: "/readyz?exclude=etcd&exclude=shutdown&verbose" },
    { path: "/livez?exclude=etcd&exclude=nothing" },
    { path: "/healthz?verbose=false" },
  ),
  clusterCase(
    "paths with a slash at their end",
    ...[
      "/healthz/",
      "/livez/",
      "/readyz/etcd/",
      "/api/",
      "/apis/",
      "/openapi/v3/",
      "/metrics/",
    ].map((path) => get(path, {}, { select: readReason })),
  ),
  clusterCase(
    "flow schemas of requests",
    ...flowNames("flowschemas", [
      "exempt",
      "probes",
      "system-leader-election",
      "system-node-high",
      "system-nodes",
      "kube-scheduler",
      "kube-system-service-accounts",
      "service-accounts",
      "global-default",
    ]),
    ...flowNames("prioritylevelconfigurations", [
      "exempt",
      "leader-election",
      "node-high",
      "system",
      "workload-high",
      "workload-low",
      "global-default",
    ]),
    get("/api/v1/namespaces/default", {}, flow),
    get("/api/v1/namespaces/default", {}, { ...flow, as: masters }),
    get("/livez", {}, { ...flow, as: "nobody" }),
    get("/readyz/ping", {}, { ...flow, as: "nobody" }),
    get("/api/v1/pods", {}, { ...flow, as: "nobody" }),
    get("/api/v1/pods", {}, { ...flow, as: "stranger" }),
    get("/api/v1/pods", { timeout: "x" }, flow),
    get("/no-such", {}, flow),
    get("/apis/no.such/v1/x", {}, flow),
    get(lease, {}, { ...flow, as: { user: "system:kube-scheduler" } }),
    del(lease, undefined, { ...flow, as: { user: "system:kube-scheduler" } }),
    get(lease, {}, { ...flow, as: inSystem }),
    get("/api/v1/pods", {}, { ...flow, as: inSystem }),
    get("/api/v1/pods", {}, { ...flow, as: account }),
    get("/api/v1/nodes/n", {}, { ...flow, as: nodes }),
    get("/api/v1/pods", {}, { ...flow, as: nodes }),
    get("/version", {}, { ...flow, as: nodes }),
    get("/api/v1/pods", {}, { ...flow, as: { user: "bob" } }),
    get("/api/v1/namespaces/default/pods/x/log", {}, flow),
    get("/api/v1/namespaces/default/pods/x/exec", { command: "x" }, flow),
    get("/api/v1/namespaces/default/pods/x/status", {}, flow),
    get("/api/v1/namespaces", { watch: "true", limit: "1" }, { ...flow, events: 1 }),
  ),
]);
