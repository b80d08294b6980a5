import { clusterCase, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { paths, pod, service } from "../objects.js";

const {
  secrets,
  services,
  claims,
  pods,
  volumes,
  storageClasses,
  leases,
  events,
  nodes,
  serviceAccounts,
  namespaces,
} = paths;
const secret = (fields: object) => ({ metadata: { name: "a" }, ...fields });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const claim = (spec: object) => ({
  metadata: { name: "a" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const volume = (spec: object) => ({
  metadata: { name: "{id}" },
  spec: {
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    hostPath: { path: "/data" },
    ...spec,
  },
});
const event = (fields: object) => ({
  metadata: { name: "e" },
  involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
  reason: "R",
  message: "m",
  type: "Normal",
  ...fields,
});

const autoscalers = (version: number): string =>
  `/apis/autoscaling/v${version}/namespaces/{ns}/horizontalpodautoscalers`;
const ofResource = (name: string, target: object) => ({
  type: "Resource",
  resource: { name, target },
});
const ofWeb = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };

export const builtInObjects = topic("built-in-objects", [
  clusterCase(
    "namespace finalizers and labels",
    post(namespaces, { metadata: { name: "{id}", labels: { a: "b" } } }),
    patch("merge", `${namespaces}/{id}`, {
      metadata: { labels: { "kubernetes.io/metadata.name": "other" } },
    }),
    patch("merge", `${namespaces}/{id}`, { spec: { finalizers: [] } }),
  ),
  testCase(
    "secret of strings",
    post(secrets, secret({ stringData: { a: "b" }, data: { c: base64("d") } })),
  ),
  testCase("secret that is no base64", post(secrets, secret({ data: { a: "?" } }))),
  testCase(
    "secret types",
    post(secrets, secret({ type: "kubernetes.io/tls", data: {} })),
    post(
      secrets,
      secret({ type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": "{" } }),
    ),
    post(secrets, secret({ type: "kubernetes.io/basic-auth" })),
    post(secrets, secret({ type: "kubernetes.io/ssh-auth" })),
    post(secrets, secret({ type: "kubernetes.io/service-account-token" })),
  ),
  testCase(
    "secret type cannot change",
    quiet(post(secrets, secret({}))),
    patch("merge", `${secrets}/a`, { type: "other" }),
  ),
  testCase(
    "secret that is immutable",
    quiet(post(secrets, secret({ immutable: true, stringData: { a: "1" } }))),
    patch("merge", `${secrets}/a`, { stringData: { a: "2" } }),
    patch("merge", `${secrets}/a`, { immutable: false }),
  ),
  testCase("secret key", post(secrets, secret({ data: { "a b": "" } }))),
  testCase(
    "config map with the same key twice",
    post(paths.configMaps, {
      metadata: { name: "a" },
      data: { k: "v" },
      binaryData: { k: base64("v") },
    }),
  ),
  testCase(
    "config map that is too large",
    post(
      paths.configMaps,
      { metadata: { name: "a" }, data: { k: "x".repeat(1024 * 1024 + 1) } },
      {
        select: ({ reason, details }: { reason: string; details: unknown }) => ({
          reason,
          details,
        }),
      },
    ),
  ),
  testCase(
    "service account",
    post(serviceAccounts, {
      metadata: { name: "a" },
      secrets: [{ name: "s" }],
      imagePullSecrets: [{ name: "p" }],
    }),
  ),
  testCase(
    "service account token",
    quiet(post(serviceAccounts, { metadata: { name: "a" } })),
    post(`${serviceAccounts}/a/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: ["x"], expirationSeconds: 900 },
    }),
    post(`${serviceAccounts}/a/token`, { spec: { expirationSeconds: 5 } }),
    post(`${serviceAccounts}/none/token`, { spec: {} }),
  ),
  testCase("service defaults", post(services, service("a"))),
  testCase("service without ports", post(services, { metadata: { name: "a" }, spec: {} })),
  testCase(
    "service ports",
    post(services, service("a", { ports: [{ port: 0 }] })),
    post(services, service("b", { ports: [{ port: 70000 }] })),
    post(services, service("c", { ports: [{ port: 1 }, { port: 2 }] })),
    post(
      services,
      service("d", {
        ports: [
          { port: 1, name: "x" },
          { port: 2, name: "x" },
        ],
      }),
    ),
    post(services, service("e", { ports: [{ port: 1, protocol: "ICMP" }] })),
  ),
  testCase(
    "service target ports",
    post(
      services,
      service("a", {
        ports: [
          { port: 1, name: "x", targetPort: "web" },
          { port: 2, name: "y", targetPort: 8080 },
        ],
      }),
    ),
    post(services, service("b", { ports: [{ port: 1, targetPort: "Not_valid" }] })),
  ),
  testCase(
    "service types",
    post(services, service("a", { type: "NodePort" })),
    post(services, service("b", { type: "LoadBalancer" })),
    post(services, {
      metadata: { name: "c" },
      spec: { type: "ExternalName", externalName: "example.com" },
    }),
    post(services, service("d", { type: "Tunnel" })),
  ),
  testCase(
    "headless service",
    post(services, service("a", { clusterIP: "None", selector: { app: "a" } })),
  ),
  testCase(
    "service address",
    post(services, service("a", { clusterIP: "10.0.0.77" })),
    post(services, service("b", { clusterIP: "10.0.0.77" })),
    post(services, service("c", { clusterIP: "10.9.0.1" })),
    post(services, service("d", { clusterIP: "x" })),
  ),
  testCase(
    "service address that becomes none",
    quiet(post(services, service("a", { clusterIP: "None", selector: { app: "a" } }))),
    patch("merge", `${services}/a`, { spec: { clusterIP: "x", clusterIPs: ["x"] } }),
  ),
  testCase(
    "service update keeps its address",
    quiet(post(services, service("a"))),
    put(`${services}/a`, service("a", { ports: [{ port: 81 }] })),
    patch("merge", `${services}/a`, {
      spec: { clusterIP: "10.0.0.200", clusterIPs: ["10.0.0.200"] },
    }),
  ),
  testCase(
    "service changes its type",
    quiet(post(services, service("a", { type: "NodePort", externalTrafficPolicy: "Local" }))),
    patch("merge", `${services}/a`, { spec: { type: "ClusterIP" } }),
    patch("merge", `${services}/a`, { spec: { type: "LoadBalancer" } }),
    patch("merge", `${services}/a`, { spec: { type: "NodePort" } }),
    patch("merge", `${services}/a`, { spec: { type: "ExternalName", externalName: "x.com" } }),
    patch("merge", `${services}/a`, { spec: { type: "ClusterIP" } }),
    patch("merge", `${services}/a`, { spec: { type: "NodePort" } }),
    patch("merge", `${services}/a`, {
      spec: { type: "ClusterIP", ports: [{ port: 80, nodePort: 32_700 }] },
    }),
    patch("merge", `${services}/a`, { spec: { externalName: "y.com" } }),
  ),
  testCase(
    "service of a load balancer",
    post(
      services,
      service("a", {
        type: "LoadBalancer",
        externalTrafficPolicy: "Local",
        loadBalancerClass: "example.com/a",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
      }),
    ),
    patch("merge", `${services}/a`, { spec: { loadBalancerClass: "example.com/b" } }),
    patch("merge", `${services}/a`, { spec: { externalTrafficPolicy: "Cluster" } }),
    patch("merge", `${services}/a`, { spec: { type: "ClusterIP" } }),
    post(services, service("b", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false })),
    patch("merge", `${services}/b`, { spec: { allocateLoadBalancerNodePorts: true } }),
  ),
  testCase("service name", post(services, service("1a")), post(services, service("a.b"))),
  testCase("claim defaults", post(claims, claim({}))),
  testCase(
    "claim that is invalid",
    post(claims, claim({ accessModes: [] })),
    post(claims, claim({ resources: {} })),
    post(claims, claim({ accessModes: ["Sometimes"] })),
    post(claims, claim({ resources: { requests: { storage: "-1" } } })),
    post(claims, claim({ resources: { requests: { storage: "lots" } } })),
  ),
  testCase(
    "claim is immutable",
    quiet(post(claims, claim({}))),
    patch("merge", `${claims}/a`, { spec: { storageClassName: "other" } }),
    patch("merge", `${claims}/a`, { spec: { resources: { requests: { storage: "2Gi" } } } }),
  ),
  testCase(
    "claim that changes in many places",
    quiet(
      post(
        claims,
        claim({
          storageClassName: "x",
          selector: {
            matchLabels: { a: "b" },
            matchExpressions: [{ key: "k", operator: "In", values: ["a"] }],
          },
          dataSource: { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" },
        }),
      ),
    ),
    patch("merge", `${claims}/a`, {
      spec: {
        accessModes: ["ReadWriteMany", "ReadWriteOnce"],
        storageClassName: "y",
        selector: null,
        volumeAttributesClassName: "q",
      },
    }),
    patch("merge", `${claims}/a`, { spec: { volumeAttributesClassName: "q" } }),
    patch("merge", `${claims}/a`, { spec: { volumeMode: "Block" } }),
    patch("merge", `${claims}/a`, { spec: { volumeName: "v" } }),
    patch("merge", `${claims}/a`, { spec: { volumeName: "w" } }),
  ),
  testCase(
    "claim status",
    quiet(post(claims, claim({}))),
    patch("merge", `${claims}/a/status`, {
      status: { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] },
    }),
  ),
  testCase(
    "claim quantities are written anew",
    post(claims, claim({ resources: { requests: { storage: "1024Mi" } } })),
    post(claims, {
      ...claim({ resources: { requests: { storage: "1.5Gi" } } }),
      metadata: { name: "b" },
    }),
  ),
  testCase(
    "claim with a data source",
    post(
      claims,
      claim({
        dataSource: { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" },
      }),
    ),
    post(claims, {
      ...claim({ dataSourceRef: { kind: "PersistentVolumeClaim", name: "s" } }),
      metadata: { name: "b" },
    }),
  ),
  clusterCase("volume defaults", post(volumes, volume({}))),
  clusterCase(
    "volume that is invalid",
    post(volumes, volume({ capacity: {} })),
    post(volumes, volume({ hostPath: null })),
    post(volumes, volume({ accessModes: [] })),
    post(volumes, volume({ persistentVolumeReclaimPolicy: "Burn" })),
    post(volumes, volume({ nfs: { server: "s", path: "/p" } })),
  ),
  clusterCase(
    "volume source is immutable",
    quiet(post(volumes, volume({}))),
    patch("merge", `${volumes}/{id}`, { spec: { hostPath: { path: "/other" } } }),
  ),
  clusterCase(
    "volume source of many fields",
    quiet(
      post(
        volumes,
        volume({
          hostPath: null,
          csi: {
            driver: "d.io",
            volumeHandle: "h",
            volumeAttributes: { a: "b" },
            nodePublishSecretRef: { name: "x", namespace: "n" },
          },
        }),
      ),
    ),
    patch("merge", `${volumes}/{id}`, {
      spec: { csi: { fsType: "ext4", readOnly: true, volumeAttributes: { c: "<d>" } } },
    }),
    patch("merge", `${volumes}/{id}`, { spec: { csi: null, hostPath: { path: "/x" } } }),
  ),
  clusterCase(
    "storage class defaults",
    post(storageClasses, { metadata: { name: "{id}" }, provisioner: "example.com/p" }),
  ),
  clusterCase(
    "storage class that is invalid",
    post(storageClasses, { metadata: { name: "{id}" } }),
    post(storageClasses, {
      metadata: { name: "{id}" },
      provisioner: "x",
      volumeBindingMode: "Later",
    }),
    post(storageClasses, { metadata: { name: "{id}" }, provisioner: "x", reclaimPolicy: "Burn" }),
  ),
  clusterCase(
    "storage class is immutable",
    quiet(post(storageClasses, { metadata: { name: "{id}" }, provisioner: "x" })),
    patch("merge", `${storageClasses}/{id}`, { provisioner: "y" }),
    patch("merge", `${storageClasses}/{id}`, { parameters: { a: "b" } }),
    patch("merge", `${storageClasses}/{id}`, { allowVolumeExpansion: true }),
  ),
  testCase(
    "lease",
    post(leases, {
      metadata: { name: "l" },
      spec: {
        holderIdentity: "me",
        leaseDurationSeconds: 15,
        acquireTime: "2001-01-01T00:00:00.000000Z",
        renewTime: "2001-01-01T00:00:00.123456Z",
        leaseTransitions: 0,
      },
    }),
  ),
  testCase(
    "lease that is invalid",
    post(leases, { metadata: { name: "l" }, spec: { leaseDurationSeconds: 0 } }),
    post(leases, { metadata: { name: "l" }, spec: { leaseTransitions: -1 } }),
    post(leases, { metadata: { name: "l" }, spec: { renewTime: "soon" } }),
  ),
  testCase(
    "lease times",
    post(leases, { metadata: { name: "l" }, spec: { renewTime: "2001-01-01T00:00:00Z" } }),
    post(leases, { metadata: { name: "m" }, spec: { renewTime: "2001-01-01T01:00:00.5+01:00" } }),
  ),
  testCase("event defaults", post(events, event({}))),
  testCase(
    "event that is invalid",
    post(events, event({ involvedObject: { kind: "Pod", name: "p", namespace: "other" } })),
    post(events, event({ involvedObject: {} })),
  ),
  testCase(
    "event by the new group",
    post("/apis/events.k8s.io/v1/namespaces/{ns}/events", {
      metadata: { name: "n" },
      regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
      reason: "R",
      note: "text",
      type: "Normal",
      action: "Do",
      reportingController: "example.com/c",
      reportingInstance: "i",
      eventTime: "2001-01-01T00:00:00.000000Z",
    }),
    get(`${events}/n`),
    post("/apis/events.k8s.io/v1/namespaces/{ns}/events", {
      metadata: { name: "bad" },
      regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
    }),
  ),
  testCase(
    "event of the core group seen by the new one",
    quiet(
      post(
        events,
        event({
          source: { component: "c", host: "h" },
          count: 2,
          firstTimestamp: "2001-01-01T00:00:00Z",
          lastTimestamp: "2001-01-01T00:00:01Z",
        }),
      ),
    ),
    get("/apis/events.k8s.io/v1/namespaces/{ns}/events/e"),
  ),
  clusterCase(
    "node",
    post(nodes, {
      metadata: { name: "{id}" },
      spec: { taints: [{ key: "k", effect: "NoSchedule" }], unschedulable: true },
    }),
    patch("strategic", `${nodes}/{id}/status`, {
      status: {
        capacity: { cpu: "4", memory: "8Gi" },
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "10.1.0.1" }],
      },
    }),
  ),
  clusterCase(
    "node that is invalid",
    post(nodes, { metadata: { name: "{id}" }, spec: { taints: [{ key: "k", effect: "Maybe" }] } }),
    post(nodes, { metadata: { name: "{id}" }, spec: { podCIDR: "x" } }),
  ),
  testCase(
    "quota and limits",
    post("/api/v1/namespaces/{ns}/resourcequotas", {
      metadata: { name: "q" },
      spec: { hard: { pods: "2", "requests.cpu": "1" } },
    }),
    post("/api/v1/namespaces/{ns}/limitranges", {
      metadata: { name: "l" },
      spec: { limits: [{ type: "Container", default: { cpu: "500m" } }] },
    }),
  ),
  testCase(
    "endpoint slice",
    post("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      metadata: { name: "s" },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.0.1"] }],
      ports: [{ port: 80 }],
    }),
    post("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      metadata: { name: "t" },
      addressType: "IPv5",
      endpoints: [],
    }),
  ),
  testCase(
    "network policy and ingress",
    post("/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", {
      metadata: { name: "n" },
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
    }),
    post("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
      metadata: { name: "i" },
      spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
    }),
  ),
  testCase(
    "disruption budget and autoscaler",
    post("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
      metadata: { name: "p" },
      spec: { minAvailable: 1, selector: {} },
    }),
    post("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
      metadata: { name: "h" },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      },
    }),
    get("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h"),
  ),
  testCase(
    "autoscaler in both versions",
    post(autoscalers(1), {
      metadata: { name: "h", annotations: { own: "note" } },
      spec: { ...ofWeb, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 50 },
      status: { currentReplicas: 0, desiredReplicas: 0 },
    }),
    get(`${autoscalers(2)}/h`),
    patch("merge", `${autoscalers(1)}/h/status`, {
      status: { currentReplicas: 2, desiredReplicas: 3 },
    }),
    get(`${autoscalers(2)}/h`),
    patch("merge", `${autoscalers(2)}/h/status`, {
      status: {
        currentReplicas: 0,
        conditions: [{ type: "ScalingActive", status: "True", reason: "r", message: "m" }],
        currentMetrics: [
          { type: "Resource", resource: { name: "memory", current: { averageValue: "5Mi" } } },
          {
            type: "Resource",
            resource: { name: "cpu", current: { averageUtilization: 60, averageValue: "60m" } },
          },
        ],
      },
    }),
    get(`${autoscalers(1)}/h`),
  ),
  testCase(
    "autoscaler of all metrics, in version 1",
    quiet(
      post(autoscalers(2), {
        metadata: { name: "h" },
        spec: {
          ...ofWeb,
          maxReplicas: 5,
          behavior: { scaleDown: { stabilizationWindowSeconds: 10 } },
          metrics: [
            ofResource("memory", { type: "AverageValue", averageValue: "9Mi" }),
            ofResource("cpu", { type: "Utilization", averageUtilization: 40 }),
            {
              type: "ContainerResource",
              containerResource: {
                name: "cpu",
                container: "c",
                target: { type: "Utilization", averageUtilization: 70 },
              },
            },
            {
              type: "Pods",
              pods: {
                metric: { name: "requests", selector: { matchLabels: { a: "b" } } },
                target: { type: "AverageValue", averageValue: "1k" },
              },
            },
            {
              type: "Object",
              object: {
                describedObject: {
                  kind: "Ingress",
                  name: "i",
                  apiVersion: "networking.k8s.io/v1",
                },
                metric: { name: "hits" },
                target: { type: "Value", value: "10k" },
              },
            },
            {
              type: "Object",
              object: {
                describedObject: { kind: "Service", name: "s", apiVersion: "v1" },
                metric: { name: "calls" },
                target: { type: "AverageValue", averageValue: "2" },
              },
            },
            {
              type: "External",
              external: {
                metric: { name: "queue", selector: { matchLabels: { q: "r" } } },
                target: { type: "AverageValue", averageValue: "30" },
              },
            },
          ],
        },
      }),
    ),
    get(`${autoscalers(1)}/h`),
    get(`${autoscalers(2)}/h`),
  ),
  testCase(
    "autoscaler of version 1 with the rest in annotations",
    post(autoscalers(1), {
      metadata: {
        name: "h",
        annotations: {
          "autoscaling.alpha.kubernetes.io/metrics": JSON.stringify([
            { type: "Resource", resource: { name: "memory", targetAverageValue: "9Mi" } },
            { type: "Pods", pods: { metricName: "requests", targetAverageValue: "1k" } },
            {
              type: "Object",
              object: {
                target: { kind: "Service", name: "s", apiVersion: "v1" },
                metricName: "calls",
                targetValue: "0",
                averageValue: "2",
              },
            },
            { type: "External", external: { metricName: "queue", targetValue: "30" } },
          ]),
          "autoscaling.alpha.kubernetes.io/behavior": JSON.stringify({
            ScaleUp: {
              StabilizationWindowSeconds: 3,
              SelectPolicy: "Min",
              Policies: [{ Type: "Pods", Value: 2, PeriodSeconds: 9 }],
            },
            ScaleDown: null,
          }),
        },
      },
      spec: { ...ofWeb, maxReplicas: 5 },
    }),
    get(`${autoscalers(2)}/h`),
  ),
  testCase(
    "autoscalers that are refused",
    ...[
      {},
      { ...ofWeb },
      { ...ofWeb, maxReplicas: -1 },
      { ...ofWeb, minReplicas: 3, maxReplicas: 2 },
      { ...ofWeb, minReplicas: -1, maxReplicas: 2 },
      { ...ofWeb, minReplicas: 0, maxReplicas: 2 },
      { scaleTargetRef: { kind: "a/b", name: "..", apiVersion: "v1" }, maxReplicas: 2 },
      { scaleTargetRef: { kind: "K", name: "n", apiVersion: "a/b/c" }, maxReplicas: 2 },
      { ...ofWeb, maxReplicas: 2, metrics: [{}, { type: "Other" }, { type: "Pods" }] },
      {
        ...ofWeb,
        maxReplicas: 2,
        metrics: [
          ofResource("", { type: "Utilization" }),
          ofResource("cpu", { type: "Other", averageUtilization: 0, averageValue: "0" }),
          { ...ofResource("cpu", { type: "Utilization", averageUtilization: 1 }), type: "Pods" },
          { type: "Pods", pods: { metric: { name: "" }, target: { type: "AverageValue" } } },
          {
            type: "Object",
            object: {
              describedObject: { kind: "", name: "s", apiVersion: "v1" },
              metric: { name: "a/b" },
              target: { type: "Value" },
            },
          },
          {
            type: "External",
            external: {
              metric: { name: "q" },
              target: { type: "Value", value: "1", averageValue: "-1" },
            },
          },
          {
            type: "ContainerResource",
            containerResource: {
              name: "gold",
              container: "C",
              target: { type: "Utilization", averageUtilization: 1 },
            },
          },
        ],
      },
      {
        ...ofWeb,
        maxReplicas: 2,
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 3601,
            selectPolicy: "Some",
            policies: [{ type: "Other", value: 0, periodSeconds: 1801 }],
          },
          scaleDown: { stabilizationWindowSeconds: -1 },
        },
      },
    ].map((spec) => post(autoscalers(2), { metadata: { name: "h" }, spec })),
    post(autoscalers(1), {
      metadata: { name: "h" },
      spec: { ...ofWeb, maxReplicas: 2, targetCPUUtilizationPercentage: -1 },
    }),
  ),
  clusterCase(
    "priority class",
    post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "{id}" }, value: 5 }),
    post("/apis/scheduling.k8s.io/v1/priorityclasses", {
      metadata: { name: "system-x" },
      value: 5,
    }),
    post("/apis/scheduling.k8s.io/v1/priorityclasses", {
      metadata: { name: "x" },
      value: 2000000000,
    }),
  ),
  testCase(
    "pod updates that change too much",
    quiet(
      post(
        pods,
        pod("p", {
          containers: [
            {
              name: "main",
              image: "busybox:1",
              command: ["x"],
              livenessProbe: { httpGet: { port: 80 } },
            },
          ],
          volumes: [{ name: "v", emptyDir: {} }],
        }),
      ),
    ),
    patch("json", `${pods}/p`, [
      { op: "replace", path: "/spec/containers/0/command/0", value: "y" },
    ]),
    patch("json", `${pods}/p`, [
      { op: "replace", path: "/spec/containers/0/image", value: "busybox:2" },
      { op: "add", path: "/spec/hostname", value: "h" },
      { op: "add", path: "/spec/containers/0/resources", value: { limits: { cpu: "1" } } },
    ]),
    patch("json", `${pods}/p`, [
      { op: "remove", path: "/spec/containers/0/livenessProbe" },
      { op: "replace", path: "/spec/restartPolicy", value: "Never" },
      { op: "add", path: "/spec/volumes/-", value: { name: "w", configMap: { name: "c" } } },
    ]),
    patch("json", `${pods}/p`, [{ op: "add", path: "/spec/activeDeadlineSeconds", value: 30 }]),
  ),
  clusterCase(
    "api service that another server serves",
    post(
      "/apis/apiregistration.k8s.io/v1/apiservices",
      {
        metadata: { name: "v1.remote.example.com" },
        spec: {
          group: "remote.example.com",
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
]);
