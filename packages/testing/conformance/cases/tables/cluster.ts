import type { ConformanceCase } from "../../case.js";
import { get, post, quiet, testCase } from "../../requests.js";
import { crd, paths } from "../../objects.js";
import {
  type Shown,
  headers,
  tableAt,
  created,
  listed,
  single,
  apis,
  clusterApis,
  named,
  withStatus,
  columnsAndCells,
  past,
  later,
} from "./shown.js";

const eventOf = (name: string, fields: object): Shown => ({
  object: {
    metadata: { name },
    involvedObject: {
      kind: "Pod",
      name: "p",
      namespace: "{ns}",
      fieldPath: "spec.containers{main}",
    },
    reason: "Pulled",
    type: "Normal",
    message: " all well\n",
    source: { component: "kubelet", host: "n1" },
    ...fields,
  },
});
const micro = "2001-01-01T00:00:00.000000Z";

export const clusterCases: readonly ConformanceCase[] = [
  listed(
    "events",
    paths.events,
    eventOf("a", { firstTimestamp: past, lastTimestamp: later, count: 4 }),
    eventOf("b", {
      firstTimestamp: past,
      lastTimestamp: null,
      source: {},
      reportingComponent: "example.com/c",
      reportingInstance: "c-1",
    }),
    eventOf("c", {
      eventTime: micro,
      series: { count: 7, lastObservedTime: micro },
      action: "Do",
      reportingComponent: "example.com/c",
      reportingInstance: "c-1",
    }),
    eventOf("d", {
      involvedObject: { kind: "Node", name: "n1", namespace: "{ns}" },
      source: { component: "kubelet" },
    }),
  ),
  testCase(
    "events by the newer group",
    ...created(
      paths.events,
      eventOf("a", { firstTimestamp: past, lastTimestamp: later, count: 4 }),
    ),
    tableAt(apis("events.k8s.io", "events")),
  ),
  listed(
    "leases",
    paths.leases,
    named("a", { spec: {} }),
    named("b", { spec: { holderIdentity: "me" } }),
  ),
  single("namespaces", paths.namespaces, named("{id}-x")),
  single(
    "nodes",
    paths.nodes,
    named(
      "{id}",
      {},
      {
        labels: {
          "node-role.kubernetes.io/worker": "",
          "node-role.kubernetes.io/edge": "",
          "kubernetes.io/role": "old",
        },
      },
    ),
    withStatus(
      { metadata: { name: "{id}-b" }, spec: { unschedulable: true } },
      {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [
          { type: "Hostname", address: "b" },
          { type: "InternalIP", address: "192.0.2.1" },
          { type: "ExternalIP", address: "192.0.2.2" },
        ],
        nodeInfo: {
          kubeletVersion: "v1.37.0",
          osImage: "Linux 1",
          kernelVersion: "6.1",
          containerRuntimeVersion: "containerd://2",
          architecture: "",
          bootID: "",
          kubeProxyVersion: "",
          machineID: "",
          operatingSystem: "",
          systemUUID: "",
        },
      },
    ),
    withStatus(
      { metadata: { name: "{id}-c" } },
      { conditions: [{ type: "Ready", status: "Unknown" }] },
    ),
  ),
  testCase(
    "custom resource definitions",
    quiet(
      post(
        paths.crds,
        crd(
          {},
          {
            names: { shortNames: ["wd", "wdg"] },
            spec: {
              versions: [
                {
                  name: "v1beta1",
                  served: true,
                  storage: false,
                  schema: { openAPIV3Schema: { type: "object" } },
                },
                {
                  name: "v1",
                  served: true,
                  storage: true,
                  schema: { openAPIV3Schema: { type: "object" } },
                },
              ],
            },
          },
        ),
      ),
    ),
    get(
      `${paths.crds}/widgets.{id}.example.com`,
      {},
      {
        headers,
        select: columnsAndCells,
        until: (body: never) =>
          (body as { rows: { cells: unknown[] }[] }).rows[0]?.cells.at(-1) === true,
      },
    ),
  ),
  testCase(
    "api services",
    quiet(
      post(clusterApis("apiregistration.k8s.io", "apiservices"), {
        metadata: { name: "v1.{id}.example.com" },
        spec: {
          group: "{id}.example.com",
          version: "v1",
          groupPriorityMinimum: 100,
          versionPriority: 10,
          insecureSkipTLSVerify: true,
          service: { namespace: "default", name: "none" },
        },
      }),
    ),
    get(
      `${clusterApis("apiregistration.k8s.io", "apiservices")}/v1.{id}.example.com`,
      {},
      {
        headers,
        // Whether it is available is found out after a while.
        select: ({ rows }: { rows: { cells: unknown[] }[] }) => rows[0]?.cells.slice(0, 2),
      },
    ),
  ),
  testCase(
    "api service of the server itself",
    tableAt(`${clusterApis("apiregistration.k8s.io", "apiservices")}/v1.apps`),
  ),
  single(
    "runtime classes",
    clusterApis("node.k8s.io", "runtimeclasses"),
    named("{id}", { handler: "kata" }),
  ),
  single(
    "webhooks",
    clusterApis("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    named("{id}", {}),
    named("{id}-b", {
      webhooks: [
        {
          name: "a.example.com",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          clientConfig: { url: "https://192.0.2.1/" },
        },
      ],
    }),
  ),
  single(
    "mutating webhooks",
    clusterApis("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    named("{id}", {}),
  ),
  single(
    "admission policies",
    clusterApis("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    named("{id}", {
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ["x.io"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["xs"] },
          ],
        },
        validations: [{ expression: "true" }, { expression: "1 == 1" }],
      },
    }),
    named("{id}-p", {
      spec: {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: {
          resourceRules: [
            { apiGroups: ["x.io"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["xs"] },
          ],
        },
        validations: [{ expression: "true" }],
      },
    }),
  ),
  single(
    "admission policy bindings",
    clusterApis("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    named("{id}", { spec: { policyName: "none", validationActions: ["Deny"] } }),
    named("{id}-p", {
      spec: {
        policyName: "none",
        validationActions: ["Deny"],
        paramRef: { name: "p", namespace: "x", parameterNotFoundAction: "Allow" },
      },
    }),
    named("{id}-s", {
      spec: {
        policyName: "none",
        validationActions: ["Deny"],
        paramRef: { selector: { matchLabels: { a: "b" } }, parameterNotFoundAction: "Allow" },
      },
    }),
    named("{id}-n", {
      spec: {
        policyName: "none",
        validationActions: ["Deny"],
        paramRef: { name: "p", parameterNotFoundAction: "Allow" },
      },
    }),
  ),
  single(
    "mutating admission policies",
    clusterApis("admissionregistration.k8s.io", "mutatingadmissionpolicies"),
    named("{id}", {
      spec: {
        reinvocationPolicy: "Never",
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            { apiGroups: ["x.io"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["xs"] },
          ],
        },
        mutations: [
          { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } },
        ],
      },
    }),
  ),
  single(
    "mutating admission policy bindings",
    clusterApis("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"),
    named("{id}", { spec: { policyName: "none" } }),
  ),
  testCase(
    "flow schemas in their order",
    get(
      clusterApis("flowcontrol.apiserver.k8s.io", "flowschemas"),
      {},
      {
        headers,
        select: ({ rows }: { rows: readonly { cells: readonly unknown[] }[] }) =>
          rows.map(({ cells }) => cells.slice(0, 3)),
      },
    ),
  ),
  testCase(
    "flow schemas",
    tableAt(`${clusterApis("flowcontrol.apiserver.k8s.io", "flowschemas")}/catch-all`),
    tableAt(`${clusterApis("flowcontrol.apiserver.k8s.io", "flowschemas")}/exempt`),
  ),
  testCase(
    "priority levels",
    tableAt(`${clusterApis("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")}/exempt`),
    tableAt(
      `${clusterApis("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")}/catch-all`,
    ),
    tableAt(
      `${clusterApis("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")}/global-default`,
    ),
  ),
  single(
    "storage version migrations",
    clusterApis("storagemigration.k8s.io", "storageversionmigrations"),
    named("{id}", { spec: { resource: { group: "apps", resource: "deployments" } } }),
  ),
];
