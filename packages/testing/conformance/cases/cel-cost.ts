import type { ConformanceCase } from "../case.js";
import { clusterCase, post, testCase, topic } from "../requests.js";
import { crd, paths } from "../objects.js";

type Rule = string | Readonly<Record<string, unknown>>;

const text = { type: "string" };
const shortText = { type: "string", maxLength: 10 };
const list = (items: object, maxItems?: number): object => ({ type: "array", items, maxItems });
const map = (values: object, maxProperties?: number): object => ({
  type: "object",
  additionalProperties: values,
  maxProperties,
});
const object = (properties: object, ...required: readonly string[]): object => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
});
const ruled = (schema: object, ...rules: readonly Rule[]): object => ({
  ...schema,
  "x-kubernetes-validations": rules.map((rule) => (typeof rule === "string" ? { rule } : rule)),
});

const judgedSchema = (name: string, schema: object): ConformanceCase =>
  clusterCase(
    name,
    post(paths.crds, crd(schema), {
      query: { dryRun: "All" },
      select: (body: { kind: string }): unknown => (body.kind === "Status" ? body : "accepted"),
    }),
  );
/** The verdict on a definition whose `spec` is a schema. */
const judged = (name: string, spec: object): ConformanceCase =>
  judgedSchema(name, { properties: { spec } });
/** Rules about fields, each a definition of its own. */
const each = (fields: object, rules: Readonly<Record<string, Rule>>): readonly ConformanceCase[] =>
  Object.entries(rules).map(([name, rule]) => judged(name, ruled(object(fields), rule)));

const fields = {
  s: text,
  t: shortText,
  l: list(text),
  few: list(shortText, 10),
  m: map(text),
  small: map(shortText, 5),
  o: list(object({ k: text, n: list(shortText) }, "k")),
  i: { type: "integer" },
  b: { type: "boolean" },
  e: { type: "string", enum: ["one", "three"] },
  w: { type: "string", format: "date-time" },
  d: { type: "string", format: "duration" },
  y: { type: "string", format: "byte" },
  p: { "x-kubernetes-int-or-string": true },
  ints: list({ type: "integer" }),
};
const policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const costlyPolicy = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: "costly.example.com" },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ["none.example.com"],
          apiVersions: ["*"],
          resources: ["*"],
          operations: ["CREATE"],
        },
      ],
    },
    validations: [
      {
        expression: "object.spec.l.all(x, object.spec.l.all(y, object.spec.l.all(z, x == y + z)))",
      },
    ],
  },
};

const unlimited = ruled(list(text), "self.all(x, x.startsWith('a'))");

export const celCost = topic("cel-cost", [
  ...each(fields, {
    "a loop over an unlimited list": "self.l.all(x, x == 'a')",
    "exists over an unlimited list": "self.l.exists(x, x == 'a')",
    "exists one over an unlimited list": "self.l.exists_one(x, x.size() > 1)",
    "map over an unlimited list": "self.l.map(x, x + 'a').size() > 1",
    "map with a condition": "self.l.map(x, x != '', x).size() > 1",
    "filter of an unlimited list": "self.l.filter(x, x.contains('abc')).size() > 1",
    "a filtered list in a loop": "self.l.filter(x, x != '').all(y, y.matches('^a+$'))",
    "nested loops": "self.l.all(x, self.l.exists(y, x == y))",
    "nested loops over few": "self.few.all(x, self.few.exists(y, x == y))",
    "a loop in the items of a loop": "self.o.all(x, x.n.all(y, y == x.k))",
    "two fields of an item": "self.o.all(x, x.n.exists(y, y == 'a') && x.k.contains('b'))",
    "a loop over a map": "self.m.all(k, self.m[k].startsWith('a'))",
    "a loop over a small map": "self.small.all(k, self.small[k].matches('a{1,3}'))",
    "keys of a map": "self.m.all(k, k.matches('^[a-z]+$'))",
    "two variables": "self.m.all(k, v, v != k)",
    "transformed list": "self.few.transformList(i, v, i > 2, v + 'a').size() > 1",
    "transformed map": "self.m.transformMap(k, v, v + k).size() > 1",
    "matches of an unlimited text": "self.s.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    "matches of a long pattern": `self.s.matches('${"[a-z]".repeat(60)}')`,
    "contains of an unlimited text": "self.s.contains(self.s)",
    "contains of a constant": "self.s.contains('abcdefghijklm')",
    "split of an unlimited text": "self.s.split(',').all(x, x.size() < 10)",
    "split with a limit": "self.s.split(',', 3).all(x, x.size() < 10)",
    replace: "self.s.replace('a', 'bcd').replace('b', 'cde').contains('xyzuvwabcdefghijkl')",
    join: "self.l.join(',').size() > 1",
    "join of few": "self.few.join(', ').contains(self.s)",
    "text put together": "(self.s + self.s).matches('^a+$')",
    "lower case": "self.s.lowerAscii().trim().matches('^aaaaaaaaaaaaaaaaaa+$')",
    find: "self.s.findAll('[0-9]+').map(x, int(x)).sum() > 3",
    "in a list": "self.l.all(x, x in self.l)",
    "in a map": "self.l.all(x, x in self.m)",
    "in constants": "self.l.all(x, x in ['a', 'b', 'c'])",
    "loop over constants": "['a', 'b'].all(x, self.s.contains(x))",
    "equal lists": "self.l == self.l && self.o.all(x, x == x)",
    ternary: "self.b ? self.l.all(x, x.matches('a')) : self.s == 'a'",
    has: "self.o.all(x, has(x.k) && has(x.n))",
    "only has": "has(self.s) && has(self.l) && has(self.o)",
    enum: "self.l.all(x, self.e.contains('one'))",
    formats: "self.l.all(x, self.w < timestamp('2020-01-01T00:00:00Z') && self.d > duration('1s'))",
    bytes: "self.l.all(x, self.y == bytes(x) && string(self.y) == x)",
    "int or string": "self.l.all(x, self.p == x)",
    numbers: "self.ints.all(x, x > 1 && x + 3 < -5)",
    "sorted and summed": "self.ints.isSorted() && self.ints.sum() > self.ints.max()",
    "sorted texts": "self.l.isSorted() && self.l.indexOf('a') > 1",
    sets: "sets.contains(self.l, self.few) && sets.equivalent(self.few, ['a'])",
    distinct: "self.l.distinct().size() > 1",
    "sorted by keys":
      "self.few.sortBy(e, self.s).all(x, self.ints.sortBy(e, -e).all(y, x == self.few[0]))",
    quantity: "self.l.all(x, quantity(x).isGreaterThan(quantity('1')))",
    "quantities that are equal": "quantity(self.t) == quantity('1')",
    "quantities that differ": "quantity(self.t) != quantity('1')",
    ip: "self.l.all(x, isIP(x) && ip(x).family() == 4)",
    cidr: "self.l.all(x, cidr('10.0.0.0/8').containsIP(x) && cidr(x).containsCIDR('10.0.0.0/8'))",
    url: "self.l.all(x, isURL(x) && url(x).getHost() == 'a')",
    semver: "self.l.all(x, isSemver(x) && semver(x).major() == 1)",
    "format of a name": "self.l.all(x, !format.dns1123Label().validate(x).hasValue())",
    "format of a short name": "!format.dns1123Label().validate(self.t).hasValue()",
    "named format": "format.named('uuid').value().validate(self.s) == optional.none()",
    "old self": "self.l.all(x, oldSelf.l.exists(y, x == y))",
    "optional old self": {
      rule: "!oldSelf.hasValue() || oldSelf.value().l.all(x, self.l.exists(y, x == y))",
      optionalOldSelf: true,
    },
    "optional fields": "self.?s.orValue('').matches('^a+$')",
    "optional map": "self.?l.optMap(v, v.all(x, x == 'a')).orValue(true)",
    "optional item":
      "self.o[?0].?k.orValue('') == 'a' && self.l[0] == 'a' && self.o[0].k.matches('^a')",
    types: "type(self.p) == string ? self.p.matches('a') : self.p > 3",
    conversions: "self.l.all(x, int(x) > 3 && double(x) < 4.0 && string(int(x)) == x)",
    dyn: "dyn(self.l) == dyn(self.few) && dyn(self.s) < 'a'",
    "a map literal": "{'a': self.s, 'b': 'c'}['a'].contains('abcdefghijkl')",
    "a list literal": "[self.s, self.t].all(x, x.contains('abcdefghijkl'))",
    "indexed literal": "[self.s][0].matches('^aaaaaaaaaaaaaaaa')",
    "format with values": "'%s is %s'.format([self.s, self.t]) == self.s",
    quoted: "strings.quote(self.s).matches('abcdefghijkl')",
    "message expression of a number": {
      rule: "self.i < 5",
      messageExpression: "'is ' + string(self.i)",
    },
    "message expression of a text": { rule: "self.i < 5", messageExpression: "'is ' + self.s" },
    "message expression of a list": {
      rule: "self.i < 5",
      messageExpression: "self.l.map(x, x + '!').join(', ')",
    },
    "message expression of a short text": {
      rule: "self.i < 5",
      messageExpression: "'is ' + self.t",
    },
    "rule and message are costly": {
      rule: "self.l.all(x, self.l.all(y, x == y))",
      messageExpression: "self.l.map(x, self.l.join(x)).join(', ')",
    },
  }),
  ...[1, 2, 3, 5, 8, 13, 30, 60, 300].map((count) =>
    judged(
      `factor of a list of ${count}00`,
      ruled(object({ l: list(shortText, count * 100) }), "self.l.all(x, self.l.all(y, x == y))"),
    ),
  ),
  ...[1, 7, 11, 14, 16, 120].map((count) =>
    judged(
      `cardinality of ${count}000`,
      object({
        l: list(
          ruled(object({ s: { type: "string", maxLength: 1000 } }), "self.s.matches('abcdefgh')"),
          count * 1000,
        ),
      }),
    ),
  ),
  judged("in the items of an unlimited list", object({ l: list(ruled(text, "self != 'a'")) })),
  judged(
    "in the items of a list with required fields",
    object({
      l: list(
        ruled(
          object({ a: { type: "boolean" }, long: text, i: { type: "integer" } }, "a", "long"),
          "self.i > 3 && self.a && self.i < 100 && self.i != 7",
        ),
      ),
    }),
  ),
  judged("in the values of a map", object({ m: map(ruled(shortText, "self.contains('aa')")) })),
  judged("in the values of a small map", object({ m: map(ruled(shortText, "self != 'a'"), 4) })),
  judged(
    "in nested lists",
    object({ l: list(object({ m: map(ruled(shortText, "self != 'a'"), 100) }), 1000) }),
  ),
  judged("in nested lists without limits", list(list(ruled({ type: "integer" }, "self > 3")))),
  judged("a list itself", unlimited),
  judged("a text itself", ruled(text, "self.matches('^[a-z]{3,5}(abc|def)+$')")),
  judged("keys with a limit", ruled(map(shortText, 100), "self.all(k, k.size() < 64)")),
  judged(
    "many rules that are too much together",
    ruled(
      object({ l: list(shortText, 1000), few: list(shortText, 990) }),
      ...Array.from(
        { length: 24 },
        (_, index) =>
          `self.${index % 3 === 0 ? "few" : "l"}.all(x, self.l.all(y, x != y))${" && true".repeat(index)}`,
      ),
    ),
  ),
  judged(
    "many rules that are just not too much",
    ruled(
      object({ l: list(shortText, 1000) }),
      ...Array.from({ length: 9 }, () => "self.l.all(x, self.l.all(y, x.size() != y.size()))"),
    ),
  ),
  judged(
    "cheap rules below lists",
    object({
      a: list(ruled(object({ i: { type: "integer" } }), "self.i * 3 > 4 || self.i / 2 < 4")),
      b: list(ruled({ type: "integer" }, "self > 3 && self < 100", "self * 3 != 7")),
      c: list(list(ruled({ type: "boolean" }, "self || !self || self == true || !self"))),
      d: map(
        ruled(
          object({ r: text, q: { ...text, default: "a" } }, "r", "q"),
          "self.r != self.q && self.r.matches('^ab+')",
        ),
      ),
    }),
  ),
  judged(
    "rules inside and outside",
    ruled(
      object({ inner: ruled(object({ l: list(text) }), "self.l.all(x, self.l.all(y, x == y))") }),
      "self.inner.l.all(x, x.matches('a'))",
      "self.inner.m",
      {
        rule: "self.inner.l.all(x, x.contains('ab'))",
        messageExpression: "self.inner.l[0] + self.nope",
      },
    ),
  ),
  judgedSchema("rules at the root", {
    properties: { spec: object({ l: list(text) }) },
    "x-kubernetes-validations": [
      { rule: "self.metadata.name.matches('^[a-z0-9]+$')" },
      { rule: "self.spec.l.all(x, x == self.metadata.name)" },
      { rule: "self.kind.contains(self.apiVersion)" },
    ],
  }),
  testCase(
    "policies are not estimated",
    post(policies, costlyPolicy, {
      query: { dryRun: "All" },
      select: ({ kind }: { kind: string }) => kind,
    }),
  ),
]);
