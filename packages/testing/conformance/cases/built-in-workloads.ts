import { get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { deployment, paths, pod } from "../objects.js";

const { pods, deployments, jobs } = paths;
const containers = (...list: readonly object[]) => ({
  containers: list.map((fields) => ({ name: "main", image: "busybox:1", ...fields })),
});
const job = (spec: object = {}, podSpec: object = {}) => ({
  metadata: { name: "a" },
  spec: {
    template: {
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }], ...podSpec },
    },
    ...spec,
  },
});
const replicaSets = "/apis/apps/v1/namespaces/{ns}/replicasets";
const statefulSets = "/apis/apps/v1/namespaces/{ns}/statefulsets";
const daemonSets = "/apis/apps/v1/namespaces/{ns}/daemonsets";
const cronJobs = "/apis/batch/v1/namespaces/{ns}/cronjobs";
const template = {
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};
const selector = { matchLabels: { app: "a" } };

export const builtInWorkloads = topic("built-in-workloads", [
  testCase("pod defaults", post(pods, pod("a"))),
  testCase(
    "pod of many parts",
    post(
      pods,
      pod("a", {
        initContainers: [{ name: "init", image: "i" }],
        volumes: [
          { name: "e", emptyDir: {} },
          { name: "s", secret: { secretName: "x" } },
          { name: "c", configMap: { name: "x" } },
          { name: "h", hostPath: { path: "/x" } },
          { name: "p", projected: { sources: [{ configMap: { name: "x" } }] } },
          {
            name: "d",
            downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] },
          },
        ],
        ...containers({
          volumeMounts: [{ name: "e", mountPath: "/e" }],
          env: [{ name: "N", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        }),
      }),
    ),
  ),
  testCase(
    "pod probes",
    post(
      pods,
      pod(
        "a",
        containers({
          livenessProbe: { httpGet: { port: 80 } },
          readinessProbe: { tcpSocket: { port: "web" } },
          startupProbe: { exec: { command: ["true"] } },
          ports: [{ name: "web", containerPort: 80 }],
        }),
      ),
    ),
  ),
  testCase(
    "image pull policy",
    post(pods, pod("a", containers({ image: "x" }))),
    post(pods, pod("b", containers({ image: "x:latest" }))),
    post(
      pods,
      pod(
        "c",
        containers({
          image: "x@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        }),
      ),
    ),
  ),
  testCase(
    "pod resources",
    post(pods, pod("a", containers({ resources: { limits: { cpu: "1", memory: "1024Mi" } } }))),
    post(
      pods,
      pod("b", containers({ resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } })),
    ),
    post(pods, pod("c", containers({ resources: { requests: { cpu: "lots" } } }))),
  ),
  testCase(
    "quality of service",
    post(pods, pod("a", containers({ resources: { limits: { cpu: "1", memory: "1Gi" } } })), {
      select: ({ status }: { status: { qosClass: string } }) => status.qosClass,
    }),
    post(pods, pod("b", containers({ resources: { requests: { cpu: "1" } } })), {
      select: ({ status }: { status: { qosClass: string } }) => status.qosClass,
    }),
  ),
  testCase(
    "pod without containers",
    post(pods, { metadata: { name: "a" }, spec: {} }),
    post(pods, { metadata: { name: "a" }, spec: { containers: [] } }),
  ),
  testCase("pod without a spec", post(pods, { metadata: { name: "a" } })),
  testCase(
    "containers that are invalid",
    post(
      pods,
      pod("a", {
        containers: [{ name: "Bad_Name", image: "i" }, { name: "x" }, { name: "x", image: "" }],
      }),
    ),
    post(pods, pod("b", containers({ imagePullPolicy: "Perhaps" }))),
    post(
      pods,
      pod("c", containers({ ports: [{ containerPort: 0 }, { containerPort: 80, protocol: "X" }] })),
    ),
  ),
  testCase(
    "volumes that are invalid",
    post(pods, pod("a", { ...containers({ volumeMounts: [{ name: "none", mountPath: "/x" }] }) })),
    post(pods, pod("b", { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/" } }] })),
    post(
      pods,
      pod("c", {
        volumes: [
          { name: "v", emptyDir: {} },
          { name: "v", emptyDir: {} },
        ],
      }),
    ),
  ),
  testCase(
    "env that is invalid",
    post(
      pods,
      pod(
        "a",
        containers({
          env: [
            { name: "" },
            { name: "A=B" },
            { name: "C", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "D", valueFrom: { fieldRef: { fieldPath: "spec.nope" } } },
          ],
        }),
      ),
    ),
  ),
  testCase(
    "pod policies that are invalid",
    post(pods, pod("a", { restartPolicy: "Sometimes" })),
    post(pods, pod("b", { dnsPolicy: "None" })),
    post(pods, pod("c", { terminationGracePeriodSeconds: -1 })),
    post(pods, pod("d", { activeDeadlineSeconds: 0 })),
  ),
  testCase("pod name", post(pods, pod("a.b")), post(pods, pod("A"))),
  testCase(
    "pod affinity and tolerations",
    post(
      pods,
      pod("a", {
        nodeSelector: { a: "b" },
        tolerations: [{ key: "k", operator: "Exists", effect: "NoExecute" }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "x", operator: "In", values: ["y"] }] },
              ],
            },
          },
        },
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule" },
        ],
      }),
    ),
    post(pods, pod("b", { tolerations: [{ operator: "Maybe" }] })),
  ),
  testCase(
    "pod priority class that is missing",
    post(pods, pod("a", { priorityClassName: "none" })),
  ),
  testCase(
    "pod priority class",
    post(pods, pod("a", { priorityClassName: "system-cluster-critical" }), {
      select: ({ spec, message }: { spec?: { priority: number }; message?: string }) =>
        spec?.priority ?? message,
    }),
  ),
  testCase(
    "pod update of the image",
    quiet(post(pods, pod("a"))),
    patch("strategic", `${pods}/a`, {
      spec: { containers: [{ name: "main", image: "busybox:2" }] },
    }),
  ),
  testCase(
    "pod update of anything else",
    quiet(post(pods, pod("a"))),
    patch(
      "strategic",
      `${pods}/a`,
      { spec: { containers: [{ name: "main", command: ["x"] }] } },
      {
        select: ({
          reason,
          details,
        }: {
          reason: string;
          details: { causes: readonly { field: string }[] };
        }) => [reason, details.causes.map(({ field }) => field)],
      },
    ),
  ),
  testCase(
    "binding a pod",
    quiet(post(pods, pod("a"))),
    post(`${pods}/a/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "a" },
      target: { kind: "Node", name: "n1" },
    }),
    get(`${pods}/a`),
    post(`${pods}/a/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "a" },
      target: { kind: "Node", name: "n2" },
    }),
  ),
  testCase(
    "logs of a pod that is nowhere",
    quiet(post(pods, pod("a"))),
    get(`${pods}/a/log`),
    get(`${pods}/none/log`),
  ),
  testCase(
    "ephemeral containers",
    quiet(post(pods, pod("a"))),
    patch("strategic", `${pods}/a/ephemeralcontainers`, {
      spec: { ephemeralContainers: [{ name: "debug", image: "i" }] },
    }),
  ),
  testCase("deployment defaults", post(deployments, deployment("a"))),
  testCase(
    "deployment strategies",
    post(deployments, deployment("a", { strategy: { type: "Recreate" } })),
    post(
      deployments,
      deployment("b", {
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "50%" } },
      }),
    ),
    post(deployments, deployment("c", { strategy: { type: "Sudden" } })),
    post(
      deployments,
      deployment("d", { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    ),
  ),
  testCase(
    "deployment that is invalid",
    post(deployments, deployment("a", { selector: { matchLabels: { app: "other" } } })),
    post(deployments, deployment("b", { replicas: -1 })),
    post(deployments, deployment("c", { selector: null })),
    post(deployments, deployment("d", { template: null })),
    post(deployments, deployment("e", { progressDeadlineSeconds: 1, minReadySeconds: 5 })),
  ),
  testCase(
    "deployment selector is immutable",
    quiet(post(deployments, deployment("a"))),
    patch("merge", `${deployments}/a`, {
      spec: {
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } } },
      },
    }),
  ),
  testCase(
    "deployment pods have to restart",
    post(
      deployments,
      deployment("a", {
        template: {
          metadata: { labels: { app: "a" } },
          spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
        },
      }),
    ),
  ),
  testCase(
    "replica set",
    post(replicaSets, { metadata: { name: "a" }, spec: { selector, template } }),
    put(`${replicaSets}/a/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a", namespace: "{ns}" },
      spec: { replicas: 2 },
    }),
  ),
  testCase(
    "stateful set",
    post(statefulSets, {
      metadata: { name: "a" },
      spec: {
        selector,
        template,
        serviceName: "s",
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    }),
  ),
  testCase(
    "stateful set is immutable in parts",
    quiet(
      post(statefulSets, {
        metadata: { name: "a" },
        spec: { selector, template, serviceName: "s" },
      }),
    ),
    patch("merge", `${statefulSets}/a`, { spec: { serviceName: "t" } }),
  ),
  testCase(
    "daemon set",
    post(daemonSets, { metadata: { name: "a" }, spec: { selector, template } }),
  ),
  testCase("job defaults", post(jobs, job())),
  testCase(
    "job completions",
    post(
      jobs,
      job({
        completions: 3,
        parallelism: 2,
        completionMode: "Indexed",
        backoffLimit: 1,
        ttlSecondsAfterFinished: 10,
      }),
    ),
  ),
  testCase(
    "job that is invalid",
    post(jobs, job({}, { restartPolicy: "Always" })),
    post(jobs, job({ parallelism: -1 })),
    post(jobs, job({ completionMode: "Random" })),
    post(jobs, job({ selector: { matchLabels: { a: "b" } } })),
  ),
  testCase(
    "job is immutable in parts",
    quiet(post(jobs, job())),
    patch("merge", `${jobs}/a`, { spec: { completions: 5 } }),
    patch("merge", `${jobs}/a`, { spec: { parallelism: 2 } }),
    patch("merge", `${jobs}/a`, { spec: { suspend: true } }),
  ),
  testCase(
    "job status",
    quiet(post(jobs, job())),
    patch("merge", `${jobs}/a/status`, {
      status: { startTime: "2001-01-01T00:00:00Z", active: 1 },
    }),
  ),
  testCase(
    "cron job",
    post(cronJobs, {
      metadata: { name: "a" },
      spec: { schedule: "*/5 * * * *", jobTemplate: { spec: job().spec } },
    }),
    post(cronJobs, {
      metadata: { name: "b" },
      spec: { schedule: "often", jobTemplate: { spec: job().spec } },
    }),
    post(cronJobs, {
      metadata: { name: "c" },
      spec: {
        schedule: "@daily",
        concurrencyPolicy: "Allow",
        timeZone: "Nowhere/City",
        jobTemplate: { spec: job().spec },
      },
    }),
  ),
]);
