import { deployment, paths, pod, service } from "../objects.js";
import { clusterCase, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";

const endpoints = "/api/v1/namespaces/{ns}/endpoints";
const made = quiet(post(endpoints, { metadata: { name: "a" } }));
const answered = { select: () => "answered" };
/** The warnings are what is compared; nothing is left behind. */
const tried = { query: { dryRun: "All" }, ...answered };
const table = { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } };

export const deprecations = topic("deprecations", [
  testCase(
    "endpoints are written",
    post(endpoints, { metadata: { name: "a" } }, answered),
    put(`${endpoints}/a`, { metadata: { name: "a" } }, answered),
    patch("merge", `${endpoints}/a`, { metadata: { labels: { a: "b" } } }, answered),
    del(`${endpoints}/a`, undefined, answered),
  ),
  testCase(
    "endpoints are read",
    made,
    get(`${endpoints}/a`, {}, answered),
    get(endpoints, {}, answered),
    get("/api/v1/endpoints", {}, answered),
    get(endpoints, {}, { ...table, ...answered }),
  ),
  testCase(
    "endpoints are watched",
    made,
    get(endpoints, { watch: "true" }, { events: 1, ...answered }),
  ),
  testCase("endpoints are deleted together", made, del(endpoints, undefined, answered)),
  testCase(
    "endpoints that are not there",
    get(`${endpoints}/none`),
    post(endpoints, { metadata: {} }),
    post(endpoints, "{", { contentType: "application/json" }),
  ),
  testCase("endpoints by somebody without rights", get(endpoints, {}, { as: { user: "bob" } })),
  testCase(
    "endpoints and another warning",
    post(endpoints, { metadata: { name: "a" }, nope: 1 }, answered),
  ),
  testCase(
    "endpoint slices are not deprecated",
    get("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {}, answered),
  ),
  clusterCase(
    "component statuses",
    get(
      "/api/v1/componentstatuses",
      {},
      {
        select: ({
          kind,
          items,
        }: {
          kind: string;
          items: readonly { metadata: { name: string } }[];
        }) => [kind, items.map(({ metadata }) => metadata.name).toSorted()],
      },
    ),
    get("/api/v1/componentstatuses/none"),
    get(
      "/api/v1/componentstatuses/scheduler",
      {},
      {
        select: ({
          kind,
          metadata,
          conditions,
        }: {
          kind: string;
          metadata: { name: string };
          conditions: readonly { type: string; status: string }[];
        }) => [kind, metadata.name, conditions.map(({ type, status }) => [type, status])],
      },
    ),
  ),
  clusterCase(
    "component statuses as a table",
    get(
      "/api/v1/componentstatuses",
      {},
      {
        ...table,
        select: ({ rows }: { rows: readonly { cells: readonly string[] }[] }) =>
          rows.map(({ cells }) => cells.slice(0, 2).join(" ")).toSorted(),
      },
    ),
  ),
  testCase(
    "labels of nodes that are outdated",
    post(
      paths.pods,
      pod("a", {
        nodeSelector: { "beta.kubernetes.io/arch": "amd64" },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: "failure-domain.beta.kubernetes.io/zone", operator: "Exists" },
                    { key: "node-role.kubernetes.io/master", operator: "DoesNotExist" },
                  ],
                },
              ],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                preference: {
                  matchExpressions: [
                    { key: "beta.kubernetes.io/instance-type", operator: "In", values: ["a"] },
                  ],
                },
              },
            ],
          },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "failure-domain.beta.kubernetes.io/region",
            whenUnsatisfiable: "ScheduleAnyway",
          },
        ],
      }),
      tried,
    ),
  ),
  testCase(
    "volumes of plugins that are gone",
    post(
      paths.pods,
      pod("a", {
        volumes: [
          { name: "a", gitRepo: { repository: "https://example.com/a.git" } },
          { name: "b", glusterfs: { endpoints: "e", path: "/p" } },
          { name: "c", cephfs: { monitors: ["m"] } },
          { name: "d", rbd: { monitors: ["m"], image: "i" } },
          { name: "e", flocker: { datasetName: "d" } },
          { name: "f", photonPersistentDisk: { pdID: "p" } },
          { name: "g", quobyte: { registry: "r:1", volume: "v" } },
          {
            name: "h",
            scaleIO: { gateway: "g", system: "s", secretRef: { name: "s" }, volumeName: "v" },
          },
          { name: "i", storageos: { volumeName: "v" } },
        ],
      }),
      tried,
    ),
  ),
  testCase(
    "annotations of pods that have become fields",
    post(
      paths.pods,
      pod(
        "a",
        {},
        {
          annotations: {
            "scheduler.alpha.kubernetes.io/critical-pod": "",
            "security.alpha.kubernetes.io/sysctls": "a=b",
            "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
            "container.seccomp.security.alpha.kubernetes.io/main": "unconfined",
            "container.seccomp.security.alpha.kubernetes.io/other": "unconfined",
          },
        },
      ),
      tried,
    ),
    post(
      paths.pods,
      pod(
        "b",
        { securityContext: { seccompProfile: { type: "Unconfined" } } },
        { annotations: { "seccomp.security.alpha.kubernetes.io/pod": "unconfined" } },
      ),
      tried,
    ),
  ),
  testCase(
    "templates of pods",
    post(
      paths.deployments,
      deployment("a", {
        template: {
          metadata: {
            labels: { app: "a" },
            annotations: {
              "container.apparmor.security.beta.kubernetes.io/main": "unconfined",
            },
          },
          spec: {
            containers: [{ name: "main", image: "a" }],
            nodeSelector: { "beta.kubernetes.io/os": "linux" },
            volumes: [{ name: "a", gitRepo: { repository: "https://example.com/a.git" } }],
          },
        },
      }),
      tried,
    ),
  ),
  testCase(
    "claims that name their class by annotation",
    post(
      paths.claims,
      {
        metadata: { name: "a", annotations: { "volume.beta.kubernetes.io/storage-class": "a" } },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
      tried,
    ),
    post(
      paths.claims,
      {
        metadata: { name: "a" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1500m" } } },
      },
      tried,
    ),
  ),
  clusterCase(
    "volumes",
    ...[
      {
        annotations: { "volume.beta.kubernetes.io/storage-class": "a" },
        persistentVolumeReclaimPolicy: "Recycle",
        hostPath: { path: "/a" },
      },
      {
        annotations: { "volume.beta.kubernetes.io/mount-options": "ro" },
        nfs: { server: "a", path: "/a" },
      },
      {
        hostPath: { path: "/a" },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "beta.kubernetes.io/os", operator: "Exists" }] },
            ],
          },
        },
      },
    ].map(({ annotations = {}, ...source }) =>
      post(
        paths.volumes,
        {
          metadata: { name: "{id}-a", annotations },
          spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source },
        },
        tried,
      ),
    ),
    ...[
      { cephfs: { monitors: ["m"] } },
      { photonPersistentDisk: { pdID: "p" } },
      { scaleIO: { gateway: "g", system: "s", secretRef: { name: "s" }, volumeName: "v" } },
      { storageos: { volumeName: "v" } },
      { glusterfs: { endpoints: "e", path: "/p" } },
      { rbd: { monitors: ["m"], image: "i" } },
    ].map((source) =>
      post(
        paths.volumes,
        {
          metadata: { name: "{id}-b" },
          spec: { capacity: { storage: "1500m" }, accessModes: ["ReadWriteOnce"], ...source },
        },
        tried,
      ),
    ),
  ),
  clusterCase(
    "storage classes and runtime classes",
    post(
      paths.storageClasses,
      {
        metadata: { name: "{id}" },
        provisioner: "example.com/a",
        allowedTopologies: [
          {
            matchLabelExpressions: [
              { key: "failure-domain.beta.kubernetes.io/zone", values: ["a"] },
              { key: "topology.kubernetes.io/region", values: ["a"] },
            ],
          },
        ],
      },
      tried,
    ),
    post(
      "/apis/node.k8s.io/v1/runtimeclasses",
      {
        metadata: { name: "{id}" },
        handler: "a",
        scheduling: { nodeSelector: { "beta.kubernetes.io/arch": "amd64" } },
      },
      tried,
    ),
  ),
  testCase(
    "services",
    post(paths.services, service("a", { externalIPs: ["10.1.2.3"] }), tried),
    post(paths.services, service("a", { trafficDistribution: "PreferClose" }), tried),
    post(
      paths.services,
      {
        ...service("a"),
        metadata: {
          name: "a",
          annotations: { "service.kubernetes.io/topology-aware-hints": "auto" },
        },
      },
      tried,
    ),
    post(
      paths.services,
      service("a", {
        clusterIP: "None",
        loadBalancerIP: "10.1.2.3",
        externalIPs: ["10.1.2.3"],
        sessionAffinity: "ClientIP",
      }),
      tried,
    ),
    post(
      paths.services,
      service("a", {
        type: "ExternalName",
        externalName: "a.example.com",
        externalIPs: ["10.1.2.3"],
      }),
      tried,
    ),
  ),
  clusterCase(
    "nodes",
    post(
      paths.nodes,
      { metadata: { name: "{id}" }, spec: { externalID: "a", configSource: {} } },
      tried,
    ),
    post(paths.nodes, { metadata: { name: "{id}" }, spec: { externalID: "a" } }, tried),
  ),
  testCase(
    "ingresses that name their class by annotation",
    post(
      "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
      {
        metadata: { name: "a", annotations: { "kubernetes.io/ingress.class": "a" } },
        spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
      },
      tried,
    ),
  ),
  testCase(
    "changes are warned of too",
    quiet(post(paths.services, service("a"))),
    patch("merge", `${paths.services}/a`, { spec: { externalIPs: ["10.1.2.3"] } }, tried),
    quiet(post(paths.deployments, deployment("a"))),
    patch(
      "strategic",
      `${paths.deployments}/a`,
      { spec: { template: { spec: { nodeSelector: { "beta.kubernetes.io/os": "linux" } } } } },
      tried,
    ),
    quiet(post(paths.pods, pod("a"))),
    patch(
      "merge",
      `${paths.pods}/a`,
      { metadata: { annotations: { "scheduler.alpha.kubernetes.io/critical-pod": "" } } },
      tried,
    ),
  ),
]);
