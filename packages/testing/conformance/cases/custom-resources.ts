import type { ConformanceCase, Step } from "../case.js";
import { clusterCase, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { crd, crdPath, paths, widget, widgetsPath } from "../objects.js";
import { installed, untilServed } from "../crd-steps.js";

const w = `${widgetsPath}/w`;
const spec = (properties: object, rest: object = {}) => ({
  properties: { spec: { type: "object", properties, ...rest } },
});
const create = (fields: object, extra: object = {}): Step =>
  post(widgetsPath, widget("w", { spec: fields }), extra);
/** A schema and some specs, each judged on its own. */
const judged = (name: string, schema: object, ...specs: readonly object[]): ConformanceCase =>
  testCase(
    name,
    ...installed(schema),
    ...specs.map((fields, index) => post(widgetsPath, widget(`w${index}`, { spec: fields }))),
  );
const refused = (name: string, ...parameters: Parameters<typeof crd>): ConformanceCase =>
  clusterCase(`refused: ${name}`, post(paths.crds, crd(...parameters)));

interface Conditions {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
const untilEstablished = (extra: Partial<Step> = {}): Step =>
  get(
    crdPath,
    {},
    {
      until: (body: Conditions) =>
        body.status?.conditions?.some(
          ({ type, status }) => type === "Established" && status === "True",
        ) === true,
      ...extra,
    },
  );
const twoVersions = {
  spec: {
    versions: [
      {
        name: "v1",
        served: true,
        storage: false,
        schema: { openAPIV3Schema: { type: "object", ...spec({ a: { type: "string" } }) } },
      },
      {
        name: "v2",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            ...spec({ a: { type: "string" }, b: { type: "string", default: "x" } }),
          },
        },
      },
      {
        name: "v3beta1",
        served: false,
        storage: false,
        schema: { openAPIV3Schema: { type: "object" } },
      },
    ],
  },
};
const v2Path = "/apis/{id}.example.com/v2/namespaces/{ns}/widgets";

export const customResources = topic("custom-resources", [
  clusterCase("create a CRD", post(paths.crds, crd({}))),
  clusterCase(
    "established",
    quiet(post(paths.crds, crd(spec({ a: { type: "string" } })))),
    untilEstablished(),
  ),
  clusterCase(
    "names that are left out",
    post(paths.crds, {
      ...crd({}),
      spec: { ...crd({}).spec, names: { plural: "widgets", kind: "Widget" } },
    }),
  ),
  clusterCase(
    "names that are taken",
    ...installed({}),
    post(
      paths.crds,
      {
        ...crd({}),
        metadata: { name: "gadgets.{id}.example.com" },
        spec: {
          ...crd({}).spec,
          names: { plural: "gadgets", kind: "Widget", singular: "widget", listKind: "WidgetList" },
        },
      },
      { quiet: true },
    ),
    get(
      `${paths.crds}/gadgets.{id}.example.com`,
      {},
      {
        until: (body: Conditions) => (body.status?.conditions?.length ?? 0) > 0,
        select: (body: Conditions) => body.status?.conditions,
      },
    ),
  ),
  refused("name that does not fit", {}, { names: { plural: "others" } }),
  refused("no storage version", {}, { version: { storage: false } }),
  refused("no type", {}, { version: { schema: { openAPIV3Schema: { properties: {} } } } }),
  refused("no schema", {}, { version: { schema: undefined } }),
  refused("untyped property", spec({ a: {} })),
  refused("array without items", spec({ a: { type: "array" } })),
  refused("unknown type", spec({ a: { type: "text" } })),
  refused(
    "default with twins where none may be",
    spec({
      a: {
        type: "array",
        items: { type: "number" },
        uniqueItems: true,
        default: [{ k: "x" }, { k: "x" }],
      },
    }),
  ),
  refused("forbidden keyword", spec({ a: { type: "string", uniqueItems: true } })),
  refused("type inside anyOf", spec({ a: { type: "object", anyOf: [{ type: "string" }] } })),
  refused("metadata restricted too much", {
    properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } },
  }),
  refused("default that does not fit", spec({ a: { type: "string", default: 5 } })),
  refused(
    "properties beside additionalProperties",
    spec({ a: { type: "object", properties: {}, additionalProperties: true } }),
  ),
  ...Object.entries({ nothing: false, strings: { type: "string" } }).map(
    ([name, additionalProperties]) =>
      refused(
        `${name} beside properties`,
        spec({
          a: { type: "object", properties: { b: { type: "string" } }, additionalProperties },
        }),
      ),
  ),
  testCase(
    "properties beside any other property",
    ...installed(
      spec({
        a: {
          type: "object",
          properties: { b: { type: "string", default: "x" } },
          additionalProperties: true,
        },
      }),
    ),
    post(widgetsPath, widget("a", { spec: { a: { c: { d: [1] } } } })),
    post(widgetsPath, widget("b", { spec: { a: { b: 1, c: 1 } } })),
    get(crdPath, {}, { select: ({ spec: found }: { spec: object }) => found }),
  ),
  refused("bad pattern", spec({ a: { type: "string", pattern: "(" } })),
  refused(
    "list map without keys",
    spec({
      a: {
        type: "array",
        "x-kubernetes-list-type": "map",
        items: { type: "object", properties: { k: { type: "string" } } },
      },
    }),
  ),
  refused(
    "list map key without default or required",
    spec({
      a: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", properties: { k: { type: "string" } } },
      },
    }),
  ),
  refused(
    "printer column path",
    {},
    { version: { additionalPrinterColumns: [{ name: "x", type: "string", jsonPath: "spec.x" }] } },
  ),
  refused("scope", {}, { spec: { scope: "Galaxy" } }),
  refused(
    "two storage versions",
    {},
    {
      spec: {
        versions: ["v1", "v2"].map((name) => ({
          name,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object" } },
        })),
      },
    },
  ),
  refused("protected group", {}, { spec: { group: "widgets.k8s.io" } }),
  judged(
    "pruning",
    spec({
      a: { type: "string" },
      o: { type: "object", properties: { b: { type: "string" } } },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    }),
    { a: "x", none: 1, o: { b: "y", c: "z" }, free: { d: 1 } },
  ),
  judged(
    "defaults",
    spec({
      a: { type: "string", default: "x" },
      o: { type: "object", default: {}, properties: { b: { type: "integer", default: 2 } } },
      p: { type: "object", properties: { b: { type: "integer", default: 2 } } },
      l: {
        type: "array",
        items: { type: "object", properties: { b: { type: "boolean", default: true } } },
      },
    }),
    {},
    { p: {}, l: [{}, { b: false }] },
    { a: null },
  ),
  judged(
    "types",
    spec({
      s: { type: "string" },
      i: { type: "integer" },
      n: { type: "number" },
      b: { type: "boolean" },
      o: { type: "object" },
      l: { type: "array", items: { type: "string" } },
    }),
    { s: 1, i: 1.5, n: "x", b: "true", o: [], l: {} },
    { i: 2.0, n: 1 },
    { l: ["a", 1] },
  ),
  judged(
    "nullable",
    spec({
      a: { type: "string", nullable: true },
      b: { type: "string" },
      c: { type: "string", nullable: true, default: "d" },
    }),
    { a: null },
    { b: null },
    { c: null },
  ),
  judged(
    "bounds",
    spec({
      i: { type: "integer", minimum: 1, maximum: 5, multipleOf: 2 },
      e: { type: "number", minimum: 0, exclusiveMinimum: true },
    }),
    { i: 0 },
    { i: 6 },
    { i: 3 },
    { e: 0 },
  ),
  judged(
    "strings",
    spec({
      s: { type: "string", minLength: 2, maxLength: 3, pattern: "^[a-z]+$" },
      e: { type: "string", enum: ["x", "y"] },
    }),
    { s: "a" },
    { s: "abcd" },
    { s: "A1" },
    { e: "z" },
  ),
  judged(
    "formats",
    spec({
      d: { type: "string", format: "date-time" },
      date: { type: "string", format: "date" },
      mail: { type: "string", format: "email" },
      ip: { type: "string", format: "ipv4" },
      u: { type: "string", format: "uuid" },
      bytes: { type: "string", format: "byte" },
      t: { type: "string", format: "duration" },
      c: { type: "string", format: "cidr" },
    }),
    { d: "2001-01-01T00:00:00Z", date: "2001-01-01", ip: "10.0.0.1" },
    { d: "yesterday" },
    { date: "2001-13-01" },
    { mail: "x" },
    { ip: "1.2.3" },
    { u: "x" },
    { bytes: "?" },
    { t: "soon" },
    { c: "10.0.0.0" },
  ),
  judged(
    "arrays",
    spec({ l: { type: "array", minItems: 1, maxItems: 2, items: { type: "integer" } } }),
    { l: [] },
    { l: [1, 2, 3] },
  ),
  judged(
    "sets and maps",
    spec({
      s: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      m: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
      },
    }),
    { s: ["a", "a"] },
    { m: [{ k: "a" }, { k: "a" }] },
    { m: [{}] },
  ),
  judged(
    "objects",
    spec(
      {
        m: {
          type: "object",
          minProperties: 1,
          maxProperties: 2,
          additionalProperties: { type: "integer" },
        },
      },
      { required: ["m"] },
    ),
    {},
    { m: {} },
    { m: { a: 1, b: 2, c: 3 } },
    { m: { a: "x" } },
  ),
  judged(
    "logic",
    spec(
      { a: { type: "integer" }, b: { type: "integer" } },
      { anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    ),
    {},
    { a: 1 },
  ),
  judged(
    "one of",
    spec(
      { a: { type: "integer" }, b: { type: "integer" } },
      { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    ),
    { a: 1, b: 2 },
    { a: 1 },
  ),
  judged("not", spec({ a: { type: "integer" } }, { not: { required: ["a"] } }), { a: 1 }, {}),
  judged(
    "int or string",
    spec({ p: { "x-kubernetes-int-or-string": true } }),
    { p: 1 },
    { p: "1" },
    { p: true },
  ),
  judged(
    "embedded resources",
    spec({
      e: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
      },
    }),
    { e: { apiVersion: "v1", kind: "Pod", metadata: { name: "x", wrong: 1 }, more: 1 } },
    { e: { kind: "Pod" } },
    { e: { apiVersion: "v1", kind: "Pod", metadata: { name: "Not Valid" } } },
  ),
  testCase(
    "several errors at once",
    ...installed(
      spec({ a: { type: "string" }, b: { type: "integer", minimum: 3 } }, { required: ["c"] }),
    ),
    create({ a: 1, b: 2 }),
  ),
  testCase(
    "update is validated",
    ...installed(spec({ i: { type: "integer", minimum: 1 } })),
    quiet(create({ i: 1 })),
    patch("merge", w, { spec: { i: 0 } }),
  ),
  testCase(
    "ratcheting",
    ...installed(spec({ s: { type: "string" }, t: { type: "string" } })),
    quiet(create({ s: "ABC" })),
    quiet(
      patch("json", crdPath, [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/s/maxLength",
          value: 2,
        },
      ]),
    ),
    quiet(
      post(widgetsPath, widget("probe", { spec: { s: "ABC" } }), {
        query: { dryRun: "All" },
        until: (_body, status) => status === 422,
      }),
    ),
    patch("merge", w, { spec: { t: "new" } }),
    patch("merge", w, { spec: { s: "ABCD" } }),
  ),
  testCase(
    "metadata is validated",
    ...installed({}),
    post(widgetsPath, widget("Not_Valid")),
    post(widgetsPath, widget("a", {}, { labels: { "bad!": "x" } })),
  ),
  testCase(
    "wrong kind and apiVersion",
    ...installed({}),
    post(widgetsPath, { ...widget("a"), kind: "Gadget" }),
    post(widgetsPath, { ...widget("a"), apiVersion: "{id}.example.com/v9" }),
    post(widgetsPath, { metadata: { name: "a" } }),
  ),
  testCase(
    "cluster scope",
    quiet(post(paths.crds, crd({}, { spec: { scope: "Cluster" } }))),
    untilServed("/apis/{id}.example.com/v1/widgets"),
    post("/apis/{id}.example.com/v1/widgets", widget("{id}")),
    get(`${widgetsPath}/x`),
  ),
  testCase(
    "two versions",
    quiet(post(paths.crds, crd({}, twoVersions))),
    untilServed(),
    untilServed(v2Path),
    post(widgetsPath, widget("w", { spec: { a: "1" } })),
    get(`${v2Path}/w`),
    get(w),
    get("/apis/{id}.example.com/v3beta1/namespaces/{ns}/widgets"),
    get("/apis/{id}.example.com", {}, { until: (_body, status) => status === 200 }),
  ),
  testCase(
    "object of another version in the body",
    quiet(post(paths.crds, crd({}, twoVersions))),
    untilServed(),
    untilServed(v2Path),
    post(widgetsPath, { ...widget("w"), apiVersion: "{id}.example.com/v2" }),
  ),
  testCase(
    "deleting a CRD deletes its objects",
    ...installed({}),
    quiet(post(widgetsPath, widget("w"))),
    del(crdPath, undefined, {
      select: ({ metadata }: { metadata: { finalizers: unknown } }) => metadata.finalizers,
    }),
    get(crdPath, {}, { until: (_body, status) => status === 404 }),
    // The handler of the resource may outlive its definition by a moment.
    get(w, {}, { until: (body) => typeof body === "string" }),
  ),
  testCase(
    "a terminating CRD takes no objects",
    ...installed({}),
    quiet(post(widgetsPath, widget("w", {}, { finalizers: ["example.com/hold"] }))),
    quiet(del(crdPath)),
    get(
      w,
      {},
      {
        until: (body: { metadata: { deletionTimestamp?: string } }) =>
          body.metadata.deletionTimestamp !== undefined,
      },
    ),
    post(widgetsPath, widget("x")),
  ),
  testCase(
    "selectable fields",
    ...installed(spec({ color: { type: "string" } }), {
      version: { selectableFields: [{ jsonPath: ".spec.color" }] },
    }),
    quiet(post(widgetsPath, widget("r", { spec: { color: "red" } }))),
    quiet(post(widgetsPath, widget("g", { spec: { color: "green" } }))),
    get(widgetsPath, { fieldSelector: "spec.color=red" }),
    get(widgetsPath, { fieldSelector: "spec.shape=round" }),
  ),
  clusterCase(
    "immutable parts",
    quiet(post(paths.crds, crd({}))),
    quiet(untilEstablished()),
    patch("merge", crdPath, { spec: { scope: "Cluster" } }),
    patch("merge", crdPath, { spec: { group: "other.example.com" } }),
    patch(
      "merge",
      crdPath,
      { spec: { names: { kind: "Gadget" } } },
      {
        select: (body: { message?: string; spec?: { names: unknown } }) =>
          body.message ?? body.spec?.names,
      },
    ),
  ),
  testCase(
    "put replaces",
    ...installed(spec({ a: { type: "string" }, b: { type: "string" } })),
    quiet(create({ a: "1", b: "2" }, { capture: { rv: "metadata.resourceVersion" } })),
    put(w, widget("w", { spec: { a: "3" } })),
    put(w, widget("w", { spec: { a: "3" } }, { resourceVersion: "{rv}" })),
  ),
]);
