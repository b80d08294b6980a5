import type { Step } from "../case.js";
import { deployment, paths, pod } from "../objects.js";
import { post, testCase, topic } from "../requests.js";

/** Nothing is left behind: what is accepted is only tried. */
const tried = (path: string, body: unknown): Step =>
  post(path, body, {
    query: { dryRun: "All" },
    select: (answer: { kind: string }) => (answer.kind === "Status" ? answer : "accepted"),
  });
const pods = (...specs: readonly object[]): Step[] =>
  specs.map((spec) => tried(paths.pods, pod("a", spec)));
const containers = (...fields: readonly object[]): Step[] =>
  fields.map((each) =>
    tried(paths.pods, pod("a", { containers: [{ name: "c", image: "i", ...each }] })),
  );
const mounting = (...mounts: readonly object[]): Step[] =>
  mounts.map((mount) =>
    tried(
      paths.pods,
      pod("a", {
        containers: [{ name: "c", image: "i", volumeMounts: [mount] }],
        volumes: [{ name: "v", emptyDir: {} }],
      }),
    ),
  );
const volumes = (...sources: readonly object[]): Step[] =>
  pods(...sources.map((source) => ({ volumes: [{ name: "v", ...source }] })));
const exec = { exec: { command: ["a"] } };
const nodeTerm = (term: object): object => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  },
});
const podTerm = (term: object): object => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
});
const spread = (...constraints: readonly object[]): object => ({
  topologySpreadConstraints: constraints.map((constraint) => ({
    maxSkew: 1,
    topologyKey: "a",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: {},
    ...constraint,
  })),
});

export const podValidation = topic("pod-validation", [
  testCase(
    "security context of a pod",
    ...pods(
      { securityContext: { runAsUser: -1, runAsGroup: 2 ** 31, fsGroup: -5 } },
      { securityContext: { supplementalGroups: [1, -1], runAsNonRoot: true, runAsUser: 0 } },
      { securityContext: { fsGroupChangePolicy: "Sometimes", supplementalGroupsPolicy: "X" } },
      { securityContext: { seLinuxChangePolicy: "X" } },
      { hostPID: true, shareProcessNamespace: true },
    ),
  ),
  testCase(
    "sysctls",
    ...pods({
      securityContext: {
        sysctls: [
          { name: "Bad..name", value: "x" },
          { name: "a.b", value: "1" },
          { name: "a.b", value: "2" },
        ],
      },
    }),
  ),
  testCase(
    "profiles",
    ...pods(
      { securityContext: { seccompProfile: { type: "Localhost" } } },
      { securityContext: { seccompProfile: { type: "Nope" } } },
      { securityContext: { appArmorProfile: { type: "Localhost" } } },
      { securityContext: { appArmorProfile: { type: "Nope" } } },
    ),
    ...containers(
      { securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "/abs" } } },
      { securityContext: { seccompProfile: { type: "RuntimeDefault", localhostProfile: "x" } } },
      { securityContext: { appArmorProfile: { type: "Unconfined", localhostProfile: "x" } } },
    ),
  ),
  testCase(
    "security context of a container",
    ...containers(
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      {
        securityContext: {
          capabilities: { add: ["CAP_SYS_ADMIN"] },
          allowPrivilegeEscalation: false,
        },
      },
      { securityContext: { runAsUser: -1, runAsGroup: -1, procMount: "X" } },
    ),
  ),
  testCase(
    "host network and users",
    ...pods(
      {
        hostNetwork: true,
        containers: [{ name: "c", image: "i", ports: [{ containerPort: 80, hostPort: 81 }] }],
      },
      { hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true },
    ),
  ),
  testCase(
    "node affinity",
    ...pods(
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 101, preference: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
            ],
          },
        },
      },
      nodeTerm({
        matchExpressions: [
          { key: "a", operator: "In" },
          { key: "b", operator: "Gt", values: ["x", "y"] },
          { key: "-", operator: "Exists", values: ["q"] },
          { key: "z", operator: "Foo" },
          { key: "v", operator: "In", values: ["not valid"] },
        ],
      }),
      nodeTerm({
        matchFields: [
          { key: "metadata.name", operator: "In", values: ["a", "b"] },
          { key: "metadata.name", operator: "Exists" },
          { key: "x", operator: "In", values: ["a"] },
        ],
      }),
    ),
  ),
  testCase(
    "pod affinity",
    ...pods(
      podTerm({ topologyKey: "", labelSelector: {} }),
      podTerm({
        topologyKey: "a b",
        namespaces: ["Bad_"],
        labelSelector: { matchExpressions: [{ key: "a", operator: "In" }] },
      }),
      podTerm({
        topologyKey: "zone",
        labelSelector: {},
        matchLabelKeys: ["a"],
        mismatchLabelKeys: ["a"],
      }),
      {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 0, podAffinityTerm: { topologyKey: "k", labelSelector: {} } },
            ],
          },
        },
      },
    ),
  ),
  testCase(
    "topology spread",
    ...pods(
      spread({ maxSkew: 0, topologyKey: "", whenUnsatisfiable: "X" }),
      spread({}, { maxSkew: 2 }),
      spread({
        whenUnsatisfiable: "ScheduleAnyway",
        minDomains: 0,
        nodeAffinityPolicy: "X",
        nodeTaintsPolicy: "Y",
      }),
    ),
  ),
  testCase(
    "tolerations",
    ...pods(
      { tolerations: [{ key: "a", operator: "Exists", value: "x" }] },
      { tolerations: [{ operator: "Equal", value: "v" }] },
      { tolerations: [{ key: "a", effect: "NoSchedule", tolerationSeconds: 3 }] },
      { tolerations: [{ key: "a b", effect: "X", operator: "Foo" }] },
      { tolerations: [{ key: "a", operator: "Lt", value: "x" }] },
      { tolerations: [{ key: "a", value: "not valid" }] },
    ),
  ),
  testCase(
    "DNS and host aliases",
    ...pods(
      { dnsPolicy: "None" },
      {
        dnsConfig: {
          nameservers: ["x", "1.1.1.1", "1.1.1.2", "1.1.1.3"],
          searches: ["bad_domain!", "a.b."],
          options: [{ name: "" }],
        },
      },
      { hostAliases: [{ ip: "x", hostnames: ["bad_"] }] },
    ),
  ),
  testCase(
    "gates and names",
    ...pods(
      { schedulingGates: [{ name: "a" }, { name: "a" }, { name: "bad name" }] },
      { schedulingGates: [{ name: "a" }], nodeName: "n" },
      { readinessGates: [{ conditionType: "bad type" }] },
      { nodeSelector: { "a b": "c d" } },
      { os: { name: "beos" } },
      { preemptionPolicy: "X" },
    ),
    tried(paths.pods, { ...pod("a"), metadata: { name: "a", generateName: "Bad_" } }),
  ),
  testCase(
    "runtime class and overhead",
    ...pods(
      { runtimeClassName: "nosuch" },
      { overhead: { cpu: "1" } },
      { overhead: { cpu: "-1" } },
    ),
  ),
  testCase(
    "resources of a pod",
    ...pods(
      { resources: { requests: { cpu: "1" } } },
      { resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } },
    ),
  ),
  testCase(
    "resources of a container",
    ...containers(
      { resources: { limits: { "example.com/gpu": "1500m" } } },
      { resources: { requests: { "example.com/gpu": "1" } } },
      { resizePolicy: [{ resourceName: "cpu", restartPolicy: "X" }] },
      { resizePolicy: [{ resourceName: "disk", restartPolicy: "NotRequired" }] },
    ),
  ),
  testCase(
    "environment",
    ...containers(
      {
        env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['bad key!']" } } }],
      },
      { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.x" } } }] },
      { envFrom: [{ prefix: "=", configMapRef: { name: "" } }] },
      { envFrom: [{ configMapRef: { name: "a" }, secretRef: { name: "b" } }] },
      { envFrom: [{}] },
    ),
  ),
  testCase(
    "mounts",
    ...mounting(
      { name: "", mountPath: "" },
      { name: "nope", mountPath: "/a" },
      { name: "v", mountPath: "/a", subPath: "/abs" },
      { name: "v", mountPath: "/a", subPath: "a/../b", subPathExpr: "x" },
      { name: "v", mountPath: "/a", mountPropagation: "X" },
      { name: "v", mountPath: "/a", mountPropagation: "Bidirectional" },
      { name: "v", mountPath: "/a", recursiveReadOnly: "Enabled" },
    ),
    ...containers({ volumeDevices: [{ name: "x", devicePath: "/a" }] }),
  ),
  testCase(
    "probes",
    ...containers(
      { livenessProbe: { httpGet: { port: "toolongportname-x", scheme: "FTP" } } },
      { livenessProbe: { exec: {} } },
      { livenessProbe: { ...exec, tcpSocket: { port: 1 } } },
      { livenessProbe: { ...exec, terminationGracePeriodSeconds: 0 } },
      { readinessProbe: { ...exec, terminationGracePeriodSeconds: 5 } },
      {
        startupProbe: { httpGet: { port: 80, httpHeaders: [{ name: "bad header", value: "x" }] } },
      },
    ),
  ),
  testCase(
    "hooks",
    ...containers(
      { lifecycle: { postStart: {} } },
      { lifecycle: { preStop: { sleep: { seconds: 99 } } } },
      { lifecycle: { preStop: { sleep: { seconds: -1 } } } },
    ),
    ...pods({
      initContainers: [
        { name: "i", image: "x", lifecycle: { preStop: exec }, readinessProbe: exec },
      ],
    }),
  ),
  testCase(
    "volumes of the node",
    ...volumes(
      { emptyDir: { sizeLimit: "-1" } },
      { hostPath: { path: "/a/../b", type: "X" } },
      { hostPath: { path: "" } },
      { nfs: { server: "", path: "rel" } },
      { iscsi: { targetPortal: "", iqn: "bad", lun: 999 } },
      { image: { pullPolicy: "X" } },
    ),
  ),
  testCase(
    "volumes of files",
    ...volumes(
      {
        secret: {
          secretName: "s",
          defaultMode: 512,
          items: [{ key: "", path: "../x", mode: 9999 }],
        },
      },
      { configMap: { defaultMode: -1 } },
      { configMap: { name: "c", items: [{ key: "a", path: "/abs" }] } },
      { configMap: { name: "c", items: [{ key: "a", path: "..b" }] } },
      {
        downwardAPI: {
          items: [{ path: "", fieldRef: { fieldPath: "spec.nodeName" } }, { path: "a" }],
        },
      },
    ),
  ),
  testCase(
    "projected volumes",
    ...pods({
      serviceAccountName: "default",
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              { serviceAccountToken: { path: "", expirationSeconds: 5 } },
              { configMap: { name: "c", items: [{ key: "k", path: "a" }] } },
              { secret: { name: "s", items: [{ key: "k", path: "a" }] } },
            ],
          },
        },
      ],
    }),
  ),
  testCase(
    "claims of a pod",
    ...volumes(
      { ephemeral: {} },
      { ephemeral: { volumeClaimTemplate: { spec: {} } } },
      { persistentVolumeClaim: { claimName: "" } },
    ),
  ),
  testCase(
    "annotations of containers that are not there",
    tried(
      paths.pods,
      pod(
        "a",
        {},
        { annotations: { "container.apparmor.security.beta.kubernetes.io/o": "unconfined" } },
      ),
    ),
    tried(
      paths.deployments,
      deployment("a", {
        template: {
          metadata: {
            labels: { app: "a" },
            annotations: { "container.apparmor.security.beta.kubernetes.io/o": "unconfined" },
          },
          spec: { containers: [{ name: "main", image: "a" }] },
        },
      }),
    ),
  ),
]);
