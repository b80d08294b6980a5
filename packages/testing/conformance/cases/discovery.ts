import { clusterCase, get, post, topic } from "../requests.js";
import { installed } from "../crd-steps.js";

interface ResourceList {
  readonly resources: readonly { readonly name: string }[];
}
interface Groups {
  readonly groups: readonly { readonly name: string }[];
}
interface Aggregated {
  readonly items: readonly { readonly metadata: { readonly name?: string } }[];
}

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const groupVersions = [
  "apps/v1",
  "batch/v1",
  "rbac.authorization.k8s.io/v1",
  "storage.k8s.io/v1",
  "coordination.k8s.io/v1",
  "events.k8s.io/v1",
  "policy/v1",
  "networking.k8s.io/v1",
  "apiextensions.k8s.io/v1",
  "authentication.k8s.io/v1",
  "authorization.k8s.io/v1",
  "autoscaling/v1",
  "autoscaling/v2",
];
const notOurs = ({ name }: { readonly name: string }): boolean => !name.endsWith(".example.com");
/** Groups of CRDs of other cases come and go. */
const builtInGroups = ({ groups }: Groups): unknown => groups.filter(notOurs).map((g) => g);

export const discovery = topic("discovery", [
  clusterCase(
    "version",
    get(
      "/version",
      {},
      {
        select: (body: Record<string, string>) => [
          Object.keys(body).toSorted(),
          body["major"],
          body["minor"],
        ],
      },
    ),
  ),
  ...["/healthz", "/livez", "/readyz"].map((path) => clusterCase(`health ${path}`, get(path))),
  clusterCase("health of one check", get("/readyz/ping"), get("/livez/ping"), get("/healthz/ping")),
  clusterCase("health of an unknown check", get("/readyz/none"), get("/healthz/none")),
  clusterCase("api versions", get("/api")),
  clusterCase("api groups", get("/apis", {}, { select: builtInGroups })),
  clusterCase("core resources", get("/api/v1")),
  ...groupVersions.map((path) => clusterCase(`resources of ${path}`, get(`/apis/${path}`))),
  clusterCase("one group", get("/apis/apps"), get("/apis/autoscaling")),
  clusterCase(
    "unknown group and version",
    get("/apis/none.example.com"),
    get("/apis/apps/v9"),
    get("/api/v9"),
  ),
  clusterCase("aggregated core", get("/api", {}, { headers: { accept: aggregated } })),
  clusterCase(
    "aggregated groups",
    get(
      "/apis",
      {},
      {
        headers: { accept: aggregated },
        select: ({ items }: Aggregated) =>
          items.filter(({ metadata }) => !(metadata.name ?? "").endsWith(".example.com")),
      },
    ),
  ),
  clusterCase(
    "aggregated with a fallback in Accept",
    get(
      "/apis",
      {},
      {
        headers: {
          accept: `${aggregated},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
        },
        select: ({ kind, apiVersion }: { readonly kind: string; readonly apiVersion: string }) => [
          kind,
          apiVersion,
        ],
      },
    ),
  ),
  clusterCase(
    "root paths for an administrator",
    get(
      "/",
      {},
      {
        select: ({ paths }: { readonly paths: readonly string[] }) =>
          paths.filter((path) => /^\/(api|apis|version|openapi\/v3)$/.test(path)),
      },
    ),
  ),
  clusterCase("unknown path", get("/nothing/here")),
  clusterCase(
    "unknown resource",
    get("/api/v1/nothings"),
    get("/apis/apps/v1/namespaces/default/nothings/x"),
  ),
  clusterCase(
    "resource of another scope",
    get("/api/v1/namespaces/default/nodes"),
    get("/apis/apps/v1/deployments/x"),
  ),
  clusterCase("method that a resource has not", post("/apis/apps/v1/deployments", {}), {
    method: "PUT",
    path: "/api/v1/nodes",
    body: {},
  }),
  clusterCase(
    "anonymous sees version and health alone",
    get("/version", {}, { as: "nobody", select: () => "seen" }),
    get("/readyz", {}, { as: "nobody" }),
    get("/api", {}, { as: "nobody" }),
  ),
  clusterCase(
    "a CRD appears in discovery",
    ...installed({}),
    get("/apis/{id}.example.com", {}, { until: (_body, status) => status === 200 }),
    get(
      "/apis/{id}.example.com/v1",
      {},
      {
        until: (body: ResourceList) => body.resources?.length > 0,
      },
    ),
    get(
      "/apis",
      {},
      {
        headers: { accept: aggregated },
        until: (body: Aggregated) =>
          body.items.some(
            ({ metadata }) => metadata.name === "discovery-a-crd-appears-in-discovery.example.com",
          ),
        select: ({ items }: Aggregated) =>
          items.filter(
            ({ metadata }) => metadata.name === "discovery-a-crd-appears-in-discovery.example.com",
          ),
      },
    ),
  ),
]);
