import type { Step } from "../case.js";
import { apply, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, pod, service, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps, deployments, pods } = paths;
const strict = { query: { fieldValidation: "Strict" } };
const warn = { query: { fieldValidation: "Warn" } };
const ignore = { query: { fieldValidation: "Ignore" } };
const dryRun = { query: { dryRun: "All" } };
const unknownField = { ...configMap("a"), nope: 1, metadata: { name: "a", extra: true } };
const nested = deployment("a", {
  replica: 3,
  template: {
    metadata: { labels: { app: "a" } },
    spec: {
      containers: [{ name: "c", image: "i", imagePolicy: "x", env: [{ name: "A", valu: "1" }] }],
    },
  },
});
const duplicate =
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","k":"2"},"data":{"l":"3"}}';
const schema = {
  properties: {
    spec: {
      type: "object",
      properties: {
        a: { type: "string" },
        o: { type: "object", properties: { b: { type: "string" } } },
      },
    },
  },
};
const stored = (body: { kind: string; metadata: { name: string } }): unknown =>
  body.kind === "Status" ? body : [body.kind, body.metadata.name];
const create = (path: string, body: unknown, extra: Partial<Step> = {}): Step =>
  post(path, body, { select: stored, ...extra });

export const fieldValidation = topic("field-validation", [
  testCase("unknown fields by default", create(configMaps, unknownField)),
  testCase("unknown fields, strict", create(configMaps, unknownField, strict)),
  testCase("unknown fields, warn", create(configMaps, unknownField, warn)),
  testCase("unknown fields, ignore", create(configMaps, unknownField, ignore)),
  testCase(
    "unknown level",
    create(configMaps, configMap("a"), { query: { fieldValidation: "Maybe" } }),
  ),
  testCase(
    "nested unknown fields",
    create(deployments, nested, strict),
    create(deployments, nested),
  ),
  testCase(
    "duplicate fields",
    create(configMaps, duplicate, strict),
    create(configMaps, duplicate),
  ),
  testCase(
    "duplicate fields in YAML",
    create(
      configMaps,
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: '1'\n  k: '2'\n",
      { contentType: "application/yaml", ...strict },
    ),
    create(
      configMaps,
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: '1'\n  k: '2'\n",
      { contentType: "application/yaml" },
    ),
  ),
  testCase("case of a field", create(configMaps, { ...configMap("a"), Data: { k: "v" } }, strict)),
  testCase(
    "update",
    quiet(post(configMaps, configMap("a"))),
    put(`${configMaps}/a`, unknownField, { ...strict, select: stored }),
    put(`${configMaps}/a`, unknownField, { select: stored }),
  ),
  testCase(
    "merge patch",
    quiet(post(configMaps, configMap("a"))),
    patch("merge", `${configMaps}/a`, { nope: 1 }, { ...strict, select: stored }),
    patch("merge", `${configMaps}/a`, { nope: 1 }, { select: stored }),
  ),
  testCase(
    "json patch",
    quiet(post(configMaps, configMap("a"))),
    patch("json", `${configMaps}/a`, [{ op: "add", path: "/nope", value: 1 }], {
      ...strict,
      select: stored,
    }),
    patch("json", `${configMaps}/a`, [{ op: "add", path: "/data", value: {}, extra: 1 }], {
      ...strict,
      select: stored,
    }),
  ),
  testCase(
    "strategic patch",
    quiet(post(deployments, deployment("a"))),
    patch("strategic", `${deployments}/a`, { spec: { nope: 1 } }, { ...strict, select: stored }),
    patch("strategic", `${deployments}/a`, { spec: { nope: 1 } }, { select: stored }),
  ),
  testCase(
    "custom resource",
    ...installed(schema),
    create(widgetsPath, widget("a", { spec: { a: "1", nope: 1, o: { c: 1 } }, more: 1 }), strict),
    create(widgetsPath, widget("b", { spec: { a: "1", nope: 1, o: { c: 1 } } })),
  ),
  testCase(
    "custom resource, unknown metadata",
    ...installed(schema),
    create(widgetsPath, widget("a", {}, { extra: 1 }), strict),
    create(widgetsPath, widget("a", {}, { extra: 1 })),
  ),
  testCase(
    "custom resource, patches",
    ...installed(schema),
    quiet(post(widgetsPath, widget("a"))),
    patch("merge", `${widgetsPath}/a`, { spec: { nope: 1 } }, { ...strict, select: stored }),
    apply(`${widgetsPath}/a`, "m", widget("a", { spec: { a: "x" } }), {
      ...strict,
      select: stored,
    }),
  ),
  testCase("dry run of a create", post(configMaps, configMap("a"), dryRun), get(`${configMaps}/a`)),
  testCase(
    "dry run of a create that says a resourceVersion",
    post(configMaps, { metadata: { name: "a", resourceVersion: "7" } }, dryRun),
    post(
      configMaps,
      { metadata: { name: "a", resourceVersion: "7" } },
      { select: () => "refused" },
    ),
    quiet(post(configMaps, configMap("a"))),
    post(configMaps, { metadata: { name: "a", resourceVersion: "7" } }, dryRun),
  ),
  testCase(
    "dry run of generateName",
    post(configMaps, { metadata: { generateName: "gen-" } }, dryRun),
  ),
  testCase(
    "dry run of an update",
    quiet(post(configMaps, configMap("a"))),
    put(`${configMaps}/a`, configMap("a", { k: "v" }), dryRun),
    get(`${configMaps}/a`),
  ),
  testCase(
    "dry run of a patch",
    quiet(post(configMaps, configMap("a"))),
    patch("merge", `${configMaps}/a`, { data: { k: "v" } }, dryRun),
    get(`${configMaps}/a`),
  ),
  testCase(
    "dry run of a delete",
    quiet(post(configMaps, configMap("a"))),
    { method: "DELETE", path: `${configMaps}/a`, ...dryRun },
    get(`${configMaps}/a`),
  ),
  testCase(
    "dry run of a collection",
    quiet(post(configMaps, configMap("a"))),
    { method: "DELETE", path: configMaps, ...dryRun },
    get(`${configMaps}/a`),
  ),
  testCase(
    "dry run by delete options",
    quiet(post(configMaps, configMap("a"))),
    { method: "DELETE", path: `${configMaps}/a`, body: { dryRun: ["All"] } },
    get(`${configMaps}/a`),
  ),
  testCase(
    "dry run that conflicts",
    quiet(post(configMaps, configMap("a"))),
    post(configMaps, configMap("a"), dryRun),
  ),
  testCase("dry run that is invalid", post(configMaps, configMap("Not_Valid"), dryRun)),
  testCase("unknown dry run", post(configMaps, configMap("a"), { query: { dryRun: "Some" } })),
  testCase("dry run of a service", post(paths.services, service("a"), dryRun)),
  testCase(
    "dry run of a custom resource",
    ...installed(schema),
    post(widgetsPath, widget("a"), dryRun),
    get(`${widgetsPath}/a`),
  ),
  testCase(
    "warning of a deprecated annotation",
    create(
      pods,
      pod(
        "a",
        {},
        { annotations: { "seccomp.security.alpha.kubernetes.io/pod": "runtime/default" } },
      ),
    ),
  ),
  testCase(
    "warning of a duplicate env name",
    create(
      pods,
      pod("a", {
        containers: [
          {
            name: "c",
            image: "i",
            env: [
              { name: "A", value: "1" },
              { name: "A", value: "2" },
            ],
          },
        ],
      }),
    ),
  ),
  testCase(
    "warning of duplicate ports",
    create(
      pods,
      pod("a", {
        containers: [
          { name: "c", image: "i", ports: [{ containerPort: 80 }, { containerPort: 80 }] },
        ],
      }),
    ),
  ),
  testCase(
    "warning of a deprecated version",
    ...installed(schema, {
      version: { deprecated: true, deprecationWarning: "use something else" },
    }),
    create(widgetsPath, widget("a")),
    get(widgetsPath, {}, { select: ({ items }: { items: readonly unknown[] }) => items.length }),
  ),
  testCase(
    "warning of a finalizer",
    create(configMaps, configMap("a", {}, { finalizers: ["example.com/x"] })),
  ),
]);
