import type { Step } from "../case.js";
import { deployment, paths, pod } from "../objects.js";
import { patch, post, put, quiet, testCase, topic } from "../requests.js";

const { pods, deployments, namespaces } = paths;
const namespace = `${namespaces}/{ns}`;
const jobs = "/apis/batch/v1/namespaces/{ns}/jobs";
const cronJobs = "/apis/batch/v1/namespaces/{ns}/cronjobs";
const runtimeClasses = "/apis/node.k8s.io/v1/runtimeclasses";

const labels = (values: Readonly<Record<string, string | null>>): object => ({
  metadata: {
    labels: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
    ),
  },
});
const labelled = (values: Readonly<Record<string, string | null>>): Step =>
  patch("merge", namespace, labels(values), {
    select: (body: { message?: string }) => body.message ?? "labelled",
  });
/** The real server looks at a copy of the namespace, which trails what was written. */
const inForce = (level: string, mode = "enforce"): Step[] => [
  quiet(patch("merge", namespace, labels({ [mode]: level, enforce: level }))),
  post(pods, pod("probe", { hostNetwork: true }), {
    query: { dryRun: "All" },
    until: (_body, status) => status === 403,
    select: () => "in force",
  }),
];
const tried = (spec: object, metadata: object = {}): Step =>
  post(pods, pod("p", spec, metadata as Readonly<Record<string, unknown>>), {
    query: { dryRun: "All" },
    select: (body: { message?: string }) => body.message ?? "allowed",
  });
const containers = (...securityContexts: readonly object[]): object => ({
  containers: securityContexts.map((securityContext, index) => ({
    name: `c${index}`,
    image: "i",
    securityContext,
  })),
});
const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const fine = containers(restricted);
const withContext = (fields: object): object => containers({ ...restricted, ...fields });

export const podSecurity = topic("pod-security", [
  testCase(
    "restricted",
    ...inForce("restricted"),
    post(pods, pod("p")),
    tried(containers({ privileged: true })),
    tried(fine),
    tried(containers({}, {}, restricted)),
    tried({ ...fine, initContainers: [{ name: "init", image: "i" }] }),
  ),
  testCase(
    "restricted: capabilities and escalation",
    ...inForce("restricted"),
    tried(withContext({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } })),
    tried(withContext({ capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "CHOWN"] } })),
    tried(withContext({ capabilities: { add: ["NET_ADMIN"] } })),
    tried(withContext({ allowPrivilegeEscalation: true })),
    tried({ ...containers({}), os: { name: "windows" } }),
  ),
  testCase(
    "restricted: users and seccomp",
    ...inForce("restricted"),
    tried({
      ...containers({ ...restricted, runAsNonRoot: undefined }),
      securityContext: { runAsNonRoot: true },
    }),
    tried({ ...fine, securityContext: { runAsNonRoot: false, runAsUser: 0 } }),
    tried(withContext({ runAsNonRoot: false, runAsUser: 0 })),
    tried(withContext({ runAsUser: 3 })),
    tried(withContext({ seccompProfile: { type: "Unconfined" } })),
    tried({ ...fine, securityContext: { seccompProfile: { type: "Unconfined" } } }),
    tried({
      ...containers({ ...restricted, seccompProfile: undefined }),
      securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "x" } },
    }),
    tried({ ...withContext({ runAsNonRoot: undefined, runAsUser: 0 }), hostUsers: false }),
  ),
  testCase(
    "restricted: volumes",
    ...inForce("restricted"),
    tried({
      ...fine,
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", configMap: { name: "x" } },
        { name: "c", persistentVolumeClaim: { claimName: "x" } },
      ],
    }),
    tried({
      ...fine,
      volumes: [
        { name: "a", hostPath: { path: "/" } },
        { name: "b", nfs: { server: "s", path: "/" } },
        { name: "c", hostPath: { path: "/x" } },
      ],
    }),
    tried({ ...fine, volumes: [{ name: "b", nfs: { server: "s", path: "/" } }] }),
  ),
  testCase(
    "baseline",
    ...inForce("baseline"),
    tried({}),
    tried({ hostNetwork: true, hostPID: true, hostIPC: true }),
    tried(containers({ privileged: true }, { privileged: true }, {})),
    tried(containers({ capabilities: { add: ["NET_ADMIN", "CHOWN"] } })),
    tried(
      containers({ capabilities: { add: ["NET_ADMIN"] } }, { capabilities: { add: ["SYS_TIME"] } }),
    ),
    tried({ volumes: [{ name: "a", hostPath: { path: "/" } }] }),
    tried({
      volumes: [
        { name: "b", hostPath: { path: "/" } },
        { name: "a", hostPath: { path: "/" } },
      ],
    }),
    tried({ volumes: [{ name: "b", nfs: { server: "s", path: "/" } }] }),
    tried({ containers: [{ name: "a", image: "i", ports: [{ containerPort: 1, hostPort: 80 }] }] }),
    tried({
      containers: [
        {
          name: "a",
          image: "i",
          ports: [
            { containerPort: 1, hostPort: 80 },
            { containerPort: 2, hostPort: 81 },
          ],
        },
        { name: "b", image: "i", ports: [{ containerPort: 3, hostPort: 79 }] },
      ],
    }),
  ),
  testCase(
    "baseline: kernel and profiles",
    ...inForce("baseline"),
    tried({ ...containers({ procMount: "Unmasked" }), hostUsers: false }),
    tried(containers({ seccompProfile: { type: "Unconfined" } })),
    tried({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
    tried(containers({ seLinuxOptions: { type: "spc_t", user: "u", role: "r" } })),
    tried({ securityContext: { seLinuxOptions: { type: "container_t" } } }),
    tried({
      ...containers({ seLinuxOptions: { type: "a" } }, { seLinuxOptions: { type: "b" } }),
      securityContext: { seLinuxOptions: { type: "c" } },
    }),
    tried(containers({ seLinuxOptions: { user: "u" } })),
    tried({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }),
    tried({
      securityContext: {
        sysctls: [
          { name: "kernel.shm_rmid_forced", value: "1" },
          { name: "net.ipv4.tcp_keepalive_time", value: "1" },
          { name: "net.core.somaxconn", value: "1" },
          { name: "kernel.msgmax", value: "1" },
        ],
      },
    }),
    tried({
      hostNetwork: true,
      ...containers({ windowsOptions: { hostProcess: true } }),
      securityContext: { windowsOptions: { hostProcess: true } },
    }),
    tried(containers({ appArmorProfile: { type: "Unconfined" } })),
    tried({ securityContext: { appArmorProfile: { type: "Unconfined" } } }),
    tried({
      containers: [
        {
          name: "a",
          image: "i",
          livenessProbe: { httpGet: { host: "h", port: 1 } },
          readinessProbe: { tcpSocket: { host: "g", port: 1 } },
          lifecycle: { preStop: { httpGet: { host: "f", port: 1 } } },
        },
      ],
    }),
  ),
  testCase(
    "warnings for pods",
    quiet(patch("merge", namespace, labels({ warn: "restricted", audit: "baseline" }))),
    ...inForce("baseline"),
    post(pods, pod("p"), { select: () => "created" }),
    tried(fine),
    tried({ hostNetwork: true }),
  ),
  testCase(
    "warnings for what makes pods",
    quiet(patch("merge", namespace, labels({ warn: "restricted" }))),
    ...inForce("baseline"),
    post(deployments, deployment("d"), { select: () => "created" }),
    post(
      jobs,
      {
        metadata: { name: "j" },
        spec: {
          template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
        },
      },
      { select: () => "created" },
    ),
    post(
      cronJobs,
      {
        metadata: { name: "j" },
        spec: {
          schedule: "* * * * *",
          jobTemplate: {
            spec: {
              template: {
                spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
              },
            },
          },
        },
      },
      { select: () => "created" },
    ),
    post(
      "/api/v1/namespaces/{ns}/replicationcontrollers",
      {
        metadata: { name: "r" },
        spec: {
          selector: { a: "b" },
          template: {
            metadata: { labels: { a: "b" } },
            spec: { hostPID: true, containers: [{ name: "c", image: "i" }] },
          },
        },
      },
      { select: () => "created" },
    ),
    patch("merge", `${deployments}/d`, { spec: { replicas: 2 } }, { select: () => "changed" }),
    patch("merge", `${deployments}/d/scale`, { spec: { replicas: 3 } }, { select: () => "scaled" }),
  ),
  testCase(
    "changes of pods",
    quiet(post(pods, pod("p"))),
    ...inForce("restricted"),
    patch("merge", `${pods}/p`, { metadata: { labels: { a: "b" } } }, { select: () => "changed" }),
    patch(
      "strategic",
      `${pods}/p`,
      { spec: { containers: [{ name: "main", image: "other" }] } },
      { select: ({ message }: { message?: string }) => message ?? "changed" },
    ),
    patch(
      "merge",
      `${pods}/p/status`,
      { status: { phase: "Running" } },
      { select: () => "changed" },
    ),
    patch(
      "strategic",
      `${pods}/p/ephemeralcontainers`,
      { spec: { ephemeralContainers: [{ name: "e", image: "i" }] } },
      { select: ({ message }: { message?: string }) => message ?? "changed" },
    ),
  ),
  testCase(
    "older versions",
    quiet(patch("merge", namespace, labels({ "enforce-version": "v1.20" }))),
    ...inForce("restricted"),
    post(pods, pod("p")),
    tried(fine),
    tried({
      securityContext: { sysctls: [{ name: "net.ipv4.tcp_keepalive_time", value: "1" }] },
    }),
    tried(containers({ ...restricted, capabilities: undefined, runAsUser: 0 })),
  ),
  testCase(
    "labels that are refused",
    labelled({ enforce: "bogus" }),
    labelled({ warn: "Restricted", audit: "", enforce: "x" }),
    labelled({ "enforce-version": "1.20" }),
    labelled({ "warn-version": "v1.20", warn: "privileged", "audit-version": "v2" }),
    labelled({ other: "x" }),
    post(namespaces, {
      metadata: { name: "{id}-b", ...(labels({ enforce: "no" }) as { metadata: object }).metadata },
    }),
  ),
  testCase(
    "pods that are there already",
    quiet(post(pods, pod("b"))),
    quiet(post(pods, pod("a"))),
    quiet(post(pods, pod("c", { hostNetwork: true }))),
    quiet(post(pods, pod("d", fine))),
    labelled({ enforce: "restricted" }),
    labelled({ enforce: "baseline" }),
    labelled({ enforce: null }),
    labelled({ enforce: "baseline" }),
    labelled({ enforce: "baseline", "enforce-version": "v1.30" }),
    labelled({ warn: "restricted" }),
    labelled({ enforce: "privileged" }),
  ),
  testCase(
    "runtime classes",
    quiet(
      post(runtimeClasses, {
        metadata: { name: "{id}" },
        handler: "kata",
        overhead: { podFixed: { cpu: "100m" } },
        scheduling: {
          nodeSelector: { kata: "true" },
          tolerations: [{ key: "kata", operator: "Exists", effect: "NoSchedule" }],
        },
      }),
    ),
    quiet(post(runtimeClasses, { metadata: { name: "{id}-plain" }, handler: "runc" })),
    post(pods, pod("probe", { runtimeClassName: "{id}-plain" }), {
      query: { dryRun: "All" },
      until: (_body, status) => status === 201,
      select: () => "in force",
    }),
    post(pods, pod("p", { runtimeClassName: "{id}" }), {
      query: { dryRun: "All" },
      until: (_body, status) => status === 201,
      select: ({ spec }: { spec: object }) => spec,
    }),
    tried({ runtimeClassName: "none" }),
    tried({ runtimeClassName: "{id}", nodeSelector: { kata: "false" } }),
    tried({ runtimeClassName: "{id}", nodeSelector: { kata: "true", a: "b" } }),
    tried({ runtimeClassName: "{id}", overhead: { cpu: "200m" } }),
    tried({ runtimeClassName: "{id}", overhead: { cpu: "0.1" } }),
    tried({ runtimeClassName: "{id}-plain", overhead: { cpu: "200m" } }),
    tried({ overhead: { cpu: "200m" } }),
    post(
      pods,
      pod("p", {
        runtimeClassName: "{id}",
        tolerations: [
          { key: "kata", operator: "Exists" },
          { key: "x", operator: "Exists" },
        ],
      }),
      {
        query: { dryRun: "All" },
        select: ({ spec }: { spec: { tolerations: unknown } }) => spec.tolerations,
      },
    ),
    quiet({ method: "DELETE", path: `${runtimeClasses}/{id}` }),
    quiet({ method: "DELETE", path: `${runtimeClasses}/{id}-plain` }),
  ),
  testCase(
    "overhead of a runtime class is bound",
    post(runtimeClasses, { metadata: { name: "{id}" }, handler: "A b" }),
    post(runtimeClasses, { metadata: { name: "{id}" }, handler: "kata" }),
    put(`${runtimeClasses}/{id}`, { metadata: { name: "{id}" }, handler: "other" }),
    quiet({ method: "DELETE", path: `${runtimeClasses}/{id}` }),
  ),
  testCase("without labels", tried({ hostNetwork: true }), tried(containers({ privileged: true }))),
]);
