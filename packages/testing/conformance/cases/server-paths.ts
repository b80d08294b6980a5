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
]);
