/** Paths and small valid objects of the built-in types that cases use. */
export const paths = {
  configMaps: "/api/v1/namespaces/{ns}/configmaps",
  secrets: "/api/v1/namespaces/{ns}/secrets",
  pods: "/api/v1/namespaces/{ns}/pods",
  services: "/api/v1/namespaces/{ns}/services",
  serviceAccounts: "/api/v1/namespaces/{ns}/serviceaccounts",
  claims: "/api/v1/namespaces/{ns}/persistentvolumeclaims",
  events: "/api/v1/namespaces/{ns}/events",
  volumes: "/api/v1/persistentvolumes",
  nodes: "/api/v1/nodes",
  namespaces: "/api/v1/namespaces",
  deployments: "/apis/apps/v1/namespaces/{ns}/deployments",
  jobs: "/apis/batch/v1/namespaces/{ns}/jobs",
  leases: "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
  roles: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
  roleBindings: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
  clusterRoles: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  clusterRoleBindings: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  storageClasses: "/apis/storage.k8s.io/v1/storageclasses",
  crds: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
} as const;

type Metadata = Readonly<Record<string, unknown>>;

export const configMap = (name: string, data: object = {}, metadata: Metadata = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});

export const pod = (name: string, spec: object = {}, metadata: Metadata = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: { containers: [{ name: "main", image: "busybox:1" }], ...spec },
});

export const deployment = (name: string, spec: object = {}, metadata: Metadata = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, ...metadata },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "busybox:1" }] },
    },
    ...spec,
  },
});

export const service = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});

/** A CRD `<plural>.{id}.example.com` whose group belongs to the case. */
export const crd = (
  schema: object,
  options: { readonly version?: object; readonly spec?: object; readonly names?: object } = {},
) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.{id}.example.com" },
  spec: {
    group: "{id}.example.com",
    scope: "Namespaced",
    names: {
      plural: "widgets",
      singular: "widget",
      kind: "Widget",
      listKind: "WidgetList",
      ...options.names,
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", ...schema } },
        ...options.version,
      },
    ],
    ...options.spec,
  },
});

export const widgetsPath = "/apis/{id}.example.com/v1/namespaces/{ns}/widgets";
export const crdPath = `${paths.crds}/widgets.{id}.example.com`;

export const widget = (name: string, fields: object = {}, metadata: Metadata = {}) => ({
  apiVersion: "{id}.example.com/v1",
  kind: "Widget",
  metadata: { name, ...metadata },
  ...fields,
});
