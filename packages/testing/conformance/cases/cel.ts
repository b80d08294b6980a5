import type { ConformanceCase, Step } from "../case.js";
import { clusterCase, patch, post, quiet, testCase, topic } from "../requests.js";
import { crd, paths, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const w = `${widgetsPath}/w`;
type Rule = { readonly rule: string } & Readonly<Record<string, unknown>>;
const fields = {
  s: { type: "string", maxLength: 100 },
  i: { type: "integer" },
  n: { type: "number" },
  b: { type: "boolean" },
  l: { type: "array", maxItems: 20, items: { type: "string", maxLength: 20 } },
  m: { type: "object", maxProperties: 20, additionalProperties: { type: "integer" } },
  o: { type: "object", properties: { x: { type: "integer" }, y: { type: "integer" } } },
  p: { "x-kubernetes-int-or-string": true },
  t: { type: "string", format: "date-time" },
  d: { type: "string", format: "duration" },
  set: {
    type: "array",
    maxItems: 10,
    "x-kubernetes-list-type": "set",
    items: { type: "string", maxLength: 20 },
  },
  map: {
    type: "array",
    maxItems: 10,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
    items: {
      type: "object",
      required: ["k"],
      properties: { k: { type: "string", maxLength: 20 }, v: { type: "string", maxLength: 20 } },
    },
  },
  "dash-ed": { type: "integer" },
  in: { type: "string", maxLength: 20 },
};
const ruled = (...rules: readonly Rule[]) => ({
  properties: { spec: { type: "object", properties: fields, "x-kubernetes-validations": rules } },
});
const judged = (name: string, rule: string | Rule, ...specs: readonly object[]): ConformanceCase =>
  testCase(
    name,
    ...installed(ruled(typeof rule === "string" ? { rule } : rule)),
    ...specs.map((spec, index) =>
      post(widgetsPath, widget(`w${index}`, { spec }), { select: verdict }),
    ),
  );
/** What was stored is for other cases; here the verdict counts. */
const verdict = (body: { kind: string }): unknown => (body.kind === "Status" ? body : "accepted");
const transition = (
  name: string,
  rule: Rule,
  before: object,
  ...after: readonly object[]
): ConformanceCase =>
  testCase(
    name,
    ...installed(ruled(rule)),
    post(widgetsPath, widget("w", { spec: before }), { select: verdict }),
    ...after.map((spec): Step => patch("merge", w, { spec }, { select: verdict })),
  );
const refused = (name: string, rule: Rule): ConformanceCase =>
  clusterCase(`refused: ${name}`, post(paths.crds, crd(ruled(rule)), { select: verdict }));

export const cel = topic("cel", [
  judged("comparison", "self.i < 5", { i: 4 }, { i: 5 }),
  judged("own message", { rule: "self.i < 5", message: "i has to stay small" }, { i: 5 }),
  refused("message expression", {
    rule: "self.i < 5",
    messageExpression: "'i is ' + string(self.i)",
  }),
  judged(
    "reason and field path",
    { rule: "self.i < 5", reason: "FieldValueForbidden", fieldPath: ".i" },
    { i: 7 },
  ),
  judged("missing field", "self.i < 5", {}),
  judged("message of an error", { rule: "self.i < 5", message: " keep small " }, {}),
  judged(
    "message of an overload",
    { rule: "self.p + 1 > 0", message: "p is a number" },
    { p: "a" },
  ),
  judged(
    "rule that costs too much",
    {
      rule: "[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].all(a, self.set.all(b, self.set.all(c, self.set.all(d, self.set.all(e, b + c + d + e != 'q')))))",
      message: "no q",
    },
    { set: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] },
  ),
  judged("has", "!has(self.i) || self.i < 5", {}, { i: 9 }),
  judged(
    "strings",
    "self.s.startsWith('a') && self.s.endsWith('z') && self.s.contains('m') && self.s.size() > 3",
    { s: "a-m-z" },
    { s: "amz" },
  ),
  judged("regular expression", "self.s.matches('^[a-z]+$')", { s: "abc" }, { s: "ABC" }),
  judged(
    "string functions",
    "self.s.lowerAscii() == 'abc' && self.s.upperAscii() == 'ABC' && self.s.replace('B', 'x').indexOf('x') == 1 && self.s.split('B').size() == 2 && self.s.substring(1, 2) == 'B' && self.s.trim() == self.s",
    { s: "aBc" },
    { s: "abc" },
  ),
  judged(
    "find",
    "self.s.find('[0-9]+') == '12' && self.s.findAll('[0-9]+').size() == 2",
    { s: "a12b3" },
    { s: "a1" },
  ),
  judged(
    "lists",
    "self.l.all(x, x.size() > 1) && self.l.exists(x, x == 'bb') && self.l.exists_one(x, x == 'cc') && self.l.filter(x, x != 'bb').map(x, x + '!')[0] == 'cc!'",
    { l: ["bb", "cc"] },
    { l: ["bb"] },
    { l: ["b"] },
  ),
  judged(
    "list functions",
    "self.l.isSorted() && self.l.indexOf('b') == 1 && self.l.lastIndexOf('b') == 1 && self.l.min() == 'a' && self.l.max() == 'c'",
    { l: ["a", "b", "c"] },
    { l: ["b", "a"] },
  ),
  judged("sums", "[self.i, 2, 3].sum() == 6", { i: 1 }, { i: 2 }),
  judged(
    "sets",
    "sets.contains(self.l, ['a']) && sets.intersects(self.l, ['b', 'z']) && sets.equivalent(self.l, ['b', 'a'])",
    { l: ["a", "b"] },
    { l: ["a"] },
  ),
  judged(
    "maps",
    "self.m.all(k, self.m[k] > 0) && 'a' in self.m",
    { m: { a: 1 } },
    { m: { a: 0 } },
    { m: { b: 1 } },
  ),
  judged(
    "quantity",
    "isQuantity(self.s) && quantity(self.s).isLessThan(quantity('1Gi'))",
    { s: "500Mi" },
    { s: "2Gi" },
    { s: "x" },
  ),
  judged(
    "addresses",
    "isIP(self.s) && ip(self.s).family() == 4 && cidr('10.0.0.0/8').containsIP(self.s)",
    { s: "10.1.2.3" },
    { s: "11.0.0.1" },
    { s: "x" },
  ),
  judged(
    "URL",
    "isURL(self.s) && url(self.s).getScheme() == 'https' && url(self.s).getHostname() == 'example.com'",
    { s: "https://example.com/x" },
    { s: "http://example.com/x" },
    { s: "x" },
  ),
  judged(
    "formats",
    "!format.dns1123Label().validate(self.s).hasValue()",
    { s: "abc" },
    { s: "A_b" },
  ),
  judged(
    "semver",
    "isSemver(self.s) && semver(self.s).isGreaterThan(semver('1.2.3'))",
    { s: "1.3.0" },
    { s: "1.0.0" },
    { s: "x" },
  ),
  judged(
    "times and durations",
    "self.t > timestamp('2000-01-01T00:00:00Z') && self.d < duration('1h')",
    { t: "2001-01-01T00:00:00Z", d: "10m" },
    { t: "1999-01-01T00:00:00Z", d: "10m" },
  ),
  judged(
    "int or string",
    "type(self.p) == int ? self.p > 1 : self.p == 'x'",
    { p: 2 },
    { p: "x" },
    { p: "y" },
  ),
  judged(
    "conditional and arithmetic",
    "(self.b ? self.i : -self.i) % 7 == 3 && self.n * 2.0 > 1.0",
    { b: true, i: 10, n: 1 },
    { b: false, i: 10, n: 1 },
  ),
  judged("division by zero", "1 / self.i > 0", { i: 0 }, { i: 1 }),
  judged("index out of range", "self.l[3] == 'x'", { l: ["a"] }),
  judged(
    "escaped names",
    "self.dash__dash__ed > 1 && self.__in__ == 'x'",
    { "dash-ed": 2, in: "x" },
    { "dash-ed": 0, in: "x" },
  ),
  testCase(
    "reserved names as they are",
    ...installed({
      properties: {
        spec: {
          type: "object",
          properties: {
            namespace: { type: "string", maxLength: 20 },
            package: { type: "string", maxLength: 20 },
          },
          "x-kubernetes-validations": [
            { rule: "!has(self.namespace) || self.namespace == self.__namespace__" },
            { rule: "has(self.namespace) && self.namespace == 'x'" },
            { rule: "self.?package.orValue('p') == 'p'" },
          ],
        },
      },
    }),
    ...[{ namespace: "x" }, { namespace: "y", package: "q" }, {}].map((spec, index) =>
      post(widgetsPath, widget(`w${index}`, { spec }), { select: verdict }),
    ),
  ),
  judged(
    "optional",
    "self.?o.?x.orValue(0) < 5 && self.?o.y.hasValue()",
    { o: { x: 1, y: 1 } },
    { o: { x: 9, y: 1 } },
    {},
  ),
  judged(
    "list map keys",
    "self.map.exists(e, e.k == 'a' && has(e.v))",
    { map: [{ k: "a", v: "1" }] },
    { map: [{ k: "a" }] },
  ),
  judged(
    "two variable comprehensions",
    "self.l.all(i, x, i < 2 || x == 'z')",
    { l: ["a", "b", "z"] },
    { l: ["a", "b", "c"] },
  ),
  transition(
    "immutable field",
    { rule: "self.s == oldSelf.s", message: "s is immutable" },
    { s: "a" },
    { s: "a", i: 1 },
    { s: "b" },
  ),
  transition("growing", { rule: "self.i >= oldSelf.i" }, { i: 1 }, { i: 2 }, { i: 1 }),
  transition(
    "optional old self",
    { rule: "oldSelf.hasValue() || self.i == 0", optionalOldSelf: true, message: "starts at 0" },
    { i: 0 },
    { i: 5 },
  ),
  judged(
    "optional old self of a create",
    { rule: "oldSelf.hasValue() || self.i == 0", optionalOldSelf: true, message: "starts at 0" },
    { i: 1 },
  ),
  testCase(
    "several rules",
    ...installed(ruled({ rule: "self.i > 1" }, { rule: "self.i > 2" })),
    post(widgetsPath, widget("a", { spec: { i: 0 } })),
  ),
  testCase(
    "rule on a leaf and on items",
    ...installed({
      properties: {
        spec: {
          type: "object",
          properties: {
            s: {
              type: "string",
              maxLength: 10,
              "x-kubernetes-validations": [{ rule: "self != 'no'" }],
            },
            l: {
              type: "array",
              maxItems: 5,
              items: {
                type: "string",
                maxLength: 5,
                "x-kubernetes-validations": [{ rule: "self.size() > 1" }],
              },
            },
          },
        },
      },
    }),
    post(widgetsPath, widget("a", { spec: { s: "no", l: ["ok", "x"] } })),
  ),
  testCase(
    "root rule sees the name",
    ...installed({
      properties: { spec: { type: "object" } },
      "x-kubernetes-validations": [{ rule: "self.metadata.name.startsWith('ok')" }],
    }),
    post(widgetsPath, widget("bad")),
    post(widgetsPath, widget("ok-1")),
  ),
  testCase(
    "rule is skipped where the type is wrong",
    ...installed(ruled({ rule: "self.i > 1" })),
    post(widgetsPath, widget("a", { spec: { i: "x" } })),
  ),
  testCase(
    "ratcheting of a rule",
    ...installed({
      properties: {
        spec: {
          type: "object",
          properties: { a: { type: "integer" }, s: { type: "string", maxLength: 9 } },
        },
      },
    }),
    quiet(post(widgetsPath, widget("w", { spec: { s: "old" } }))),
    quiet(
      patch("json", `${paths.crds}/widgets.{id}.example.com`, [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/s/x-kubernetes-validations",
          value: [{ rule: "self == 'new'" }],
        },
      ]),
    ),
    quiet(
      post(widgetsPath, widget("probe", { spec: { s: "x" } }), {
        query: { dryRun: "All" },
        until: (_body, status) => status === 422,
      }),
    ),
    patch("merge", w, { spec: { a: 1 } }, { select: verdict }),
    patch("merge", w, { spec: { s: "other" } }, { select: verdict }),
  ),
  refused("syntax error", { rule: "self.i <" }),
  refused("unknown field", { rule: "self.nope == 1" }),
  refused("wrong types", { rule: "self.i == 'x'" }),
  refused("not a boolean", { rule: "self.i" }),
  refused("unknown function", { rule: "self.s.shout()" }),
  refused("empty rule", { rule: "" }),
  refused("reason", { rule: "true", reason: "Whatever" }),
  refused("field path", { rule: "true", fieldPath: ".none" }),
  refused("message with a line break", { rule: "true", message: "a\nb" }),
  refused("message expression of another type", { rule: "true", messageExpression: "self.i" }),
  clusterCase(
    "refused: too costly",
    post(
      paths.crds,
      crd({
        properties: {
          spec: {
            type: "object",
            properties: { l: { type: "array", items: { type: "string" } } },
            "x-kubernetes-validations": [{ rule: "self.l.all(x, self.l.all(y, x.contains(y)))" }],
          },
        },
      }),
      { select: verdict },
    ),
  ),
  clusterCase(
    "refused: old self in a list that has no keys",
    post(
      paths.crds,
      crd({
        properties: {
          spec: {
            type: "object",
            properties: {
              l: {
                type: "array",
                maxItems: 5,
                items: {
                  type: "string",
                  maxLength: 5,
                  "x-kubernetes-validations": [{ rule: "self == oldSelf" }],
                },
              },
            },
          },
        },
      }),
      { select: verdict },
    ),
  ),
]);
