import { del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, paths, pod, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps } = paths;
const one = `${configMaps}/a`;
const yaml = { contentType: "application/yaml" };
const token = (text: string): string => Buffer.from(text).toString("base64url");
const summary = ({
  reason,
  code,
  message,
}: {
  reason: string;
  code: number;
  message: string;
}): unknown => [reason, code, message];

export const badInput = topic("bad-input", [
  testCase("empty body", post(configMaps, "")),
  testCase("body that is no JSON", post(configMaps, "{nope")),
  testCase(
    "body that is cut off",
    post(configMaps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"'),
  ),
  testCase(
    "body that is something else",
    post(configMaps, "[]"),
    post(configMaps, '"text"'),
    post(configMaps, "5"),
    post(configMaps, "null"),
  ),
  testCase(
    "two objects",
    post(configMaps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}} {"x":1}'),
  ),
  testCase("YAML that is broken", post(configMaps, "a: [", yaml), post(configMaps, "\tx", yaml)),
  testCase(
    "YAML with anchors",
    post(
      configMaps,
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &d {k: v}\n",
      yaml,
    ),
  ),
  testCase(
    "YAML with two documents",
    post(
      configMaps,
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
      yaml,
    ),
  ),
  testCase(
    "unknown content type",
    post(configMaps, "x", { contentType: "text/plain" }),
    put(one, "x", { contentType: "application/xml" }),
  ),
  testCase(
    "no content type",
    post(configMaps, JSON.stringify(configMap("a")), { contentType: "" }),
  ),
  testCase(
    "content type with a charset",
    post(configMaps, configMap("a"), { contentType: "application/json; charset=utf-8" }),
  ),
  testCase(
    "CBOR",
    post(configMaps, new Uint8Array([0xd9, 0xd9, 0xf7, 0xa0]), { contentType: "application/cbor" }),
  ),
  testCase(
    "protobuf that is broken",
    post(configMaps, new Uint8Array([1, 2, 3]), {
      contentType: "application/vnd.kubernetes.protobuf",
    }),
    post(configMaps, new Uint8Array([0x6b, 0x38, 0x73, 0, 0xff, 0xff]), {
      contentType: "application/vnd.kubernetes.protobuf",
    }),
  ),
  testCase(
    "body over three MiB",
    post(configMaps, configMap("a", { k: "x".repeat(3 * 1024 * 1024 + 1) }), { select: summary }),
  ),
  testCase(
    "body over one MiB and a half",
    ...installed({ "x-kubernetes-preserve-unknown-fields": true }),
    post(widgetsPath, widget("a", { spec: { k: "x".repeat(1024 * 1024 + 600 * 1024) } }), {
      select: ({
        kind,
        reason,
        code,
        message,
      }: {
        kind: string;
        reason?: string;
        code?: number;
        message?: string;
      }) => [kind, reason, code, message],
    }),
  ),
  testCase(
    "deep nesting",
    post(
      configMaps,
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"x":${"[".repeat(20000)}${"]".repeat(20000)}}`,
      { select: summary },
    ),
  ),
  testCase(
    "keys of JavaScript's prototypes",
    post(
      configMaps,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"constructor":"x"}},"data":{"__proto__":"p","toString":"t"}}',
    ),
    patch("merge", one, '{"data":{"__proto__":"q","hasOwnProperty":"h"}}'),
    patch("json", one, '[{"op":"add","path":"/data/constructor","value":"c"}]'),
  ),
  testCase(
    "keys of prototypes in a custom resource",
    ...installed({ "x-kubernetes-preserve-unknown-fields": true }),
    post(
      widgetsPath,
      '{"apiVersion":"{id}.example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}}}}',
    ),
  ),
  testCase(
    "invalid UTF-8",
    post(
      configMaps,
      Buffer.concat([
        Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}}'),
      ]),
    ),
  ),
  testCase(
    "lone surrogates",
    post(
      configMaps,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"\\ud800"}}',
    ),
  ),
  testCase("NUL in a value", post(configMaps, configMap("a", { k: "a\u0000b" }))),
  testCase(
    "large numbers",
    ...installed({ "x-kubernetes-preserve-unknown-fields": true }),
    post(
      widgetsPath,
      '{"apiVersion":"{id}.example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"a":9007199254740993,"b":1e400}}',
    ),
    post(
      widgetsPath,
      '{"apiVersion":"{id}.example.com/v1","kind":"Widget","metadata":{"name":"b"},"spec":{"a":1.0,"b":1e3,"c":-0,"d":0.1}}',
    ),
  ),
  testCase(
    "query that is broken",
    get(`${configMaps}?limit=%zz`),
    get(`${configMaps}?limit=1;x=2`, undefined, { select: ({ kind }: { kind: string }) => kind }),
  ),
  testCase(
    "unknown query parameter",
    get(configMaps, { nope: "1" }, { select: ({ kind }: { kind: string }) => kind }),
  ),
  testCase(
    "path tricks",
    get("/api/v1/namespaces/{ns}/configmaps/%2e%2e"),
    get("/api/v1/namespaces/{ns}/configmaps/a%2fb"),
    get("/api/v1/namespaces//configmaps", {}, { select: ({ kind }: { kind: string }) => kind }),
    get("/api//v1"),
  ),
  testCase(
    "names in paths",
    get(`${configMaps}/Not_Valid`),
    get(`${configMaps}/${"n".repeat(300)}`),
  ),
  testCase(
    "dots in paths are not followed",
    get("/api/v1/namespaces/{ns}/configmaps/.."),
    get("/api/v1/./namespaces"),
    get("/api/v1/x/../namespaces"),
    get("/healthz/x/.."),
    get("/%2e%2e/api/v1/namespaces"),
  ),
  testCase(
    "paths that cannot be read",
    get("/api/v1/namespaces/%zz"),
    get("/api/v1/watch"),
    get("/apis/apps/v1/watch?x=1&y=<2>"),
    get("/apis//v1/namespaces/{ns}/configmaps"),
    get("/version/x"),
  ),
  testCase(
    "label selectors that are broken",
    get(configMaps, { labelSelector: "a/b/c" }),
    get(configMaps, { labelSelector: "a in (-b,-c)" }),
    get(configMaps, { labelSelector: "a<-b" }),
    get(configMaps, { labelSelector: "a\u0000==b" }),
    get(configMaps, { labelSelector: "\u0000)" }),
  ),
  testCase(
    "field selectors that are broken",
    get(configMaps, { fieldSelector: "spec.a=b,metadata.name" }),
    get(configMaps, { fieldSelector: "metadata.name=a\\x" }),
    get(configMaps, { fieldSelector: "metadata.name=a\\" }),
    get(configMaps, { fieldSelector: "metadata.name=a=b" }),
    get(configMaps, { fieldSelector: " " }),
    get(configMaps, { fieldSelector: "==" }),
    get(configMaps, { fieldSelector: '"=b' }),
  ),
  testCase(
    "continue tokens that are broken",
    ...[
      "!!!!",
      "eyJ2I",
      "IiI",
      "bnVsbA",
      token('{"v":"v9","rv":1,"start":"a"}'),
      token('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}'),
      token('{"v":"meta.k8s.io/v1","rv":"3","start":"a"}'),
      token('{"v":"meta.k8s.io/v1","rv":1,"start":""}'),
      token('{"v":"meta.k8s.io/v1","rv":1,"start":"../../secrets/a"}'),
      token('{"v":"meta.k8s.io/v1","rv":1,"start":"\\u00'),
    ].map((text) => get(configMaps, { continue: text })),
  ),
  testCase(
    "numbers in the query",
    get(configMaps, { limit: "" }),
    get(configMaps, { limit: "9223372036854775808" }),
    get(configMaps, { limit: "1.5", timeoutSeconds: "x" }),
    get(configMaps, { resourceVersion: "99999999999999999999" }),
    del(configMaps, undefined, { query: { limit: "x" } }),
  ),
  testCase(
    "options of a watch that do not go together",
    get(configMaps, { watch: "1", continue: "x" }),
    get(configMaps, { watch: "1", sendInitialEvents: "1" }),
    get(configMaps, { sendInitialEvents: "1", resourceVersionMatch: "Nope", continue: "x" }),
  ),
  testCase(
    "options of a delete in the query",
    quiet(post(configMaps, configMap("a"))),
    ...[
      { gracePeriodSeconds: "1.5" },
      { propagationPolicy: "" },
      { propagationPolicy: "Orphan", orphanDependents: "t" },
      { resourceVersion: "1" },
      { uid: "x" },
      { dryRun: "" },
      { ignoreStoreReadErrorWithClusterBreakingPotential: "1" },
      { ignoreStoreReadErrorWithClusterBreakingPotential: "1", gracePeriodSeconds: "1" },
      { orphanDependents: "t" },
    ].map((query) => del(one, undefined, { query })),
    del(configMaps, undefined, {
      query: { ignoreStoreReadErrorWithClusterBreakingPotential: "1" },
    }),
  ),
  testCase(
    "durations",
    ...["1", "1d", "1e3s", "∞", "-", "1h1"].map((timeout) => get(configMaps, { timeout })),
    get("/version", { timeout: "1" }),
  ),
  testCase(
    "field managers",
    ...["a\u200b", "é\u0000", "x".repeat(129)].map((fieldManager) =>
      patch("merge", one, {}, { query: { fieldManager, dryRun: "all" } }),
    ),
  ),
  testCase(
    "JSON that is cut off in a token",
    ...["nul", "-", '"\\', '"\\u12', "1.", "\ufeff{}"].map((text) => post(configMaps, text)),
  ),
  testCase(
    "update of a Pod that does not say what was added to it",
    quiet(post(paths.pods, pod("a"))),
    put(`${paths.pods}/a`, pod("a")),
  ),
  testCase("trailing slash", get(`${configMaps}/`), get("/api/v1/"), get("/apis/apps/v1/")),
  testCase(
    "unknown method",
    { method: "PROPFIND", path: configMaps },
    { method: "OPTIONS", path: configMaps },
  ),
  testCase(
    "POST on an object, PUT on a collection",
    put(configMaps, configMap("a")),
    patch("merge", configMaps, {}),
    post(one, configMap("a")),
  ),
  testCase(
    "DELETE with a broken body",
    quiet(post(configMaps, configMap("a"))),
    del(one, "{"),
    del(one, { kind: "DeleteOptions", apiVersion: "v9" }),
    del(one, { gracePeriodSeconds: "x" }),
  ),
  testCase(
    "Content-Type that is none",
    ...[";charset=utf-8", "application/json;charset", "application/json, application/yaml"].map(
      (contentType) => post(configMaps, configMap("a"), { contentType }),
    ),
    post(configMaps, configMap("a"), { contentType: 'Application/JSON; a="b;c";' }),
    patch("merge", one, {}, { contentType: "x, application/merge-patch+json" }),
    patch("merge", one, {}, { contentType: "application/merge-patch+json;;" }),
  ),
  testCase(
    "options of a DELETE of another type",
    quiet(post(configMaps, configMap("a"))),
    del(one, "{}", { contentType: "text/plain" }),
    ...[
      "[]",
      '{"kind":5}',
      '{"kind":"Status","apiVersion":"v1"}',
      '{"KIND":"x"}',
      '{"apiVersion":"a/b/c"}',
      '{"gracePeriodSeconds":1.0}',
      '{"propagationPolicy":5}',
      '{"preconditions":{"uid":5}}',
      '{"dryRun":5,"gracePeriodSeconds":"a"}',
      '{"dryRun":[null]}',
    ].map((body) => del(one, body)),
  ),
  testCase(
    "types that are wrong, in the order of the text",
    ...[
      '{"metadata":{"name":"a"},"immutable":5,"data":[]}',
      '{"metadata":{"name":"a"},"data":{"k":1,"k":"v"}}',
      '{"metadata":{"name":"a","generation":1.0}}',
      '{"metadata":{"name":"a","generation":9223372036854775808}}',
      '{"metadata":{"name":"a","uid":5}}',
      '{"metadata":{"name":"a"},"nope":1e400}',
      '{"apiVersion":5,"apiVersion":[]}',
      '{"apiVersion":"a/b/c"}',
      '{"apiVersion":"/","KIND":"Secret"}',
    ].map((body) => post(configMaps, body)),
    ...[
      '{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]}}',
      '{"spec":{"restartPolicy":5,"overhead":{"cpu":"x"}}}',
      '{"spec":{"tolerations":[{"operator":5}],"activeDeadlineSeconds":"1"}}',
    ].map((body) => post(paths.pods, body)),
  ),
  testCase(
    "keys that need quotes in warnings",
    post(configMaps, '{"metadata":{"name":"a"},"\\ud800":1,"\\u2028":2,"\\u0000":3,"\u00e9":4}'),
    post(configMaps, '{"metadata":{"name":"a","name":"b/c"},"nope":1}'),
  ),
  testCase(
    "warnings come with a refusal",
    ...installed({}),
    post(
      widgetsPath,
      '{"apiVersion":"{id}.example.com/v1","kind":"Nope","metadata":{"name":"a","name":"b"}}',
    ),
    post(widgetsPath, '{"apiVersion":null,"kind":"Widget"}'),
    post(widgetsPath, "{}", { query: { fieldValidation: "Ignore" } }),
  ),
  testCase(
    "timeout that is no duration",
    post(configMaps, configMap("a"), { query: { timeout: "soon" } }),
    get(configMaps, { timeoutSeconds: "x" }),
  ),
  testCase(
    "booleans in the query",
    get(configMaps, { watch: "perhaps", timeoutSeconds: "1" }, { events: 1 }),
    get(
      configMaps,
      { allowWatchBookmarks: "perhaps" },
      { select: ({ kind }: { kind: string }) => kind },
    ),
  ),
  testCase(
    "metadata of a wrong type",
    post(configMaps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":"x"}'),
    post(configMaps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":5}}'),
    post(configMaps, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":[]}}'),
  ),
  testCase(
    "kind of a wrong type",
    post(configMaps, '{"apiVersion":1,"kind":"ConfigMap"}'),
    post(configMaps, '{"kind":"ConfigMap"}'),
  ),
  testCase(
    "metadata of a custom resource of a wrong type",
    ...installed({}),
    post(widgetsPath, '{"apiVersion":"x/v1","kind":"Widget","metadata":"x"}'),
    post(widgetsPath, widget("a", {}, { labels: { n: 5 } })),
  ),
  testCase(
    "creationTimestamp that is no time",
    post(configMaps, configMap("a", {}, { creationTimestamp: "yesterday" })),
  ),
  testCase(
    "accept as Go reads it",
    quiet(post(configMaps, configMap("a"))),
    ...[
      "*",
      "application / json",
      "application/json;q=x",
      "application/json;AS=Table;v=v1;g=meta.k8s.io",
      "application/yaml;stream=watch",
      "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io",
      "*;a=b, application/json;q=0",
    ].map((accept) => get(one, {}, { headers: { accept } })),
    get("/version", {}, { headers: { accept: "application/JSON" } }),
    get("/api/v1", {}, { headers: { accept: "json" } }),
    get("/apis/apps", {}, { headers: { accept: "json" } }),
  ),
  testCase(
    "accept that is broken",
    get(configMaps, {}, { headers: { accept: ";;" } }),
    get(configMaps, {}, { headers: { accept: "" }, select: ({ kind }: { kind: string }) => kind }),
  ),
]);
