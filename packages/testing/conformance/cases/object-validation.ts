import type { Step } from "../case.js";
import { paths, service } from "../objects.js";
import { clusterCase, post, testCase, topic } from "../requests.js";

/** Nothing is left behind: what is accepted is only tried. */
const tried = (path: string, body: unknown): Step =>
  post(path, body, {
    query: { dryRun: "All" },
    select: (answer: { kind: string }) => (answer.kind === "Status" ? answer : "accepted"),
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
