import type { ConformanceCase } from "../../case.js";
import { get, post, quiet, testCase } from "../../requests.js";
import { paths, service } from "../../objects.js";
import {
  headers,
  tableAt,
  created,
  listed,
  single,
  apis,
  clusterApis,
  named,
  withStatus,
} from "./shown.js";

export const networkCases: readonly ConformanceCase[] = [
  listed(
    "services",
    paths.services,
    {
      object: service("a", {
        selector: { b: "2", a: "1" },
        ports: [
          { name: "http", port: 80 },
          { name: "dns", port: 53, protocol: "UDP" },
        ],
      }),
    },
    { object: service("b", { type: "ExternalName", externalName: "example.com", ports: [] }) },
    { object: service("c", { externalIPs: ["192.0.2.1", "192.0.2.2"] }) },
    { object: service("d", { clusterIP: "None" }) },
    { object: service("e", { clusterIP: "None", ports: [], selector: { a: "1" } }) },
  ),
  testCase(
    "services with a balancer",
    ...created(paths.services, {
      object: service("a", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false }),
    }),
    ...created(
      paths.services,
      withStatus(
        service("b", {
          type: "LoadBalancer",
          allocateLoadBalancerNodePorts: false,
          externalIPs: ["192.0.2.9"],
        }),
        {
          loadBalancer: {
            ingress: [{ ip: "192.0.2.2" }, { hostname: "example.com" }, { ip: "192.0.2.1" }],
          },
        },
      ),
    ),
    tableAt(paths.services),
  ),
  testCase(
    "service with a node port",
    quiet(post(paths.services, service("a", { type: "NodePort" }))),
    get(
      paths.services,
      {},
      {
        headers,
        select: ({ rows }: { rows: readonly { cells: readonly string[] }[] }) =>
          rows.map(({ cells }) => cells[4]?.replace(/:3\d{4}\//, ":<port>/")),
      },
    ),
  ),
  listed(
    "endpoints",
    "/api/v1/namespaces/{ns}/endpoints",
    named("a"),
    named("b", {
      subsets: [
        {
          addresses: [{ ip: "10.2.0.1" }, { ip: "10.2.0.2" }],
          ports: [
            { port: 80, name: "a" },
            { port: 443, name: "b" },
          ],
        },
      ],
    }),
    named("c", { subsets: [{ addresses: [{ ip: "10.2.0.1" }] }] }),
    named("d", {
      subsets: [
        {
          addresses: [{ ip: "10.2.0.1" }],
          notReadyAddresses: [{ ip: "10.2.0.7" }],
          ports: [{ port: 80 }],
        },
        { addresses: [{ ip: "fd00::1" }], ports: [{ port: 90 }] },
      ],
    }),
  ),
  listed(
    "endpoint slices",
    apis("discovery.k8s.io", "endpointslices"),
    named("a", { addressType: "IPv4", endpoints: [] }),
    named("b", {
      addressType: "IPv4",
      ports: [
        { port: 80, name: "a" },
        { port: 443, name: "b" },
      ],
      endpoints: [{ addresses: ["10.2.0.1"] }, { addresses: ["10.2.0.2"] }],
    }),
    named("c", {
      addressType: "IPv6",
      ports: [1, 2, 3, 4].map((port) => ({ port, name: `p${port}` })),
      endpoints: [1, 2, 3, 4, 5].map((last) => ({ addresses: [`fd00::${last}`] })),
    }),
    named("d", {
      addressType: "IPv4",
      ports: [{ name: "any" }],
      endpoints: [{ addresses: ["10.2.0.1"] }],
    }),
  ),
  listed(
    "ingresses",
    apis("networking.k8s.io", "ingresses"),
    named("a", { spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } }),
    withStatus(
      {
        metadata: { name: "b" },
        spec: {
          ingressClassName: "nginx",
          tls: [{ hosts: ["a.example.com"] }],
          defaultBackend: { service: { name: "s", port: { number: 80 } } },
          rules: ["a", "b", "c", "d"].map((host) => ({ host: `${host}.example.com` })),
        },
      },
      { loadBalancer: { ingress: [{ ip: "192.0.2.2" }, { hostname: "lb.example.com" }] } },
    ),
    named(
      "c",
      {
        spec: {
          rules: [{ host: "a.example.com" }, {}],
          defaultBackend: { service: { name: "s", port: { number: 80 } } },
        },
      },
      { annotations: { "kubernetes.io/ingress.class": "old" } },
    ),
  ),
  single(
    "ingress classes",
    clusterApis("networking.k8s.io", "ingressclasses"),
    named("{id}", { spec: { controller: "example.com/c" } }),
    named("{id}-p", {
      spec: {
        controller: "example.com/c",
        parameters: { apiGroup: "example.com", kind: "Params", name: "p", scope: "Cluster" },
      },
    }),
    named("{id}-core", {
      spec: {
        controller: "example.com/c",
        parameters: { kind: "ConfigMap", name: "p", namespace: "x", scope: "Namespace" },
      },
    }),
  ),
  listed(
    "network policies",
    apis("networking.k8s.io", "networkpolicies"),
    named("a", { spec: { podSelector: {} } }),
    named("b", {
      spec: {
        podSelector: {
          matchLabels: { app: "x" },
          matchExpressions: [{ key: "b", operator: "Exists" }],
        },
      },
    }),
  ),
  single(
    "service ranges and addresses",
    clusterApis("networking.k8s.io", "servicecidrs"),
    named("{id}", { spec: { cidrs: ["10.77.0.0/24"] } }),
  ),
  testCase(
    "address of a service",
    quiet(
      post(clusterApis("networking.k8s.io", "ipaddresses"), {
        metadata: { name: "10.77.1.1" },
        spec: { parentRef: { resource: "services", namespace: "{ns}", name: "s" } },
      }),
    ),
    tableAt(`${clusterApis("networking.k8s.io", "ipaddresses")}/10.77.1.1`),
  ),
];
