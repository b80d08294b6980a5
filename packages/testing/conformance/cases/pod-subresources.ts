import { clusterCase, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { paths, pod, service } from "../objects.js";
import type { Step } from "../case.js";

const { pods, nodes } = paths;
const waiting = quiet(post(pods, pod("p")));
const placed = quiet(post(pods, pod("p", { nodeName: "{id}" })));
/** Nothing listens at its address. */
const silentNode = quiet(
  post(nodes, {
    metadata: { name: "{id}" },
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    },
  }),
);
const twoContainers = quiet(
  post(
    pods,
    pod("p", {
      containers: [
        { name: "a", image: "i" },
        { name: "b", image: "i" },
      ],
    }),
  ),
);
const strict = quiet(
  post("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
    metadata: { name: "b" },
    spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } },
  }),
);
const running = quiet(
  patch("merge", `${pods}/p/status`, {
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  }),
);
const labelled = quiet(post(pods, pod("p", {}, { labels: { app: "x" } })));
const evict = (body: object = {}, query: Step["query"] = {}): Step =>
  post(
    `${pods}/p/eviction`,
    {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "p", namespace: "{ns}" },
      ...body,
    },
    { query },
  );
const bind = (target: object, body: object = {}): Step =>
  post(`${pods}/p/binding`, {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "p", namespace: "{ns}" },
    target,
    ...body,
  });
const debugged = (containers: readonly object[]): object => ({
  spec: { ephemeralContainers: containers },
});
const debugContainer = { name: "debug", image: "busybox:1", stdin: true, tty: true };

export const podSubresources = topic("pod-subresources", [
  testCase(
    "log of a pod without a node",
    waiting,
    get(`${pods}/p/log`),
    get(`${pods}/p/log`, { container: "main", tailLines: "5", timestamps: "true" }),
  ),
  testCase("log of a missing pod", get(`${pods}/none/log`)),
  testCase("log of a wrong container", waiting, get(`${pods}/p/log`, { container: "none" })),
  testCase("log without saying which container", twoContainers, get(`${pods}/p/log`)),
  testCase(
    "log with wrong options",
    waiting,
    get(`${pods}/p/log`, { tailLines: "-1" }),
    get(`${pods}/p/log`, { tailLines: "x" }),
    get(`${pods}/p/log`, { sinceSeconds: "0" }),
    get(`${pods}/p/log`, { limitBytes: "0" }),
    get(`${pods}/p/log`, { sinceSeconds: "5", sinceTime: "2001-01-01T00:00:00Z" }),
  ),
  testCase("log of a pod on a node that is not there", placed, get(`${pods}/p/log`)),
  testCase(
    "log of a pod on a node without address",
    quiet(post(nodes, { metadata: { name: "{id}" } })),
    placed,
    get(`${pods}/p/log`),
  ),
  testCase(
    "connections to a node that does not answer",
    silentNode,
    placed,
    get(`${pods}/p/log`),
    get(`${pods}/p/log`, { container: "main", follow: "true", tailLines: "3" }),
    get(`${pods}/p/exec`, { command: "ls", stdout: "true" }),
    get(`${pods}/p/attach`, { stdout: "true" }),
    get(`${pods}/p/portforward`),
    get(`${nodes}/{id}/proxy/metrics`),
  ),
  testCase("log by other methods", waiting, post(`${pods}/p/log`, {}), del(`${pods}/p/log`)),
  ...["exec", "attach"].map((name) =>
    testCase(
      `${name} without an upgrade`,
      waiting,
      get(
        `${pods}/p/${name}`,
        name === "exec" ? { command: "ls", stdout: "true" } : { stdout: "true" },
      ),
      { method: "POST", path: `${pods}/p/${name}`, query: { command: "ls", stdout: "true" } },
      get(`${pods}/none/${name}`, { command: "ls", stdout: "true" }),
    ),
  ),
  testCase(
    "exec with wrong options",
    waiting,
    get(`${pods}/p/exec`),
    get(`${pods}/p/exec`, { command: "ls" }),
    get(`${pods}/p/exec`, { command: "ls", stdout: "true", container: "none" }),
  ),
  testCase(
    "exec without saying which container",
    twoContainers,
    get(`${pods}/p/exec`, { command: "ls", stdout: "true" }),
  ),
  testCase(
    "exec on a node that is not there",
    placed,
    get(`${pods}/p/exec`, { command: "ls", stdout: "true" }),
    get(`${pods}/p/attach`, { stdout: "true" }),
    get(`${pods}/p/portforward`),
  ),
  testCase(
    "exec of a pod that ended",
    placed,
    quiet(patch("merge", `${pods}/p/status`, { status: { phase: "Succeeded" } })),
    get(`${pods}/p/exec`, { command: "ls", stdout: "true" }),
  ),
  testCase("exec by other methods", waiting, put(`${pods}/p/exec`, {}), del(`${pods}/p/attach`)),
  testCase("port forward", waiting, get(`${pods}/p/portforward`), get(`${pods}/none/portforward`), {
    method: "POST",
    path: `${pods}/p/portforward`,
    query: { ports: "80" },
  }),
  testCase(
    "proxy of a pod",
    waiting,
    get(`${pods}/p/proxy`),
    get(`${pods}/p/proxy/`),
    get(`${pods}/p/proxy/path`),
    get(`${pods}/none/proxy/`),
    get(`${pods}/p:8080/proxy/`),
  ),
  testCase(
    "proxy of a service",
    quiet(post(paths.services, service("s"))),
    get(`${paths.services}/s/proxy/`),
    get(`${paths.services}/none/proxy/`),
    get(`${paths.services}/s:80/proxy/`),
    get(`${paths.services}/s:81/proxy/`),
  ),
  clusterCase(
    "proxy of a node",
    get(`${nodes}/none/proxy/`),
    quiet(post(nodes, { metadata: { name: "{id}" } })),
    get(`${nodes}/{id}/proxy/`),
  ),
  testCase(
    "ephemeral containers",
    waiting,
    get(`${pods}/p/ephemeralcontainers`),
    patch("strategic", `${pods}/p/ephemeralcontainers`, debugged([debugContainer])),
    get(
      `${pods}/p/ephemeralcontainers`,
      {},
      {
        select: ({ spec }: { spec: { ephemeralContainers: unknown } }) => spec.ephemeralContainers,
      },
    ),
  ),
  testCase(
    "ephemeral containers stay",
    waiting,
    quiet(patch("strategic", `${pods}/p/ephemeralcontainers`, debugged([debugContainer]))),
    patch("merge", `${pods}/p/ephemeralcontainers`, debugged([])),
    patch(
      "strategic",
      `${pods}/p/ephemeralcontainers`,
      debugged([{ ...debugContainer, image: "other" }]),
    ),
  ),
  testCase(
    "ephemeral containers that are invalid",
    waiting,
    patch("strategic", `${pods}/p/ephemeralcontainers`, debugged([{ name: "main", image: "x" }])),
    patch(
      "strategic",
      `${pods}/p/ephemeralcontainers`,
      debugged([{ name: "d", image: "x", ports: [{ containerPort: 80 }] }]),
    ),
  ),
  testCase(
    "ephemeral containers by update of the pod",
    waiting,
    patch("strategic", `${pods}/p`, debugged([debugContainer])),
    post(pods, pod("q", { ephemeralContainers: [debugContainer] })),
  ),
  testCase(
    "ephemeral containers of a missing pod",
    patch("strategic", `${pods}/none/ephemeralcontainers`, debugged([debugContainer])),
  ),
  testCase(
    "resize",
    quiet(
      post(
        pods,
        pod("p", {
          containers: [
            {
              name: "main",
              image: "i",
              resources: { requests: { cpu: "100m" }, limits: { cpu: "200m" } },
            },
          ],
        }),
      ),
    ),
    patch("strategic", `${pods}/p/resize`, {
      spec: { containers: [{ name: "main", resources: { requests: { cpu: "150m" } } }] },
    }),
    get(
      `${pods}/p/resize`,
      {},
      { select: ({ spec }: { spec: { containers: unknown } }) => spec.containers },
    ),
  ),
  testCase("resize of a missing pod", patch("strategic", `${pods}/none/resize`, { spec: {} })),
  testCase(
    "eviction of a pod without a budget",
    waiting,
    evict(),
    get(`${pods}/p`, {}, { select: () => "answered" }),
  ),
  testCase("eviction of a missing pod", evict()),
  testCase("eviction by another name", waiting, evict({ metadata: { name: "q" } })),
  testCase(
    "eviction that is only tried",
    waiting,
    evict({}, { dryRun: "All" }),
    evict({ deleteOptions: { dryRun: ["All"] } }),
    get(`${pods}/p`, {}, { select: () => "answered" }),
  ),
  testCase(
    "eviction with a precondition",
    waiting,
    evict({ deleteOptions: { preconditions: { uid: "other" } } }),
  ),
  testCase("eviction against a budget", labelled, running, strict, evict()),
  testCase(
    "eviction with room in the budget",
    labelled,
    running,
    strict,
    quiet(
      patch("merge", "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b/status", {
        status: {
          disruptionsAllowed: 1,
          currentHealthy: 2,
          desiredHealthy: 1,
          expectedPods: 2,
          observedGeneration: 1,
        },
      }),
    ),
    evict(),
    get(
      "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b",
      {},
      { select: ({ status }: { status: unknown }) => status },
    ),
  ),
  testCase("eviction of a pending pod against a budget", labelled, strict, evict()),
  testCase(
    "eviction against two budgets",
    labelled,
    running,
    strict,
    quiet(
      post("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
        metadata: { name: "c" },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } },
      }),
    ),
    evict(),
  ),
  testCase(
    "eviction of the older version",
    waiting,
    post(`${pods}/p/eviction`, {
      apiVersion: "policy/v1beta1",
      kind: "Eviction",
      metadata: { name: "p" },
    }),
  ),
  testCase("binding", waiting, bind({ kind: "Node", name: "n1" }), get(`${pods}/p`)),
  testCase(
    "binding twice",
    waiting,
    quiet(bind({ kind: "Node", name: "n1" })),
    bind({ kind: "Node", name: "n2" }),
  ),
  testCase("binding without a node", waiting, bind({}), bind({ kind: "Pod", name: "x" })),
  testCase("binding of a missing pod", bind({ kind: "Node", name: "n1" })),
  testCase(
    "binding by its own resource",
    waiting,
    post("/api/v1/namespaces/{ns}/bindings", {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "p" },
      target: { kind: "Node", name: "n1" },
    }),
    get(`${pods}/p`, {}, { select: ({ spec }: { spec: { nodeName: string } }) => spec.nodeName }),
  ),
  testCase(
    "binding with annotations and labels",
    waiting,
    bind(
      { kind: "Node", name: "n1" },
      { metadata: { name: "p", annotations: { a: "b" }, labels: { c: "d" } } },
    ),
    get(
      `${pods}/p`,
      {},
      {
        select: ({ metadata }: { metadata: { annotations: unknown; labels: unknown } }) => [
          metadata.annotations,
          metadata.labels,
        ],
      },
    ),
  ),
  testCase(
    "binding with a precondition",
    waiting,
    bind({ kind: "Node", name: "n1" }, { metadata: { name: "p", uid: "other" } }),
  ),
  testCase(
    "binding of a gated pod",
    quiet(post(pods, pod("p", { schedulingGates: [{ name: "x.io/g" }] }))),
    bind({ kind: "Node", name: "n1" }),
  ),
]);
