import type { Step } from "../case.js";
import { del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, crdPath, paths, pod, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps } = paths;
const watch = (query: Step["query"], events: number, extra: Partial<Step> = {}): Step =>
  get(configMaps, { watch: "true", ...query }, { events, ...extra });
const first = quiet(
  post(configMaps, configMap("first"), { capture: { rv: "metadata.resourceVersion" } }),
);
const change = (name: string, metadata: object): Step =>
  quiet(patch("merge", `${configMaps}/${name}`, { metadata }));
/** A server that has nothing to say ends the watch after a second. */
const short = { timeoutSeconds: "1" };

interface Event {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name?: string; readonly annotations?: object };
  };
}
const outline = (events: readonly Event[]): unknown =>
  events.map(({ type, object }) => [
    type,
    object.kind,
    object.metadata.name,
    object.metadata.annotations,
  ]);

export const watching = topic("watch", [
  testCase(
    "from a resourceVersion",
    first,
    quiet(post(configMaps, configMap("a"))),
    quiet(put(`${configMaps}/a`, configMap("a", { k: "v" }))),
    quiet(del(`${configMaps}/a`)),
    watch({ resourceVersion: "{rv}" }, 3),
  ),
  testCase("from zero", first, watch({ resourceVersion: "0" }, 1)),
  testCase("without a resourceVersion", first, watch({}, 1)),
  testCase(
    "changes while it is open",
    first,
    watch({ resourceVersion: "{rv}" }, 3, {
      during: [
        quiet(post(configMaps, configMap("a"))),
        quiet(put(`${configMaps}/a`, configMap("a", { k: "v" }))),
        quiet(del(`${configMaps}/a`)),
      ],
    }),
  ),
  testCase("ends by its timeout", first, watch({ resourceVersion: "{rv}", ...short }, 99)),
  testCase(
    "of one object by field selector",
    first,
    quiet(post(configMaps, configMap("a"))),
    quiet(post(configMaps, configMap("b"))),
    quiet(put(`${configMaps}/a`, configMap("a", { k: "v" }))),
    watch({ resourceVersion: "{rv}", fieldSelector: "metadata.name=a" }, 2),
  ),
  testCase(
    "by the deprecated path",
    first,
    quiet(post(configMaps, configMap("a"))),
    get("/api/v1/watch/namespaces/{ns}/configmaps", { resourceVersion: "{rv}" }, { events: 1 }),
  ),
  testCase(
    "objects that enter and leave a label selector",
    first,
    quiet(post(configMaps, configMap("a"))),
    change("a", { labels: { on: "yes" } }),
    change("a", { annotations: { x: "y" } }),
    change("a", { labels: { on: "no" } }),
    watch({ resourceVersion: "{rv}", labelSelector: "on=yes" }, 3),
  ),
  testCase(
    "deletion of a selected object",
    first,
    quiet(post(configMaps, configMap("a", {}, { labels: { on: "yes" } }))),
    quiet(del(`${configMaps}/a`)),
    watch({ resourceVersion: "{rv}", labelSelector: "on=yes" }, 2),
  ),
  testCase(
    "deletion with a finalizer",
    first,
    quiet(post(configMaps, configMap("a", {}, { finalizers: ["example.com/hold"] }))),
    quiet(del(`${configMaps}/a`)),
    change("a", { finalizers: null }),
    watch({ resourceVersion: "{rv}" }, 3),
  ),
  testCase(
    "other namespaces stay out",
    first,
    quiet(post("/api/v1/namespaces/default/configmaps", configMap("{id}"))),
    quiet(post(configMaps, configMap("a"))),
    watch({ resourceVersion: "{rv}" }, 1),
  ),
  testCase(
    "of all namespaces",
    first,
    quiet(post(configMaps, configMap("{id}"))),
    get(
      "/api/v1/configmaps",
      { watch: "true", resourceVersion: "{rv}", fieldSelector: "metadata.name={id}" },
      { events: 1 },
    ),
  ),
  testCase(
    "an update without a change is no event",
    first,
    quiet(put(`${configMaps}/first`, configMap("first"))),
    quiet(post(configMaps, configMap("z"))),
    watch({ resourceVersion: "{rv}" }, 1),
  ),
  testCase(
    "initial events",
    first,
    quiet(post(configMaps, configMap("second"))),
    watch(
      {
        sendInitialEvents: "true",
        allowWatchBookmarks: "true",
        resourceVersionMatch: "NotOlderThan",
      },
      3,
    ),
  ),
  testCase(
    "initial events of nothing",
    watch(
      {
        sendInitialEvents: "true",
        allowWatchBookmarks: "true",
        resourceVersionMatch: "NotOlderThan",
      },
      1,
    ),
  ),
  testCase(
    "initial events without bookmarks",
    first,
    watch({ sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }, 1),
  ),
  testCase(
    "initial events go on as a watch",
    first,
    watch(
      {
        sendInitialEvents: "true",
        allowWatchBookmarks: "true",
        resourceVersionMatch: "NotOlderThan",
      },
      3,
      { during: [quiet(post(configMaps, configMap("later")))], select: outline },
    ),
  ),
  testCase(
    "initial events with a selector",
    first,
    quiet(post(configMaps, configMap("x", {}, { labels: { on: "yes" } }))),
    watch(
      {
        sendInitialEvents: "true",
        allowWatchBookmarks: "true",
        resourceVersionMatch: "NotOlderThan",
        labelSelector: "on=yes",
      },
      2,
    ),
  ),
  testCase(
    "initial events need the right match",
    watch({ sendInitialEvents: "true", resourceVersionMatch: "Exact", resourceVersion: "1" }, 1),
    watch({ sendInitialEvents: "true" }, 1),
  ),
  testCase("match without initial events", watch({ resourceVersionMatch: "NotOlderThan" }, 1)),
  testCase(
    "no initial events",
    first,
    watch({ sendInitialEvents: "false", resourceVersionMatch: "NotOlderThan", ...short }, 1),
  ),
  testCase("broken resourceVersion", watch({ resourceVersion: "x" }, 1)),
  testCase("resourceVersion from the future", watch({ resourceVersion: "999999999", ...short }, 1)),
  testCase(
    "broken selectors",
    watch({ labelSelector: "a in" }, 1),
    watch({ fieldSelector: "nope=x" }, 1),
  ),
  testCase(
    "of pods",
    get(
      paths.pods,
      { watch: "true", ...short },
      {
        events: 4,
        during: [
          quiet(post(paths.pods, pod("a"))),
          quiet(patch("merge", `${paths.pods}/a/status`, { status: { phase: "Running" } })),
          quiet(del(`${paths.pods}/a`, undefined, { query: { gracePeriodSeconds: "0" } })),
        ],
        select: outline,
      },
    ),
  ),
  testCase(
    "of custom resources",
    ...installed({ "x-kubernetes-preserve-unknown-fields": true }),
    quiet(post(widgetsPath, widget("a", { spec: { n: 1 } }))),
    get(
      widgetsPath,
      { watch: "true" },
      {
        events: 3,
        during: [
          quiet(patch("merge", `${widgetsPath}/a`, { spec: { n: 2 } })),
          quiet(del(`${widgetsPath}/a`)),
        ],
      },
    ),
  ),
  testCase(
    "of a CRD's status",
    get(
      paths.crds,
      { watch: "true", fieldSelector: "metadata.name=widgets.{id}.example.com" },
      { events: 1, during: installed({}), select: outline },
    ),
  ),
  testCase(
    "ends when its CRD is deleted",
    ...installed({}),
    quiet(get(widgetsPath, {}, { until: (_body, status) => status === 200 })),
    get(
      widgetsPath,
      { watch: "true" },
      {
        events: 2,
        during: [quiet(post(widgetsPath, widget("a"))), quiet(del(crdPath))],
        select: outline,
      },
    ),
  ),
  testCase(
    "as YAML is refused",
    watch({ ...short }, 1, { headers: { accept: "application/yaml" } }),
  ),
  testCase(
    "of a resource that cannot be watched",
    get("/api/v1/componentstatuses", { watch: "true" }),
  ),
  testCase(
    "of a missing object's path",
    get(`${configMaps}/none`, { watch: "true", ...short }, { events: 1 }),
  ),
]);
