import type { Step } from "../case.js";
import { deployment, paths, pod, service } from "../objects.js";
import { clusterCase, post, put, quiet, testCase, topic } from "../requests.js";

/** The warnings are what is compared; nothing is left behind. */
const tried = (path: string, body: unknown): Step =>
  post(path, body, { query: { dryRun: "All" }, select: () => "answered" });
const triedPod = (spec: object, metadata: Readonly<Record<string, unknown>> = {}): Step =>
  tried(paths.pods, pod("a", spec, metadata));
const container = (name: string, fields: object): object => ({ name, image: "i", ...fields });
const withPorts = (...ports: readonly object[]): Step =>
  triedPod({ containers: [container("c", { ports })] });
const term = { topologyKey: "kubernetes.io/hostname" };
const networking = "/apis/networking.k8s.io/v1/namespaces/{ns}";

export const warnings = topic("warnings", [
  testCase(
    "env that hides itself",
    triedPod({
      containers: [
        container("c", {
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "$(A)2" },
            { name: "A", value: "$(A)" },
            { name: "A", value: "3" },
            { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "B", value: "$(A)" },
          ],
        }),
      ],
      initContainers: [container("i", { env: [{ name: "A" }, { name: "A" }] })],
    }),
  ),
  testCase(
    "ports of one container",
    withPorts({ containerPort: 80 }, { containerPort: 80, name: "b" }),
    withPorts({ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }),
    withPorts({ containerPort: 80, hostPort: 80 }, { containerPort: 80 }),
    withPorts(
      { containerPort: 80, hostPort: 80, hostIP: "10.0.0.1" },
      { containerPort: 80, hostPort: 80 },
    ),
    withPorts(
      { containerPort: 80, hostPort: 80, hostIP: "10.0.0.1" },
      { containerPort: 80, hostPort: 80, hostIP: "10.0.0.2" },
      { containerPort: 80, hostPort: 81 },
    ),
  ),
  testCase(
    "address of a port without its number",
    withPorts({ containerPort: 80, hostIP: "10.0.0.1" }),
  ),
  testCase(
    "ports of several containers",
    triedPod({
      initContainers: [container("i", { ports: [{ containerPort: 80 }] })],
      containers: [
        container("c", { ports: [{ containerPort: 80 }, { containerPort: 81 }] }),
        container("d", { ports: [{ containerPort: 80 }, { containerPort: 81, name: "x" }] }),
      ],
    }),
  ),
  testCase(
    "host aliases twice",
    triedPod({
      hostAliases: [
        { ip: "10.0.0.1", hostnames: ["a"] },
        { ip: "10.0.0.2", hostnames: ["b"] },
        { ip: "10.0.0.1", hostnames: ["c"] },
      ],
    }),
  ),
  testCase(
    "pull secrets",
    triedPod({ imagePullSecrets: [{ name: "a" }, { name: "a" }, { name: "b" }] }),
    triedPod({ imagePullSecrets: [{ name: "" }] }),
    triedPod({ imagePullSecrets: [{}, { name: "a" }, {}] }),
  ),
  testCase(
    "fractions of bytes",
    triedPod({
      containers: [
        container("c", {
          resources: {
            requests: { memory: "100m", "ephemeral-storage": "1500m", cpu: "100m" },
            limits: { memory: "1500m", "ephemeral-storage": "2500m", cpu: "1500m" },
          },
        }),
      ],
    }),
  ),
  testCase("grace below zero", triedPod({ terminationGracePeriodSeconds: -1 })),
  testCase(
    "affinity without a selector",
    triedPod({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [term, { ...term, labelSelector: {} }],
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
        },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [term],
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
        },
      },
    }),
  ),
  testCase(
    "paths of a projected volume",
    triedPod({
      serviceAccountName: "default",
      volumes: [
        { name: "a", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
        {
          name: "b",
          projected: {
            sources: [{ configMap: { name: "c", items: [{ key: "k", path: "token" }] } }],
          },
        },
        {
          name: "c",
          projected: { sources: [{ secret: { name: "s", items: [{ key: "k", path: "token" }] } }] },
        },
        {
          name: "d",
          projected: {
            sources: [
              {
                downwardAPI: {
                  items: [{ path: "token", fieldRef: { fieldPath: "metadata.name" } }],
                },
              },
            ],
          },
        },
      ],
    }),
  ),
  testCase(
    "claims in a pod",
    triedPod({
      volumes: [
        {
          name: "a",
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ["ReadWriteOnce"],
                resources: { requests: { storage: "1500m" }, limits: { storage: "2500m" } },
              },
            },
          },
        },
      ],
    }),
  ),
  testCase(
    "names of pods",
    tried(paths.pods, pod("a.b")),
    tried(paths.pods, pod("a".repeat(64))),
    tried(paths.pods, { ...pod("x"), metadata: { generateName: "a.b-" } }),
  ),
  testCase(
    "names of pods that others make",
    tried(paths.deployments, deployment("a.b")),
    tried("/apis/apps/v1/namespaces/{ns}/replicasets", {
      ...deployment("a.b"),
      kind: "ReplicaSet",
    }),
    tried("/apis/apps/v1/namespaces/{ns}/statefulsets", {
      ...deployment("a-b"),
      kind: "StatefulSet",
    }),
    tried("/apis/apps/v1/namespaces/{ns}/daemonsets", { ...deployment("a.b"), kind: "DaemonSet" }),
    tried(paths.jobs, {
      metadata: { name: "a.b" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [container("c", {})] } } },
    }),
    tried("/apis/batch/v1/namespaces/{ns}/cronjobs", {
      metadata: { name: "a.b" },
      spec: {
        schedule: "* * * * *",
        jobTemplate: {
          spec: {
            template: { spec: { restartPolicy: "Never", containers: [container("c", {})] } },
          },
        },
      },
    }),
  ),
  testCase(
    "addresses of services",
    tried(paths.services, service("a", { externalIPs: ["fd00:0::1"] })),
    tried(paths.services, service("a", { type: "LoadBalancer", loadBalancerIP: "fd00:0::1" })),
    tried(
      paths.services,
      service("a", {
        type: "LoadBalancer",
        loadBalancerSourceRanges: ["fd00:0::/16", "10.0.0.0/8"],
      }),
    ),
  ),
  testCase(
    "network policy",
    tried(`${networking}/networkpolicies`, {
      metadata: { name: "a" },
      spec: {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: "fd00:0::/16", except: ["fd00:0:1::/48"] } }] }],
        egress: [{ to: [{ ipBlock: { cidr: "fd00:0::/16" } }] }],
      },
    }),
  ),
  testCase(
    "endpoints and slices",
    tried("/api/v1/namespaces/{ns}/endpoints", {
      metadata: { name: "a" },
      subsets: [{ addresses: [{ ip: "fd00:0::1" }], ports: [{ port: 80 }] }],
    }),
    tried("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      metadata: { name: "a" },
      addressType: "IPv6",
      endpoints: [{ addresses: ["fd00::1"] }],
    }),
    tried("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      metadata: { name: "a" },
      addressType: "FQDN",
      endpoints: [{ addresses: ["a.example.com"] }],
    }),
  ),
  testCase(
    "jobs",
    tried(paths.jobs, {
      metadata: { name: "a" },
      spec: {
        completionMode: "Indexed",
        completions: 100_001,
        parallelism: 10_001,
        template: { spec: { restartPolicy: "Never", containers: [container("c", {})] } },
      },
    }),
  ),
  testCase(
    "cron job",
    tried("/apis/batch/v1/namespaces/{ns}/cronjobs", {
      metadata: { name: "a" },
      spec: {
        schedule: "@every 1h",
        jobTemplate: {
          spec: {
            template: { spec: { restartPolicy: "Never", containers: [container("c", {})] } },
          },
        },
      },
    }),
  ),
  testCase(
    "disruption budget",
    tried("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
      metadata: { name: "a" },
      spec: { minAvailable: 1 },
    }),
    tried("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
      metadata: { name: "a" },
      spec: { minAvailable: 1, selector: {} },
    }),
  ),
  clusterCase(
    "nodes",
    tried(paths.nodes, {
      metadata: { name: "{id}" },
      spec: { podCIDRs: ["fd00:0::/64"], podCIDR: "fd00:0::/64" },
      status: { addresses: [{ type: "InternalIP", address: "fd00:0::1" }] },
    }),
  ),
  testCase(
    "set of pods that is updated",
    quiet(
      post("/apis/apps/v1/namespaces/{ns}/statefulsets", {
        ...deployment("a"),
        kind: "StatefulSet",
      }),
    ),
    put(
      "/apis/apps/v1/namespaces/{ns}/statefulsets/a",
      {
        ...deployment("a", {
          template: {
            metadata: { labels: { app: "a" } },
            spec: {
              terminationGracePeriodSeconds: -1,
              containers: [container("c", { env: [{ name: "A" }, { name: "A" }] })],
            },
          },
        }),
        kind: "StatefulSet",
      },
      { query: { dryRun: "All" }, select: () => "answered" },
    ),
  ),
]);
