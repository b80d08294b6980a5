import type { Step } from "../case.js";
import { paths, service } from "../objects.js";
import { clusterCase, patch, post, testCase, topic } from "../requests.js";

const refusal = (answer: { kind: string }): unknown =>
  answer.kind === "Status" ? answer : "accepted";
/** Nothing is left behind: what is accepted is only tried. */
const tried = (path: string, body: unknown): Step =>
  post(path, body, {
    query: { dryRun: "All" },
    select: refusal,
  });
const each =
  (path: string, build: (fields: object) => unknown) =>
  (...variants: readonly object[]): Step[] =>
    variants.map((fields) => tried(path, build(fields)));
const services = each(paths.services, (spec) => service("a", spec));
const volumes = each(paths.volumes, (spec) => ({
  metadata: { name: "{id}" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
}));
const claims = each(paths.claims, (spec) => ({
  metadata: { name: "a" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...spec,
  },
}));
const classes = each(paths.storageClasses, (fields) => ({
  metadata: { name: "{id}" },
  provisioner: "example.com/a",
  ...fields,
}));
const nodes = each(paths.nodes, (fields) => ({ metadata: { name: "{id}" }, ...fields }));
const events = each(paths.events, (fields) => ({
  metadata: { name: "a" },
  involvedObject: { namespace: "{ns}" },
  ...fields,
}));
const newEvents = each("/apis/events.k8s.io/v1/namespaces/{ns}/events", (fields) => ({
  metadata: { name: "a" },
  regarding: { namespace: "{ns}" },
  eventTime: "1999-01-01T00:00:00.000000Z",
  ...fields,
}));
const policies = each("/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", (spec) => ({
  metadata: { name: "a" },
  spec: { podSelector: {}, ...spec },
}));
const ingresses = each("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", (spec) => ({
  metadata: { name: "a" },
  spec,
}));
const ofHttp = (...httpPaths: readonly object[]) => ({ rules: [{ http: { paths: httpPaths } }] });
const backend = { service: { name: "s", port: { number: 80 } } };
const slices = each("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", (fields) => ({
  metadata: { name: "a" },
  addressType: "IPv4",
  endpoints: [],
  ...fields,
}));
const endpoints = each("/api/v1/namespaces/{ns}/endpoints", (subset) => ({
  metadata: { name: "a" },
  subsets: [subset],
}));
const budgets = each("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", (spec) => ({
  metadata: { name: "a" },
  spec,
}));
const limitRanges = each("/api/v1/namespaces/{ns}/limitranges", (limit) => ({
  metadata: { name: "a" },
  spec: { limits: [limit].flat() },
}));
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const roles = each(`${RBAC}/namespaces/{ns}/roles`, (rule) => ({
  metadata: { name: "a" },
  rules: [rule],
}));
const clusterRoles = each(`${RBAC}/clusterroles`, (fields) => ({
  metadata: { name: "{id}" },
  ...fields,
}));
const subject = { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" };
const roleRef = { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" };
const bindings = each(`${RBAC}/namespaces/{ns}/rolebindings`, (fields) => ({
  metadata: { name: "a" },
  roleRef,
  subjects: [subject],
  ...fields,
}));
const clusterBindings = each(`${RBAC}/clusterrolebindings`, (fields) => ({
  metadata: { name: "{id}" },
  roleRef: { ...roleRef, kind: "ClusterRole" },
  subjects: [subject],
  ...fields,
}));
const leases = each(paths.leases, (spec) => ({ metadata: { name: "a" }, spec }));
const template = {
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};
const workloads = (plural: string, name = "a") =>
  each(`/apis/apps/v1/namespaces/{ns}/${plural}`, (spec) => ({
    metadata: { name },
    spec: { selector: { matchLabels: { app: "a" } }, template, ...spec },
  }));
const rolling = (rollingUpdate: object) => ({ type: "RollingUpdate", rollingUpdate });
const podSpec = { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] };
const jobSpec = (spec: object) => ({ template: { spec: podSpec }, ...spec });
const jobs = each(paths.jobs, (spec) => ({ metadata: { name: "a" }, spec: jobSpec(spec) }));
const indexed = { completionMode: "Indexed", completions: 5 };
const failing = (...rules: readonly object[]) => ({ podFailurePolicy: { rules } });
const succeeding = (...rules: readonly object[]) => ({ ...indexed, successPolicy: { rules } });
const codes = (onExitCodes: object) => failing({ action: "FailJob", onExitCodes });
const cronJobs = each("/apis/batch/v1/namespaces/{ns}/cronjobs", (spec) => ({
  metadata: { name: "a" },
  spec: { schedule: "* * * * *", jobTemplate: { spec: jobSpec({}) }, ...spec },
}));
const path = { hostPath: { path: "/a" } };
const long = "a".repeat(200);

export const objectValidation = topic("object-validation", [
  testCase(
    "external names",
    ...services(
      { type: "ExternalName", externalName: "Bad_" },
      { type: "ExternalName", externalName: "a.example.com." },
    ),
  ),
  testCase(
    "addresses of a service",
    ...services(
      { externalIPs: ["x"] },
      { externalIPs: ["127.0.0.1", "0.0.0.0", "224.0.0.1", "169.254.1.1", "::1"] },
    ),
  ),
  testCase(
    "families of a service",
    ...services(
      { ipFamilies: ["IPv6"] },
      { ipFamilies: ["IPv4", "IPv4"] },
      { ipFamilies: ["X"] },
      { ipFamilyPolicy: "X" },
      { ipFamilyPolicy: "RequireDualStack" },
      { clusterIP: "None", ipFamilyPolicy: "RequireDualStack" },
    ),
  ),
  testCase(
    "load balancers",
    ...services(
      { type: "LoadBalancer", loadBalancerSourceRanges: ["x", "10.1.2.3/8"] },
      { type: "LoadBalancer", loadBalancerClass: "bad class" },
      { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: -1 },
    ),
  ),
  testCase(
    "what is for load balancers alone",
    ...services(
      { loadBalancerSourceRanges: ["10.0.0.0/8"] },
      { loadBalancerClass: "a/b" },
      { allocateLoadBalancerNodePorts: true },
      { healthCheckNodePort: 30_001 },
    ),
  ),
  testCase(
    "traffic of a service",
    ...services(
      { internalTrafficPolicy: "X" },
      { trafficDistribution: "X" },
      { ports: [{ port: 80, appProtocol: "bad proto" }] },
      {
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } },
      },
    ),
  ),
  testCase(
    "names of services",
    ...["Bad.Name", "a.b", "Bad", "1abc", "a".repeat(64)].map((name) =>
      tried(paths.services, { ...service("a"), metadata: { name } }),
    ),
  ),
  clusterCase(
    "place of a volume",
    ...volumes(
      { ...path, nodeAffinity: {} },
      { ...path, nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      {
        ...path,
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In" }] }] },
        },
      },
      { local: { path: "/a" } },
    ),
  ),
  clusterCase(
    "source of a volume",
    ...volumes(
      { hostPath: { path: "" } },
      { hostPath: { path: "/../x" } },
      { hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
      { nfs: { server: "", path: "" } },
      { csi: { driver: "", volumeHandle: "" } },
      { csi: { driver: "a b", volumeHandle: "x" } },
      { csi: { driver: "a", volumeHandle: "x", nodePublishSecretRef: { name: "" } } },
    ),
  ),
  clusterCase(
    "mount options by annotation",
    tried(paths.volumes, {
      metadata: {
        name: "{id}",
        annotations: { "volume.beta.kubernetes.io/mount-options": "ro" },
      },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...path },
    }),
  ),
  testCase(
    "source of a claim",
    ...claims(
      { dataSource: { kind: "PersistentVolumeClaim", name: "" } },
      { dataSourceRef: { apiGroup: "", kind: "Pod", name: "b" } },
      { volumeAttributesClassName: "Bad_" },
    ),
  ),
  clusterCase(
    "storage classes",
    ...classes(
      { parameters: { "": "x" } },
      { parameters: { a: "x".repeat(300_000) } },
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "a b", values: [] }] }] },
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "a", values: ["x", "x"] }] }] },
    ),
  ),
  clusterCase(
    "taints",
    ...nodes(
      { spec: { taints: [{ key: "", effect: "NoSchedule" }] } },
      { spec: { taints: [{ key: "a b", value: "c d", effect: "X" }] } },
      { spec: { taints: [{ key: "a" }] } },
      {
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "a", effect: "NoSchedule" },
          ],
        },
      },
    ),
  ),
  clusterCase(
    "networks and amounts of a node",
    ...nodes(
      { spec: { podCIDRs: ["10.1.0.0/24", "10.2.0.0/24"] } },
      { spec: { podCIDRs: ["10.1.2.3/24"] } },
      { spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.2.0.0/24"] } },
      { status: { capacity: { cpu: "-1" } } },
    ),
  ),
  testCase(
    "events with a precise time",
    ...events(
      { eventTime: "1999-01-01T00:00:00.000000Z" },
      {
        eventTime: "1999-01-01T00:00:00.000000Z",
        reportingComponent: "bad c",
        reportingInstance: "i",
        action: "a",
        reason: "r",
        type: "Normal",
      },
    ),
  ),
  testCase(
    "events by the new group",
    ...newEvents(
      { type: "X", note: "x".repeat(2000) },
      {
        reportingController: "a b",
        reportingInstance: long,
        action: long,
        reason: long,
        type: "Normal",
        series: { count: 1, lastObservedTime: "1999-01-01T00:00:00.000000Z" },
      },
    ),
  ),
  testCase(
    "peers of a network policy",
    ...policies(
      {
        ingress: [
          { from: [{}, { ipBlock: { cidr: "zzz" } }, { ipBlock: { cidr: "10.1.2.3/8" } }] },
        ],
      },
      {
        egress: [
          {
            to: [
              { podSelector: {}, ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/8"] } },
              { ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/8", "10.1.0.0/16"] } },
              { namespaceSelector: { matchExpressions: [{ key: "a", operator: "In" }] } },
            ],
          },
        ],
      },
    ),
  ),
  testCase(
    "ports of a network policy",
    ...policies({
      ingress: [
        {
          ports: [
            { port: 99_999, protocol: "X" },
            { endPort: 3 },
            { port: 5, endPort: 3 },
            { port: "a", endPort: 3 },
            { port: "Not_A_Port" },
          ],
        },
      ],
    }),
  ),
  testCase(
    "quotas",
    ...each("/api/v1/namespaces/{ns}/resourcequotas", (hard) => ({
      metadata: { name: "a" },
      spec: { hard },
    }))(
      { nonsense: "2" },
      { pods: "-1" },
      { "a b": "1" },
      { "count/jobs.batch": "1", "requests.cpu": "1", "services.nodeports": "0" },
    ),
  ),
  testCase(
    "backends of an ingress",
    ...ingresses(
      {},
      { defaultBackend: {} },
      { defaultBackend: { service: { name: "", port: {} } } },
      { defaultBackend: { service: { name: "A_b", port: { number: 80, name: "http" } } } },
      { defaultBackend: { service: { name: "s", port: { number: 70000 } } } },
      { defaultBackend: { service: { name: "s", port: { name: "not a port" } } } },
      { defaultBackend: { ...backend, resource: { kind: "K", name: "n" } } },
      { defaultBackend: { resource: { kind: "", name: "" } } },
      { defaultBackend: { resource: { apiGroup: "x.y", kind: "a/b", name: "a/b" } } },
    ),
  ),
  testCase(
    "rules of an ingress",
    ...ingresses(
      ofHttp(),
      ofHttp({ path: "/", backend }),
      ofHttp({ path: "/", pathType: "Other", backend }),
      ofHttp({ path: "a", pathType: "Exact", backend }),
      ofHttp({ path: "a", pathType: "ImplementationSpecific", backend }),
      ofHttp({ pathType: "Prefix", backend }),
      ofHttp({ pathType: "ImplementationSpecific", backend }),
      ofHttp({ path: "/a//b", pathType: "Prefix", backend }),
      ofHttp({ path: "/a/../b", pathType: "Exact", backend }),
      ofHttp({ path: "/a%2fb", pathType: "Exact", backend }),
      ofHttp({ path: "/a/.", pathType: "Prefix", backend }),
      ofHttp({ path: "/", pathType: "Prefix", backend: {} }),
      { rules: [{ host: "10.0.0.1", http: { paths: [] } }] },
      { rules: [{ host: "*.example.com" }, { host: "*" }, { host: "a.*.b" }, { host: "A.b" }] },
      { rules: [{ host: "a.example.com:80" }] },
      { defaultBackend: backend, tls: [{ hosts: ["a.b", "*.c.d", "A", "1.2.3.4"] }] },
      { defaultBackend: backend, tls: [{ hosts: ["a.b"], secretName: "A_b" }] },
      { defaultBackend: backend, ingressClassName: "A_b" },
      { defaultBackend: backend, ingressClassName: "" },
    ),
    post("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
      metadata: { name: "a", annotations: { "kubernetes.io/ingress.class": "x" } },
      spec: { defaultBackend: backend, ingressClassName: "x" },
    }),
  ),
  testCase(
    "endpoints of a slice",
    ...slices(
      { addressType: "" },
      { endpoints: [{ addresses: [] }] },
      { endpoints: [{ addresses: ["1.2.3", "::1", "127.0.0.1", "169.254.1.1", "224.0.0.1"] }] },
      { addressType: "IPv6", endpoints: [{ addresses: ["1.2.3.4", "::1", "fe80::1"] }] },
      { addressType: "FQDN", endpoints: [{ addresses: ["a.example.com", "A_b", "1.2.3.4"] }] },
      { endpoints: [{ addresses: ["10.0.0.1"], hostname: "A_b" }] },
      { endpoints: [{ addresses: ["10.0.0.1"], nodeName: "A_b" }] },
      { endpoints: [{ addresses: ["10.0.0.1"], deprecatedTopology: { a: "b" } }] },
      { endpoints: [{ addresses: ["10.0.0.1"], hints: { forZones: [{ name: "" }] } }] },
      {
        endpoints: [
          { addresses: ["10.0.0.1"], hints: { forZones: [{ name: "a" }, { name: "a" }] } },
        ],
      },
      { ports: [{ port: 0 }, { port: 80, protocol: "X" }, { name: "A", port: 80 }] },
      { ports: [{ port: 80 }, { port: 81 }] },
      { ports: [{ name: "a", port: 80, appProtocol: "a b" }, { name: "b" }] },
      { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ["10.0.0.1"] })) },
      { ports: Array.from({ length: 101 }, (_, index) => ({ name: `p${index}`, port: 1 })) },
    ),
  ),
  testCase(
    "subsets of endpoints",
    ...endpoints(
      {},
      { ports: [{ port: 80 }] },
      { addresses: [{ ip: "1.2.3" }] },
      { addresses: [{ ip: "127.0.0.1" }, { ip: "169.254.0.1" }, { ip: "224.0.0.5" }] },
      { addresses: [{ ip: "10.0.0.1", hostname: "A_b", nodeName: "A_b" }] },
      { addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 0, protocol: "X", name: "A" }] },
      { addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }, { port: 81 }] },
    ),
  ),
  testCase(
    "disruption budgets",
    ...budgets(
      {},
      { minAvailable: -1 },
      { minAvailable: "x" },
      { minAvailable: "101%" },
      { maxUnavailable: "-1%" },
      { minAvailable: 1, maxUnavailable: 1 },
      { minAvailable: 1, selector: { matchLabels: { "a b": "c" } } },
      { minAvailable: 1, selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
      { minAvailable: 1, unhealthyPodEvictionPolicy: "Never" },
    ),
  ),
  testCase(
    "limit ranges",
    ...limitRanges(
      { type: "" },
      { type: "Other" },
      { type: "Pod", default: { cpu: "1" }, defaultRequest: { cpu: "1" } },
      { type: "Container", max: { cpu: "1" }, min: { cpu: "2" } },
      { type: "Container", default: { cpu: "2" }, max: { cpu: "1" } },
      { type: "Container", defaultRequest: { cpu: "2" }, default: { cpu: "1" } },
      { type: "Container", defaultRequest: { cpu: "1" }, min: { cpu: "2" } },
      { type: "Container", maxLimitRequestRatio: { cpu: "500m" } },
      {
        type: "Container",
        maxLimitRequestRatio: { cpu: "8" },
        min: { cpu: "1" },
        max: { cpu: "2" },
      },
      { type: "PersistentVolumeClaim" },
      { type: "PersistentVolumeClaim", max: { storage: "1Gi" }, min: { storage: "2Gi" } },
    ),
    ...limitRanges([{ type: "Pod" }, { type: "Pod" }] as unknown as object),
  ),
  clusterCase(
    "classes of ingresses and priorities",
    ...each("/apis/networking.k8s.io/v1/ingressclasses", (spec) => ({
      metadata: { name: "{id}" },
      spec,
    }))(
      {},
      { controller: "a" },
      { controller: "example.com/a b" },
      { controller: `example.com/${long}${long}` },
      { controller: "example.com/a", parameters: { kind: "", name: "" } },
      { controller: "example.com/a", parameters: { kind: "K", name: "n", scope: "Other" } },
      { controller: "example.com/a", parameters: { kind: "K", name: "n", scope: "Namespace" } },
      {
        controller: "example.com/a",
        parameters: { apiGroup: "A_b", kind: "a/b", name: "a/b", scope: "Cluster", namespace: "x" },
      },
    ),
    ...each("/apis/scheduling.k8s.io/v1/priorityclasses", (fields) => ({
      metadata: { name: "{id}" },
      value: 1,
      ...fields,
    }))({ preemptionPolicy: "Other" }, { preemptionPolicy: "Never" }, { value: -5 }),
  ),
  testCase(
    "amounts of a job",
    ...jobs(
      { parallelism: -1, completions: -1, activeDeadlineSeconds: -1, backoffLimit: -1 },
      { ttlSecondsAfterFinished: -1, backoffLimitPerIndex: -1, maxFailedIndexes: -1 },
      { maxFailedIndexes: 1 },
      { completionMode: "Indexed" },
      { completionMode: "Other" },
      { ...indexed, parallelism: 100001 },
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 },
      { ...indexed, maxFailedIndexes: 1 },
      { ...indexed, completions: 100001, backoffLimitPerIndex: 1 },
      {
        ...indexed,
        completions: 200000,
        parallelism: 20000,
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 20000,
      },
      { managedBy: "example.com/controller" },
      { managedBy: "controller" },
      { managedBy: `example.com/${long}` },
      { podReplacementPolicy: "Never" },
      { podReplacementPolicy: "Failed" },
      { template: { spec: { ...podSpec, restartPolicy: "Sometimes" } } },
      { template: { spec: { containers: podSpec.containers } } },
      { manualSelector: true },
      { manualSelector: true, selector: { matchLabels: { a: "b" } } },
      { selector: { matchLabels: { a: "b" } } },
    ),
    tried(paths.jobs, { metadata: { name: "A_b" }, spec: jobSpec({}) }),
    tried(paths.jobs, { metadata: { name: "a".repeat(62) }, spec: jobSpec({ ...indexed }) }),
  ),
  testCase(
    "failure policies of a job",
    ...jobs(
      failing(),
      failing({}),
      failing({ action: "Other", onPodConditions: [{ type: "a b", status: "Maybe" }] }),
      failing({ action: "FailIndex", onPodConditions: [{ type: "DisruptionTarget" }] }),
      failing({
        action: "Count",
        onExitCodes: { operator: "In", values: [1] },
        onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
      }),
      codes({ operator: "", values: [1] }),
      codes({ operator: "Is", values: [1] }),
      codes({ operator: "In", values: [] }),
      codes({ operator: "In", values: [0, 1] }),
      codes({ operator: "NotIn", values: [0, 0, 2, 1] }),
      codes({ operator: "In", containerName: "other", values: [1] }),
      codes({ operator: "In", values: Array.from({ length: 256 }, (_, index) => index + 1) }),
      {
        ...codes({ operator: "In", values: [1] }),
        template: { spec: { ...podSpec, restartPolicy: "OnFailure" } },
      },
      { ...codes({ operator: "In", values: [1] }), podReplacementPolicy: "TerminatingOrFailed" },
    ),
  ),
  testCase(
    "success policies of a job",
    ...jobs(
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      succeeding(),
      succeeding({}),
      succeeding({ succeededCount: 6 }),
      succeeding({ succeededCount: -1 }),
      succeeding({ succeededIndexes: "0-2,4", succeededCount: 5 }),
      succeeding({ succeededIndexes: "0-2,2" }),
      succeeding({ succeededIndexes: "3-1" }),
      succeeding({ succeededIndexes: "0-9" }),
      succeeding({ succeededIndexes: "a" }),
      succeeding({ succeededIndexes: "1-a" }),
      succeeding({ succeededIndexes: "1-2-3" }),
      succeeding({ succeededIndexes: "" }),
      succeeding({ succeededIndexes: "-1" }),
      succeeding(...Array.from({ length: 21 }, () => ({ succeededCount: 1 }))),
    ),
  ),
  testCase(
    "a job that counts its indexes",
    post(paths.jobs, {
      metadata: { name: "a" },
      spec: jobSpec({
        ...indexed,
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 2,
        podFailurePolicy: {
          rules: [
            { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
            { action: "FailIndex", onExitCodes: { operator: "In", values: [1, 2] } },
          ],
        },
        successPolicy: { rules: [{ succeededIndexes: "0-2", succeededCount: 2 }] },
      }),
    }),
  ),
  testCase(
    "updates of a job",
    post(paths.jobs, { metadata: { name: "a" }, spec: jobSpec({ ...indexed, parallelism: 5 }) }),
    ...[
      { completions: 6 },
      { completions: 6, parallelism: 6 },
      { completionMode: "NonIndexed" },
      { backoffLimitPerIndex: 2 },
      { podFailurePolicy: failing().podFailurePolicy },
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      { managedBy: "example.com/a" },
      { selector: { matchLabels: { a: "b" } } },
      { suspend: true },
      { ttlSecondsAfterFinished: 5, backoffLimit: 9, activeDeadlineSeconds: 10 },
    ].map((spec) =>
      patch("merge", `${paths.jobs}/a`, { spec }, { query: { dryRun: "All" }, select: refusal }),
    ),
    patch("merge", `${paths.jobs}/a`, { spec: { suspend: true } }, { select: refusal }),
    ...[
      { template: { spec: { nodeSelector: { a: "b" } } } },
      { template: { metadata: { labels: { a: "b" }, annotations: { c: "d" } } } },
      { template: { spec: { tolerations: [{ key: "a", operator: "Exists" }] } } },
      { template: { spec: { schedulingGates: [{ name: "example.com/g" }] } } },
    ].map((spec) =>
      patch("merge", `${paths.jobs}/a`, { spec }, { query: { dryRun: "All" }, select: refusal }),
    ),
    ...["spec", "more"].map((name) =>
      patch(
        "merge",
        `${paths.jobs}/a`,
        { spec: { template: { spec: { serviceAccountName: name } } } },
        { query: { dryRun: "All" }, select: ({ reason }: { reason: string }) => reason },
      ),
    ),
  ),
  testCase(
    "schedules of a cron job",
    ...cronJobs(
      ...[
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "*/0 * * * *",
        "*/x * * * *",
        "5-1 * * * *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
        "-1 * * * *",
        "* * * jan-mar mon,fri",
        "* * * foo *",
        "*/99 1-5/2 ? * *",
        "1, * * * *",
        "@daily",
        "@every 1h",
        "@every x",
        "@often",
        "TZ=UTC * * * * *",
        "CRON_TZ=Nowhere * * * * *",
      ].map((schedule) => ({ schedule })),
      { timeZone: "" },
      { timeZone: "Local" },
      { timeZone: "Europe/Oslo" },
      { timeZone: "../etc" },
      { timeZone: "Europe/Nowhere" },
      { concurrencyPolicy: "Sometimes" },
      { startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
      { jobTemplate: { spec: jobSpec({ selector: { matchLabels: { a: "b" } } }) } },
      { jobTemplate: { spec: jobSpec({ manualSelector: true, backoffLimit: -1 }) } },
      { jobTemplate: { spec: jobSpec({ successPolicy: { rules: [] } }) } },
    ),
    tried("/apis/batch/v1/namespaces/{ns}/cronjobs", {
      metadata: { name: "a".repeat(53) },
      spec: { schedule: "* * * * *", jobTemplate: { spec: jobSpec({}) } },
    }),
  ),
  clusterCase(
    "rules of roles",
    ...clusterRoles(
      { rules: [{}] },
      { rules: [{ verbs: [] }] },
      { rules: [{ verbs: ["get"] }] },
      { rules: [{ verbs: ["get"], apiGroups: [""] }] },
      { rules: [{ verbs: ["get"], resources: ["pods"] }] },
      { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] },
      { rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }] },
      { rules: [{ verbs: ["get"], nonResourceURLs: ["x"] }] },
      { rules: [{ verbs: ["get"], nonResourceURLs: ["/a*b", "*", "/a/*"] }] },
      { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["p"], nonResourceURLs: ["/x"] }] },
      { rules: [{ verbs: ["get"], resourceNames: ["a"], nonResourceURLs: ["/x"] }] },
      { aggregationRule: { clusterRoleSelectors: [] } },
      { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "a b": "c" } }] } },
    ),
    ...clusterBindings(
      {},
      { roleRef },
      { roleRef: { ...roleRef, kind: "Other" } },
      { roleRef: { ...roleRef, kind: "ClusterRole", name: "" } },
      { roleRef: { ...roleRef, kind: "ClusterRole", name: "a/b" } },
      { roleRef: { kind: "ClusterRole", name: "r", apiGroup: "other" } },
      { subjects: [{ kind: "ServiceAccount", name: "s" }] },
    ),
  ),
  testCase(
    "roles and bindings",
    ...roles(
      { verbs: ["get"], nonResourceURLs: ["/x"] },
      { verbs: [], apiGroups: [""], resources: [] },
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] },
    ),
    ...bindings(
      {},
      { subjects: [] },
      { subjects: [{}] },
      { subjects: [{ kind: "Other", name: "x" }] },
      { subjects: [{ kind: "User", name: "" }] },
      { subjects: [{ kind: "User", name: "u", apiGroup: "other" }] },
      { subjects: [{ kind: "User", name: "u", namespace: "x" }] },
      { subjects: [{ kind: "Group", name: "g", apiGroup: "" }] },
      { subjects: [{ kind: "ServiceAccount", name: "A_b", namespace: "x" }] },
      { subjects: [{ kind: "ServiceAccount", name: "a", namespace: "" }] },
      { subjects: [{ kind: "ServiceAccount", name: "a", namespace: "x", apiGroup: "y" }] },
      { roleRef: { kind: "Role", name: "", apiGroup: "rbac.authorization.k8s.io" } },
      { roleRef: { kind: "Other", name: "r", apiGroup: "rbac.authorization.k8s.io" } },
      { roleRef: {} },
      { roleRef: null },
    ),
  ),
  testCase(
    "leases",
    ...leases(
      { holderIdentity: "" },
      { holderIdentity: "a", leaseDurationSeconds: 0 },
      { leaseDurationSeconds: -1, leaseTransitions: -1 },
      { acquireTime: "2001-01-01T00:00:00Z" },
      { acquireTime: "yesterday" },
      { strategy: "OldestEmulationVersion" },
      { preferredHolder: "a" },
      { preferredHolder: "a", strategy: "Other" },
      { preferredHolder: "", strategy: "a/b/c" },
    ),
    tried("/api/v1/namespaces/{ns}/serviceaccounts", { metadata: { name: "A_b" } }),
    tried("/api/v1/namespaces/{ns}/serviceaccounts", {
      metadata: { name: "a" },
      secrets: [{ name: "x" }],
      imagePullSecrets: [{ name: "A_b" }],
      automountServiceAccountToken: false,
    }),
  ),
  testCase(
    "deployments",
    ...workloads("deployments")(
      { selector: {} },
      { selector: { matchLabels: { "a b": "c" } } },
      { selector: { matchExpressions: [{ key: "app", operator: "Is", values: ["a"] }] } },
      { template: { ...template, metadata: {} } },
      { template: { ...template, metadata: { labels: { app: "a", "b c": "d e" } } } },
      { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } },
      { strategy: rolling({ maxSurge: "101%", maxUnavailable: "101%" }) },
      { strategy: rolling({ maxSurge: -1, maxUnavailable: "x" }) },
      { strategy: rolling({ maxSurge: "0%", maxUnavailable: 0 }) },
      { minReadySeconds: -1, revisionHistoryLimit: -1, replicas: -1 },
      { progressDeadlineSeconds: -1 },
      { progressDeadlineSeconds: 600, minReadySeconds: 600 },
      { paused: true, replicas: 0 },
      { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } },
      { template: { ...template, spec: { containers: [] } } },
    ),
    ...workloads("deployments", "A_b")({}),
  ),
  testCase(
    "stateful sets",
    ...workloads("statefulsets")(
      { serviceName: "A_b" },
      { podManagementPolicy: "Other" },
      { updateStrategy: { type: "Other" } },
      { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
      { updateStrategy: rolling({ partition: -1 }) },
      { updateStrategy: rolling({ maxUnavailable: 0 }) },
      { updateStrategy: rolling({ maxUnavailable: "101%" }) },
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Keep", whenScaled: "Delete" } },
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } },
      { ordinals: { start: -1 } },
      { volumeClaimTemplates: [{ metadata: { name: "x" }, spec: {} }] },
      { replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1 },
      { selector: {} },
      { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
    ),
    ...workloads("statefulsets", "a.b")({}),
  ),
  testCase(
    "daemon sets and replica sets",
    ...workloads("daemonsets")(
      { selector: {} },
      { selector: { matchLabels: { app: "b" } } },
      { updateStrategy: { type: "Other" } },
      { updateStrategy: { type: "OnDelete", rollingUpdate: { maxUnavailable: 1 } } },
      { updateStrategy: rolling({ maxUnavailable: 0, maxSurge: 0 }) },
      { updateStrategy: rolling({ maxUnavailable: 1, maxSurge: 1 }) },
      { updateStrategy: rolling({ maxUnavailable: "101%" }) },
      { updateStrategy: rolling({ maxUnavailable: "x" }) },
      { minReadySeconds: -1, revisionHistoryLimit: -1 },
      { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
      { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } },
    ),
    ...workloads("replicasets")(
      { selector: {} },
      { replicas: -1, minReadySeconds: -1 },
      { template: { ...template, spec: { ...template.spec, restartPolicy: "OnFailure" } } },
      { template: { ...template, metadata: { labels: { other: "a" } } } },
    ),
  ),
  clusterCase(
    "API services",
    post(
      "/apis/apiregistration.k8s.io/v1/apiservices",
      {
        metadata: { name: "v1.{id}.example.com" },
        spec: {
          group: "{id}.example.com",
          version: "v1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { name: "x", namespace: "default" },
        },
      },
      { query: { dryRun: "All" }, select: ({ spec }: { spec: unknown }) => spec },
    ),
  ),
  clusterCase(
    "names of trust bundles",
    ...[
      { name: "{id}:a", spec: {} },
      { name: "{id}", spec: { signerName: "example.com/{id}" } },
      { name: "example.com:{id}:A", spec: { signerName: "example.com/{id}" } },
    ].map(({ name, spec }) =>
      post(
        "/apis/certificates.k8s.io/v1/clustertrustbundles",
        { metadata: { name }, spec: { trustBundle: "", ...spec } },
        {
          query: { dryRun: "All" },
          select: ({ details }: { details?: { causes?: readonly { field: string }[] } }) =>
            details?.causes?.filter(({ field }) => field === "metadata.name") ?? [],
        },
      ),
    ),
  ),
]);
