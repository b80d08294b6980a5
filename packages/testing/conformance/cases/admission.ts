import { del, get, patch, post, quiet, testCase, topic } from "../requests.js";
import { paths, pod, service } from "../objects.js";
import type { Step } from "../case.js";

const { pods, claims } = paths;
const quotas = "/api/v1/namespaces/{ns}/resourcequotas";
const limitRanges = "/api/v1/namespaces/{ns}/limitranges";
const signingRequests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

const limited = (limits: readonly object[]): Step =>
  quiet(post(limitRanges, { metadata: { name: "l" }, spec: { limits } }));
const quota = (hard: object, used: object = {}, spec: object = {}): Step[] => [
  quiet(post(quotas, { metadata: { name: "q" }, spec: { hard, ...spec } })),
  quiet(patch("merge", `${quotas}/q/status`, { status: { hard, used } })),
];
/** The admission of the real server reads quotas from a copy, which trails what was written. */
const onceRefused = (path: string, object: object): Step =>
  post(path, object, {
    query: { dryRun: "All" },
    until: (_body, status) => status === 403,
    select: () => "answered",
  });
/** A quota that is in force: nothing else counts leases. */
const quotaInForce = (hard: object, used: object): Step[] => [
  ...quota({ ...hard, ...noLeases }, { ...used, ...noLeases }),
  onceRefused(paths.leases, { metadata: { name: "l" } }),
];
const noLeases = { "count/leases.coordination.k8s.io": "0" };
const container = (resources: object = {}): object => ({
  containers: [{ name: "main", image: "i", resources }],
});
const claim = (storage: string): object => ({
  metadata: { name: "c" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
});
const resourcesOf = {
  select: ({
    metadata,
    spec,
  }: {
    metadata: { annotations: unknown };
    spec: { containers: readonly { resources: unknown }[] };
  }) => [metadata.annotations, spec.containers.map(({ resources }) => resources)],
};
/** Beside quotas, the kind of what is changed says enough. */
const answeredKind = {
  select: (body: { kind: string }) => (body.kind === "Status" ? body : body.kind),
};
const statusOf = { select: ({ status }: { status: unknown }) => status };

const signingRequest =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUE1IZ0NBUUF3RmpFVU1CSUdBMVVFQXd3TFkyOXVabTl5YldGdVkyVXdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVF4aDVzUHFCSnFFOG5ZNFB0czhrVWFCZ25tRHZQMDRKNlJTcWtmbXd2TnJZOWVQR05ECkNjWk9QQXNLL3NBR2xMdTJWM0FzYlFwU0VldWZtTURqUHUxR29BQXdDZ1lJS29aSXpqMEVBd0lEUndBd1JBSWcKWHQzVStDdDA5RHAwelllRVVxZ2I0WGRzVFBLcy9oVk9EKzYrT0pOOEpnY0NJQWxOVVRocjJxaEJ0SHhQeVpETQp1bEpRWjI0Umxpa3B2TzVNZE1FZHhwdm0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
/** The two servers know their administrators by different names. */
const jane = { as: { user: "jane", groups: ["system:masters"] } } as const;
const requested = (fields: object = {}): Step =>
  post(
    signingRequests,
    {
      metadata: { name: "{id}" },
      spec: {
        request: signingRequest,
        signerName: "example.com/s",
        usages: ["client auth"],
        ...fields,
      },
    },
    jane,
  );

export const admission = topic("admission", [
  testCase(
    "limit range gives defaults",
    limited([
      { type: "Container", default: { cpu: "2", memory: "1Gi" }, defaultRequest: { cpu: "1" } },
    ]),
    post(pods, pod("p")),
    post(pods, pod("q", container({ limits: { cpu: "3" } })), resourcesOf),
    post(pods, pod("r", container({ requests: { cpu: "3" } })), resourcesOf),
  ),
  testCase(
    "limit range gives defaults to every container",
    limited([{ type: "Container", default: { cpu: "2" } }]),
    post(
      pods,
      pod("p", {
        containers: [
          { name: "a", image: "i" },
          { name: "b", image: "i", resources: { limits: { cpu: "1" } } },
        ],
        initContainers: [{ name: "c", image: "i" }],
      }),
      resourcesOf,
    ),
  ),
  testCase(
    "limit range refuses containers",
    limited([
      {
        type: "Container",
        min: { cpu: "100m" },
        max: { cpu: "1", memory: "1Gi" },
        maxLimitRequestRatio: { cpu: "2" },
      },
    ]),
    post(pods, pod("p", container({ requests: { cpu: "50m" }, limits: { cpu: "80m" } }))),
    post(pods, pod("p", container({ limits: { cpu: "2" } }))),
    post(pods, pod("p", container({ requests: { cpu: "200m" }, limits: { cpu: "800m" } }))),
    post(
      pods,
      pod("p", container({ requests: { memory: "2Gi" }, limits: { memory: "2Gi", cpu: "2" } })),
    ),
  ),
  testCase(
    "limit range refuses pods",
    limited([{ type: "Pod", max: { cpu: "1" }, min: { memory: "10Mi" } }]),
    post(pods, pod("p")),
    post(
      pods,
      pod("p", {
        containers: [
          {
            name: "a",
            image: "i",
            resources: {
              requests: { memory: "20Mi", cpu: "800m" },
              limits: { cpu: "800m", memory: "20Mi" },
            },
          },
          { name: "b", image: "i", resources: { limits: { cpu: "800m" } } },
        ],
      }),
    ),
  ),
  testCase(
    "limit range refuses claims",
    limited([{ type: "PersistentVolumeClaim", min: { storage: "2Gi" }, max: { storage: "4Gi" } }]),
    post(claims, claim("1Gi")),
    post(claims, claim("5Gi")),
    post(claims, claim("3Gi"), { select: () => "created" }),
  ),
  testCase("limit range of another namespace", post(pods, pod("p"), resourcesOf)),
  testCase(
    "quota that nobody has counted",
    quiet(post(quotas, { metadata: { name: "q" }, spec: { hard: { pods: "1" } } })),
    post(pods, pod("p")),
  ),
  testCase(
    "quota of pods",
    ...quotaInForce({ pods: "1" }, { pods: "0" }),
    post(pods, pod("p"), { select: () => "created" }),
    get(`${quotas}/q`, {}, statusOf),
    post(pods, pod("q")),
  ),
  testCase(
    "quota of CPU and memory",
    ...quotaInForce(
      { "requests.cpu": "1", "limits.memory": "1Gi" },
      { "requests.cpu": "500m", "limits.memory": "0" },
    ),
    post(pods, pod("p")),
    post(pods, pod("p", container({ requests: { cpu: "600m" }, limits: { memory: "512Mi" } }))),
    post(pods, pod("p", container({ requests: { cpu: "250m" }, limits: { memory: "512Mi" } })), {
      select: () => "created",
    }),
    get(`${quotas}/q`, {}, statusOf),
  ),
  testCase(
    "quota of several",
    ...quotaInForce(
      {
        pods: "1",
        "count/configmaps": "1",
        configmaps: "1",
        secrets: "1",
        services: "1",
        "services.nodeports": "0",
        "requests.storage": "1Gi",
        persistentvolumeclaims: "1",
      },
      {
        pods: "0",
        "count/configmaps": "0",
        configmaps: "1",
        secrets: "0",
        services: "0",
        "services.nodeports": "0",
        "requests.storage": "0",
        persistentvolumeclaims: "0",
      },
    ),
    post(paths.configMaps, { metadata: { name: "a" } }),
    post(paths.secrets, { metadata: { name: "a" } }, { select: () => "created" }),
    post(paths.secrets, { metadata: { name: "b" } }),
    post(paths.services, service("a", { type: "NodePort" })),
    post(claims, claim("2Gi")),
    post(claims, claim("1Gi"), { select: () => "created" }),
    get(`${quotas}/q`, {}, statusOf),
  ),
  testCase(
    "quota of what is changed",
    ...quotaInForce(
      { configmaps: "1", "services.nodeports": "1", services: "5" },
      { configmaps: "1", "services.nodeports": "0", services: "0" },
    ),
    quiet(post(paths.services, service("a"))),
    patch("merge", `${paths.services}/a`, { spec: { type: "NodePort" } }, answeredKind),
    quiet(post(paths.services, service("b"))),
    patch("merge", `${paths.services}/b`, { spec: { type: "NodePort" } }, answeredKind),
    get(`${quotas}/q`, {}, statusOf),
  ),
  testCase(
    "quota of objects by their group",
    ...quotaInForce(
      { "count/deployments.apps": "0", "count/jobs.batch": "1" },
      { "count/deployments.apps": "0", "count/jobs.batch": "0" },
    ),
    post(paths.deployments, {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: [{ name: "c", image: "i" }] },
        },
      },
    }),
  ),
  testCase(
    "quota with a scope",
    ...quota({ pods: "0" }, { pods: "0" }, { scopes: ["BestEffort"] }),
    onceRefused(pods, pod("p")),
    post(pods, pod("p")),
    post(pods, pod("q", container({ requests: { cpu: "1" } })), { select: () => "created" }),
  ),
  testCase(
    "a dry run uses up no quota",
    ...quotaInForce({ pods: "1" }, { pods: "0" }),
    post(pods, pod("p"), { query: { dryRun: "All" }, select: () => "created" }),
    get(`${quotas}/q`, {}, statusOf),
  ),
  testCase(
    "a deletion gives nothing back by itself",
    ...quotaInForce({ pods: "1" }, { pods: "0" }),
    quiet(post(pods, pod("p"))),
    quiet(del(`${pods}/p`)),
    get(`${quotas}/q`, {}, statusOf),
  ),
  testCase(
    "namespace that is needed",
    del("/api/v1/namespaces/default"),
    del("/api/v1/namespaces/kube-system"),
    del("/api/v1/namespaces/kube-public"),
    del("/api/v1/namespaces/kube-node-lease", { dryRun: ["All"] }, { select: () => "answered" }),
  ),
  testCase(
    "namespace that is missing or ends",
    post("/api/v1/namespaces/{ns}-none/configmaps", { metadata: { name: "a" } }),
    quiet(del("/api/v1/namespaces/{ns}")),
    post(paths.configMaps, { metadata: { name: "a" } }),
    post("/api/v1/namespaces/{ns}/pods", pod("p")),
  ),
  testCase(
    "signing request",
    requested(),
    get(`${signingRequests}/{id}`),
    quiet(del(`${signingRequests}/{id}`)),
  ),
  testCase(
    "signing request in the name of another",
    requested({ username: "other", groups: ["x"] }),
  ),
  testCase(
    "signing request is approved",
    quiet(requested()),
    patch("merge", `${signingRequests}/{id}/approval`, {
      status: { conditions: [{ type: "Approved", status: "True", reason: "r", message: "m" }] },
    }),
    patch("merge", `${signingRequests}/{id}/approval`, { status: { conditions: [] } }),
    patch("merge", `${signingRequests}/{id}/status`, { status: { certificate: "bm9uZQ==" } }),
    patch("merge", `${signingRequests}/{id}`, { spec: { signerName: "example.com/t" } }),
  ),
  testCase(
    "signing request that is invalid",
    requested({ request: "bm9uZQ==" }),
    requested({ usages: [] }),
    requested({ signerName: "x" }),
    requested({ expirationSeconds: 10 }),
  ),
  testCase(
    "node restriction of a pod's node",
    post(pods, pod("p", { nodeSelector: { a: "b" } }), {
      select: ({ spec }: { spec: { nodeSelector: unknown } }) => spec.nodeSelector,
    }),
  ),
]);
