import { clusterCase, del, get, post, quiet, testCase, topic } from "../requests.js";
import { crd, crdPath, paths, service } from "../objects.js";
import { installed } from "../crd-steps.js";

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string };
  }[];
}

const names = ({ items }: Listed): unknown =>
  items.map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`);
/** Other cases run on the same server: only what a fresh one has counts. */
const namesIn =
  (...namespaces: readonly string[]) =>
  ({ items }: Listed): unknown =>
    names({ items: items.filter(({ metadata }) => namespaces.includes(metadata.namespace ?? "")) });
const namesOfRoles = ({ items }: Listed): unknown =>
  names({
    items: items.filter(({ metadata: { name } }) =>
      /^(system:|cluster-admin$|admin$|edit$|view$)/.test(name),
    ),
  });
/** Address and port of the server itself. */
const withoutAddress = (body: object): unknown =>
  JSON.parse(
    JSON.stringify(body, (key, value: unknown) =>
      key === "ip" || key === "addresses" || key === "targetPort" || value === 443 || key === "port"
        ? typeof value
        : value,
    ),
  );

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const apiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
const flow = "/apis/flowcontrol.apiserver.k8s.io/v1";
const ipAddresses = "/apis/networking.k8s.io/v1/ipaddresses";
interface Addresses {
  readonly items: readonly {
    readonly metadata: { readonly labels: object };
    readonly spec: object;
  }[];
}
const addresses = ({ items }: Addresses): unknown =>
  items.map(({ metadata: { labels }, spec }) => ({ labels, spec }));
const bob = { as: { user: "bob" } } as const;

const review = (attributes: object) =>
  post(
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: attributes },
    },
    bob,
  );

export const bootstrap = topic("bootstrap", [
  clusterCase(
    "namespaces",
    ...["default", "kube-system", "kube-public", "kube-node-lease"].map((name) =>
      get(`${paths.namespaces}/${name}`),
    ),
  ),
  clusterCase(
    "the server's own service",
    get("/api/v1/namespaces/default/services/kubernetes", {}, { select: withoutAddress }),
    get("/api/v1/namespaces/default/endpoints/kubernetes", {}, { select: withoutAddress }),
    get(
      "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
      {},
      { select: withoutAddress },
    ),
    get("/apis/networking.k8s.io/v1/ipaddresses/10.0.0.1"),
    get("/apis/networking.k8s.io/v1/servicecidrs/kubernetes"),
  ),
  testCase(
    "address of a new service",
    quiet(post(paths.services, service("a"), { capture: { ip: "spec.clusterIP" } })),
    get(ipAddresses, { fieldSelector: "metadata.name={ip}" }, { select: addresses }),
    quiet(del(`${paths.services}/a`)),
    get(ipAddresses, { fieldSelector: "metadata.name={ip}" }, { select: addresses }),
  ),
  clusterCase("its services", get("/api/v1/namespaces/default/services", {}, { select: names })),
  clusterCase(
    "priority classes",
    get("/apis/scheduling.k8s.io/v1/priorityclasses/system-cluster-critical"),
    get("/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical"),
  ),
  clusterCase(
    "api services",
    get(`${apiServices}/v1.`),
    get(`${apiServices}/v2.autoscaling`),
    get(
      apiServices,
      {},
      {
        select: ({ items }: { items: readonly { metadata: { name: string }; spec: object }[] }) =>
          items
            .filter(({ metadata }) => !metadata.name.endsWith("example.com"))
            .map(({ metadata, spec }) => [metadata.name, spec]),
      },
    ),
  ),
  testCase(
    "api services of a CRD",
    ...installed({}),
    get(
      `${apiServices}/v1.{id}.example.com`,
      {},
      { until: (_body: never, status: number) => status === 200 },
    ),
    quiet(del(crdPath)),
    get(
      `${apiServices}/v1.{id}.example.com`,
      {},
      { until: (_body: never, status: number) => status === 404 },
    ),
  ),
  testCase(
    "api services of a CRD of two versions",
    quiet(
      post(
        paths.crds,
        crd(
          {},
          {
            spec: {
              versions: ["v1beta1", "v1"].map((name) => ({
                name,
                served: true,
                storage: name === "v1",
                schema: { openAPIV3Schema: { type: "object" } },
              })),
            },
          },
        ),
      ),
    ),
    get(
      `${apiServices}/v1beta1.{id}.example.com`,
      {},
      {
        until: (_body: never, status: number) => status === 200,
        select: ({ spec }: { spec: unknown }) => spec,
      },
    ),
    get(
      `${apiServices}/v1.{id}.example.com`,
      {},
      {
        until: (_body: never, status: number) => status === 200,
        select: ({ spec }: { spec: unknown }) => spec,
      },
    ),
  ),
  clusterCase(
    "flow schemas",
    get(`${flow}/flowschemas/global-default`),
    get(`${flow}/flowschemas`, {}, { select: names }),
  ),
  clusterCase(
    "priority levels",
    get(`${flow}/prioritylevelconfigurations/workload-low`),
    get(`${flow}/prioritylevelconfigurations`, {}, { select: names }),
  ),
  clusterCase(
    "config maps",
    get("/api/v1/namespaces/kube-system/configmaps", {}, { select: names }),
    get(
      "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
      {},
      {
        select: ({ data, metadata }: { data: object; metadata: object }) => [
          Object.keys(data),
          Object.keys(metadata).toSorted(),
        ],
      },
    ),
  ),
  clusterCase(
    "identity lease",
    get(
      "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
      {},
      {
        select: ({
          items,
        }: {
          items: readonly { metadata: { name: string; labels: object }; spec: object }[];
        }) =>
          items.map(({ metadata, spec }) => [
            metadata.name.replace(/-[a-z2-7]{26}$/, "-<hash>"),
            Object.keys(metadata.labels),
            Object.keys(spec),
          ]),
      },
    ),
  ),
  clusterCase(
    "service accounts",
    get("/api/v1/serviceaccounts", {}, { select: namesIn("default", "kube-system") }),
    get("/api/v1/secrets", {}, { select: namesIn("default", "kube-system") }),
  ),
  clusterCase(
    "roles",
    get(`${rbac}/clusterroles`, {}, { select: namesOfRoles }),
    get(`${rbac}/clusterrolebindings`, {}, { select: namesOfRoles }),
    get(`${rbac}/roles`, {}, { select: namesIn("kube-system", "kube-public") }),
    get(`${rbac}/rolebindings`, {}, { select: namesIn("kube-system", "kube-public") }),
  ),
  clusterCase(
    "a role and its binding",
    get(`${rbac}/clusterroles/system:basic-user`),
    get(`${rbac}/clusterrolebindings/cluster-admin`),
    get(`${rbac}/namespaces/kube-system/roles/extension-apiserver-authentication-reader`),
  ),
  testCase(
    "somebody without rights",
    review({ verb: "get", resource: "pods", namespace: "{ns}" }),
    get(paths.pods, {}, bob),
    get("/api/v1/namespaces/default/services/kubernetes", {}, bob),
    get("/version", {}, { ...bob, select: () => "answered" }),
  ),
  testCase(
    "somebody who is bound in a namespace",
    quiet(
      post(paths.roleBindings, {
        metadata: { name: "b" },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: "cluster-admin",
        },
        subjects: [{ kind: "User", name: "{id}", apiGroup: "rbac.authorization.k8s.io" }],
      }),
    ),
    get(
      paths.pods,
      {},
      {
        as: { user: "{id}" },
        until: (_body: never, status: number) => status === 200,
        select: names,
      },
    ),
    get("/api/v1/pods", {}, { as: { user: "{id}" } }),
  ),
]);
