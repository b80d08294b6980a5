import type { Step } from "../case.js";
import { get, patch, post, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, pod, service, widget, widgetsPath } from "../objects.js";
import { printedOrder } from "./printed-order.js";
import { installed } from "../crd-steps.js";

const { configMaps, pods } = paths;
const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
const partial = {
  accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json",
};
const partialList = {
  accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json",
};
const asTable = (path: string, query: Step["query"] = {}): Step =>
  get(path, query, { headers: table });
const onlyRows = ({ rows }: { rows: readonly { cells: unknown }[] }): unknown =>
  rows.map(({ cells }) => ({ cells }));
const named = { fieldSelector: "metadata.name={id}" };
const byName = (path: string): Step => get(path, named, { headers: table });
const rowsOf = (path: string, query: Step["query"] = {}): Step =>
  get(path, query, { headers: table, select: onlyRows });

const printed = {
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer" },
        text: { type: "string" },
        at: { type: "string", format: "date-time" },
        flags: { type: "array", items: { type: "string" } },
        on: { type: "boolean" },
      },
    },
  },
};
const columns = {
  version: {
    additionalPrinterColumns: [
      { name: "Size", type: "integer", jsonPath: ".spec.size" },
      { name: "Text", type: "string", jsonPath: ".spec.text", priority: 1 },
      { name: "At", type: "date", jsonPath: ".spec.at" },
      { name: "First", type: "string", jsonPath: ".spec.flags[0]" },
      { name: "All", type: "string", jsonPath: ".spec.flags[*]" },
      { name: "On", type: "boolean", jsonPath: ".spec.on" },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
  },
};

export const representations = topic("representations", [
  testCase(
    "table of config maps",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    asTable(configMaps),
  ),
  testCase(
    "table of one object",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    asTable(`${configMaps}/a`),
  ),
  testCase("empty table", asTable(configMaps)),
  testCase(
    "table includes the object",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    asTable(configMaps, { includeObject: "Object" }),
    asTable(configMaps, { includeObject: "None" }),
  ),
  testCase("table with an unknown includeObject", asTable(configMaps, { includeObject: "Some" })),
  testCase("table of pods", quiet(post(pods, pod("a", { nodeName: "n1" }))), asTable(pods)),
  testCase(
    "table of a running pod",
    quiet(post(pods, pod("a", { nodeName: "n1" }))),
    quiet(
      patch("merge", `${pods}/a/status`, {
        status: {
          phase: "Running",
          podIP: "10.1.0.5",
          podIPs: [{ ip: "10.1.0.5" }],
          containerStatuses: [
            {
              name: "main",
              ready: true,
              restartCount: 2,
              image: "busybox:1",
              imageID: "x",
              state: { running: { startedAt: "2001-01-01T00:00:00Z" } },
            },
          ],
        },
      }),
    ),
    rowsOf(pods),
  ),
  testCase(
    "table of a failing pod",
    quiet(post(pods, pod("a"))),
    quiet(
      patch("merge", `${pods}/a/status`, {
        status: {
          phase: "Pending",
          containerStatuses: [
            {
              name: "main",
              ready: false,
              restartCount: 0,
              image: "busybox:1",
              imageID: "",
              state: { waiting: { reason: "ImagePullBackOff" } },
            },
          ],
        },
      }),
    ),
    rowsOf(pods),
  ),
  testCase(
    "table of deployments",
    quiet(post(paths.deployments, deployment("a", { replicas: 2 }))),
    asTable(paths.deployments),
  ),
  testCase(
    "table of services",
    quiet(post(paths.services, service("a"))),
    quiet(post(paths.services, service("b", { clusterIP: "None" }))),
    rowsOf(paths.services),
  ),
  testCase(
    "table of secrets",
    quiet(post(paths.secrets, { metadata: { name: "a" }, stringData: { k: "v" } })),
    asTable(paths.secrets),
  ),
  testCase(
    "table of service accounts and leases",
    quiet(post(paths.serviceAccounts, { metadata: { name: "a" } })),
    rowsOf(paths.serviceAccounts),
    quiet(post(paths.leases, { metadata: { name: "l" }, spec: { holderIdentity: "me" } })),
    rowsOf(paths.leases),
  ),
  testCase(
    "table of jobs",
    quiet(
      post(paths.jobs, {
        metadata: { name: "a" },
        spec: {
          template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
        },
      }),
    ),
    rowsOf(paths.jobs),
  ),
  testCase(
    "table of claims",
    quiet(
      post(paths.claims, {
        metadata: { name: "a" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }),
    ),
    rowsOf(paths.claims),
  ),
  testCase("table of namespaces", quiet(get("/api/v1/namespaces/{ns}")), byName(paths.namespaces)),
  testCase(
    "table of nodes",
    quiet(
      post(paths.nodes, {
        metadata: { name: "{id}", labels: { "node-role.kubernetes.io/worker": "" } },
        spec: {},
      }),
    ),
    get(paths.nodes, named, { headers: table, select: onlyRows }),
  ),
  testCase(
    "table of events",
    quiet(
      post(paths.events, {
        metadata: { name: "e" },
        involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
        reason: "Pulled",
        type: "Normal",
        message: "all well",
        source: { component: "test" },
      }),
    ),
    rowsOf(paths.events),
  ),
  testCase(
    "table of roles and bindings",
    quiet(post(paths.roles, { metadata: { name: "r" }, rules: [] })),
    rowsOf(paths.roles, {}),
    quiet(
      post(paths.roleBindings, {
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
        subjects: [{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
      }),
    ),
    rowsOf(paths.roleBindings),
  ),
  testCase(
    "table of a storage class",
    quiet(post(paths.storageClasses, { metadata: { name: "{id}" }, provisioner: "example.com/p" })),
    get(`${paths.storageClasses}/{id}`, {}, { headers: table, select: onlyRows }),
  ),
  testCase(
    "table of a custom resource",
    ...installed(printed, columns),
    quiet(
      post(
        widgetsPath,
        widget("full", {
          spec: { size: 5, text: "hello", at: "2001-01-01T00:00:00Z", flags: ["x", "y"], on: true },
        }),
      ),
    ),
    quiet(post(widgetsPath, widget("none"))),
    get(
      widgetsPath,
      {},
      {
        headers: table,
        select: ({
          columnDefinitions,
          rows,
        }: {
          columnDefinitions: unknown;
          rows: readonly { cells: readonly unknown[] }[];
        }) => ({
          columnDefinitions,
          rows: rows.map(({ cells }) => ({ cells: cells.filter((_, index) => index !== 3) })),
        }),
      },
    ),
  ),
  testCase(
    "table of a custom resource without columns",
    ...installed({}),
    quiet(post(widgetsPath, widget("a"))),
    asTable(widgetsPath),
  ),
  testCase(
    "pages of a table",
    quiet(post(configMaps, configMap("a"))),
    quiet(post(configMaps, configMap("b"))),
    asTable(configMaps, { limit: "1" }),
  ),
  testCase("errors are not tables", asTable(`${configMaps}/none`)),
  testCase(
    "partial object metadata",
    quiet(post(configMaps, configMap("a", { k: "v" }, { labels: { x: "y" } }))),
    get(`${configMaps}/a`, {}, { headers: partial }),
  ),
  testCase(
    "partial object metadata list",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    get(configMaps, {}, { headers: partialList }),
  ),
  testCase(
    "list asked for as a single partial object",
    quiet(post(configMaps, configMap("a"))),
    get(
      configMaps,
      {},
      { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } },
    ),
  ),
  testCase(
    "partial object of a create and a patch",
    post(configMaps, configMap("a", { k: "v" }), { headers: partial }),
    patch("merge", `${configMaps}/a`, { data: { k: "w" } }, { headers: partial }),
  ),
  testCase(
    "partial object of a custom resource",
    ...installed({}),
    quiet(post(widgetsPath, widget("a"))),
    get(`${widgetsPath}/a`, {}, { headers: partial }),
  ),
  testCase(
    "unknown representation",
    get(configMaps, {}, { headers: { accept: "application/json;as=Nothing;v=v1;g=meta.k8s.io" } }),
  ),
  testCase(
    "unknown media type",
    get(configMaps, {}, { headers: { accept: "text/html" } }),
    get(configMaps, {}, { headers: { accept: "text/html,*/*" }, select: () => "answered" }),
  ),
  ...Object.entries({ table, partial }).map(([name, headers]) =>
    testCase(
      `bookmark of a watch as ${name}`,
      quiet(post(configMaps, configMap("a"))),
      get(
        configMaps,
        {
          watch: "true",
          sendInitialEvents: "true",
          allowWatchBookmarks: "true",
          resourceVersionMatch: "NotOlderThan",
        },
        { headers, events: 2 },
      ),
    ),
  ),
  testCase(
    "watch as table",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    get(configMaps, { watch: "true" }, { headers: table, events: 1 }),
  ),
  testCase(
    "watch as partial objects",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    get(configMaps, { watch: "true" }, { headers: partial, events: 1 }),
  ),
  ...printedOrder,
]);
