import type { Step } from "../case.js";
import { clusterCase, del, get, post, quiet, testCase, topic } from "../requests.js";
import { configMap, paths, pod } from "../objects.js";

const { configMaps, pods } = paths;
const five: readonly Step[] = ["a", "b", "c", "d", "e"].map((name, index) =>
  quiet(
    post(
      configMaps,
      configMap(name, {}, { labels: { name, parity: index % 2 === 0 ? "even" : "odd" } }),
    ),
  ),
);
interface List {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
  readonly metadata: object;
}
const names = ({ items, metadata }: List): unknown => ({
  names: items.map((item) => item.metadata.name),
  metadata,
});
const list = (query: Step["query"] = {}, extra: Partial<Step> = {}): Step =>
  get(configMaps, query, { select: names, ...extra });
const whole = (query: Step["query"] = {}): Step => get(configMaps, query);

/** Why a list is refused; of one that is not, that it is there. */
const told = ({ message }: { readonly message?: string }): string => message ?? "selected";

export const lists = topic("lists", [
  testCase("empty list", whole()),
  testCase(
    "list in a missing namespace",
    get("/api/v1/namespaces/none/configmaps", {}, { select: names }),
  ),
  testCase(
    "items have neither kind nor apiVersion",
    quiet(post(configMaps, configMap("a"))),
    whole(),
  ),
  testCase(
    "list by name order",
    quiet(post(configMaps, configMap("b"))),
    quiet(post(configMaps, configMap("a"))),
    quiet(post(configMaps, configMap("a-1"))),
    list(),
  ),
  testCase(
    "pages",
    ...five,
    list({ limit: "2" }, { capture: { token: "metadata.continue" } }),
    list({ limit: "2", continue: "{token}" }, { capture: { token: "metadata.continue" } }),
    list({ limit: "2", continue: "{token}" }),
  ),
  testCase(
    "pages are one snapshot",
    ...five,
    list({ limit: "2" }, { capture: { token: "metadata.continue" } }),
    quiet(del(`${configMaps}/c`)),
    quiet(post(configMaps, configMap("f"))),
    list({ limit: "10", continue: "{token}" }),
    list(),
  ),
  testCase("page of exactly all", ...five, list({ limit: "5" })),
  testCase("limit zero", ...five, list({ limit: "0" })),
  testCase("limit that is no number", whole({ limit: "x" })),
  testCase("negative limit", whole({ limit: "-1" })),
  testCase("broken continue token", whole({ limit: "1", continue: "nonsense" })),
  testCase(
    "continue with resourceVersion",
    ...five,
    list({ limit: "1" }, { capture: { token: "metadata.continue" } }),
    whole({ limit: "1", continue: "{token}", resourceVersion: "5" }),
  ),
  testCase(
    "pages with a label selector",
    ...five,
    list({ limit: "2", labelSelector: "parity=even" }, { capture: { token: "metadata.continue" } }),
    list({ limit: "2", labelSelector: "parity=even", continue: "{token}" }),
  ),
  testCase(
    "label equality",
    ...five,
    list({ labelSelector: "name=a" }),
    list({ labelSelector: "name==b" }),
    list({ labelSelector: "name!=a" }),
  ),
  testCase(
    "label sets",
    ...five,
    list({ labelSelector: "name in (a,b)" }),
    list({ labelSelector: "name notin (a, b)" }),
  ),
  testCase(
    "label existence",
    ...five,
    quiet(post(configMaps, configMap("bare"))),
    list({ labelSelector: "name" }),
    list({ labelSelector: "!name" }),
  ),
  testCase("label conjunction", ...five, list({ labelSelector: "parity=even,name!=a" })),
  testCase(
    "label comparison",
    quiet(post(configMaps, configMap("a", {}, { labels: { n: "5" } }))),
    list({ labelSelector: "n>4" }),
    list({ labelSelector: "n<4" }),
  ),
  testCase(
    "broken label selector",
    whole({ labelSelector: "a in" }),
    whole({ labelSelector: "a=b=c" }),
    whole({ labelSelector: "!!x" }),
  ),
  testCase("label selector with a wrong value", whole({ labelSelector: "a=not valid!" })),
  testCase(
    "field selector on name",
    ...five,
    list({ fieldSelector: "metadata.name=b" }),
    list({ fieldSelector: "metadata.name!=b" }),
  ),
  testCase(
    "field selector on namespace",
    ...five,
    list({ fieldSelector: "metadata.namespace={ns}" }),
    list({ fieldSelector: "metadata.namespace=other" }),
  ),
  testCase("unknown field selector", whole({ fieldSelector: "data.k=v" })),
  testCase("broken field selector", whole({ fieldSelector: "metadata.name" })),
  testCase(
    "field selectors of pods",
    quiet(post(pods, pod("a", { nodeName: "n1" }))),
    quiet(post(pods, pod("b"))),
    get(pods, { fieldSelector: "spec.nodeName=n1" }, { select: names }),
    get(pods, { fieldSelector: "status.phase=Pending,spec.nodeName=" }, { select: names }),
    get(pods, { fieldSelector: "spec.nope=x" }),
  ),
  testCase(
    "field selectors of events",
    quiet(
      post(paths.events, {
        metadata: { name: "e1" },
        involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
        reason: "R",
        type: "Normal",
      }),
    ),
    get(paths.events, { fieldSelector: "involvedObject.name=p,reason=R" }, { select: names }),
    get(paths.events, { fieldSelector: "involvedObject.name=q" }, { select: names }),
  ),
  testCase(
    "field selectors of secrets",
    quiet(post(paths.secrets, { metadata: { name: "s" }, type: "example.com/x" })),
    get(paths.secrets, { fieldSelector: "type=example.com/x" }, { select: names }),
    get(paths.secrets, { fieldSelector: "type=Opaque" }, { select: names }),
  ),
  ...[
    "api/v1/pods api/v1/nodes api/v1/namespaces api/v1/secrets api/v1/services api/v1/events",
    "api/v1/replicationcontrollers api/v1/configmaps api/v1/persistentvolumes apis/batch/v1/jobs",
    "apis/apps/v1/replicasets apis/events.k8s.io/v1/events apis/coordination.k8s.io/v1/leases",
    "apis/certificates.k8s.io/v1/certificatesigningrequests apis/certificates.k8s.io/v1/clustertrustbundles",
    "apis/certificates.k8s.io/v1/podcertificaterequests apis/resource.k8s.io/v1/resourceslices",
  ].map((some, index) =>
    testCase(
      `which fields select, ${index + 1}`,
      ...some
        .split(" ")
        .flatMap((path) =>
          ["metadata.name=x", "metadata.namespace=x", "spec.nope=x"].map((fieldSelector) =>
            get(`/${path}`, { fieldSelector }, { select: told }),
          ),
        ),
    ),
  ),
  testCase(
    "signers and nodes as selectors",
    ...[
      ["certificates.k8s.io/v1/clustertrustbundles", "spec.signerName=x"],
      ["certificates.k8s.io/v1/podcertificaterequests", "spec.podName=x,spec.nodeName=y"],
      ["resource.k8s.io/v1/resourceslices", "spec.driver=x,spec.nodeName=y,spec.pool.name=z"],
    ].map(([path, fieldSelector = ""]) =>
      get(`/apis/${path}`, { fieldSelector }, { select: told }),
    ),
  ),
  testCase(
    "resourceVersion zero",
    ...five,
    list({ resourceVersion: "0" }, { until: (body: List) => body.items.length === 5 }),
  ),
  testCase(
    "not older than",
    ...five,
    get(`${configMaps}/e`, {}, { capture: { rv: "metadata.resourceVersion" }, quiet: true }),
    list({ resourceVersion: "{rv}", resourceVersionMatch: "NotOlderThan" }),
  ),
  testCase(
    "exact",
    quiet(post(configMaps, configMap("a"), { capture: { rv: "metadata.resourceVersion" } })),
    quiet(post(configMaps, configMap("b"))),
    list({ resourceVersion: "{rv}", resourceVersionMatch: "Exact" }),
  ),
  testCase(
    "exact needs a version",
    whole({ resourceVersionMatch: "Exact" }),
    whole({ resourceVersion: "0", resourceVersionMatch: "Exact" }),
  ),
  testCase("unknown match", whole({ resourceVersion: "1", resourceVersionMatch: "Nearly" })),
  testCase("broken resourceVersion", whole({ resourceVersion: "x" })),
  testCase(
    "resourceVersion from the future",
    whole({ resourceVersion: "999999999", timeoutSeconds: "1" }),
  ),
  testCase(
    "get with a resourceVersion",
    quiet(post(configMaps, configMap("a"), { capture: { rv: "metadata.resourceVersion" } })),
    get(`${configMaps}/a`, { resourceVersion: "{rv}" }),
    get(`${configMaps}/a`, { resourceVersion: "x" }),
  ),
  testCase(
    "remaining item count",
    ...five,
    get(configMaps, { limit: "1" }, { select: ({ metadata }: List) => metadata }),
  ),
  testCase(
    "all namespaces with a selector",
    quiet(post(configMaps, configMap("a", {}, { labels: { only: "{ns}" } }))),
    get("/api/v1/configmaps", { labelSelector: "only={ns}" }, { select: names }),
  ),
  clusterCase(
    "a namespace by field selector",
    get(
      paths.namespaces,
      { fieldSelector: "metadata.name=default,status.phase=Active" },
      { select: names },
    ),
  ),
  testCase("sendInitialEvents is for watches", whole({ sendInitialEvents: "true" })),
]);
