import { encodeKubernetesProtobuf } from "../../src/protobuf/kubernetes-protobuf.js";
import { del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, pod, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps, pods, secrets } = paths;
const protobufType = "application/vnd.kubernetes.protobuf";
const sent = { contentType: protobufType };
const answered = { headers: { accept: protobufType } };
/** As client-go asks for built-in types. */
const preferred = { headers: { accept: `${protobufType},application/json` } };
const both = { ...sent, ...answered };
type Encodable = Parameters<typeof encodeKubernetesProtobuf>[0];
const encoded = (object: object) => (): Uint8Array => encodeKubernetesProtobuf(object as Encodable);
const one = `${configMaps}/a`;
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "a" },
  type: "Opaque",
  data: { k: "dg==" },
  stringData: { l: "w" },
};
const lease = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "l" },
  spec: {
    holderIdentity: "me",
    leaseDurationSeconds: 15,
    renewTime: "2001-01-01T00:00:00.123456Z",
  },
};
const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "c" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};
const role = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "r" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
};
const job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j" },
  spec: {
    backoffLimit: 2,
    template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
  },
};
const event = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e" },
  involvedObject: { kind: "Pod", name: "p", namespace: "protobuf-event" },
  reason: "R",
  message: "m",
  type: "Normal",
  count: 1,
  firstTimestamp: "2001-01-01T00:00:00Z",
  lastTimestamp: "2001-01-01T00:00:00Z",
  source: { component: "c" },
};

export const protobuf = topic("protobuf", [
  testCase(
    "create, answered in JSON",
    post(configMaps, encoded(configMap("a", { k: "v" }, { labels: { x: "y" } })), sent),
  ),
  testCase(
    "create, answered in protobuf",
    post(configMaps, encoded(configMap("a", { k: "v" })), both),
  ),
  testCase("get", quiet(post(configMaps, configMap("a", { k: "v" }))), get(one, {}, answered)),
  testCase("list", quiet(post(configMaps, configMap("a"))), get(configMaps, {}, answered)),
  testCase("preferred to JSON", quiet(post(configMaps, configMap("a"))), get(one, {}, preferred)),
  testCase(
    "update",
    quiet(post(configMaps, configMap("a"))),
    put(one, encoded(configMap("a", { k: "v" })), both),
  ),
  testCase(
    "merge patch answered in protobuf",
    quiet(post(configMaps, configMap("a"))),
    patch("merge", one, { data: { k: "v" } }, answered),
  ),
  testCase(
    "delete answered in protobuf",
    quiet(post(configMaps, configMap("a"))),
    del(one, undefined, answered),
  ),
  testCase(
    "delete options",
    quiet(post(configMaps, configMap("a"))),
    del(
      one,
      encoded({ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" }),
      sent,
    ),
  ),
  testCase(
    "errors",
    get(one, {}, answered),
    post(configMaps, encoded(configMap("Not_Valid")), both),
  ),
  testCase("pod", post(pods, encoded(pod("a", { terminationGracePeriodSeconds: 5 })), sent)),
  testCase(
    "deployment",
    post(paths.deployments, encoded(deployment("a", { replicas: 2 })), sent),
    get(`${paths.deployments}/a`, {}, answered),
  ),
  testCase(
    "service",
    post(
      paths.services,
      encoded({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "a" },
        spec: {
          ports: [
            { port: 80, targetPort: "web", name: "x" },
            { port: 81, targetPort: 8080, name: "y" },
          ],
        },
      }),
      sent,
    ),
  ),
  testCase("secret", post(secrets, encoded(secret), sent), get(`${secrets}/a`, {}, answered)),
  testCase("lease", post(paths.leases, encoded(lease), both)),
  testCase("claim", post(paths.claims, encoded(claim), both)),
  testCase("role", post(paths.roles, encoded(role), both)),
  testCase("job", post(paths.jobs, encoded(job), sent)),
  testCase("event", post(paths.events, encoded(event), both)),
  testCase(
    "eviction",
    quiet(post(pods, pod("a"))),
    post(
      `${pods}/a/eviction`,
      encoded({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a" } }),
      sent,
    ),
  ),
  testCase(
    "custom resources have no such form",
    ...installed({}),
    quiet(post(widgetsPath, widget("a"))),
    get(`${widgetsPath}/a`, {}, answered),
    get(`${widgetsPath}/a`, {}, preferred),
  ),
  testCase(
    "table falls back",
    get(
      configMaps,
      {},
      { headers: { accept: `${protobufType};as=Table;v=v1;g=meta.k8s.io,application/json` } },
    ),
  ),
  testCase(
    "partial object metadata",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    get(
      one,
      {},
      { headers: { accept: `${protobufType};as=PartialObjectMetadata;v=v1;g=meta.k8s.io` } },
    ),
  ),
  testCase("discovery", get("/api/v1", {}, { ...preferred, select: () => "answered" })),
  testCase("foreign kind", post(configMaps, encoded(secret), sent)),
]);
