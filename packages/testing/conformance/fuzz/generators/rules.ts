import fc from "fast-check";

import type { FuzzRequest } from "../fuzz-request.js";
import { definitionRequest } from "./schemas.js";

/** What the rules may speak of: everything has bounds, so that no rule costs too much. */
const ruledProperties = {
  i: { type: "integer" },
  j: { type: "integer", format: "int32" },
  n: { type: "number" },
  s: { type: "string", maxLength: 20 },
  t: { type: "string", format: "date-time", maxLength: 30 },
  d: { type: "string", format: "duration", maxLength: 20 },
  f: { type: "boolean" },
  l: { type: "array", maxItems: 5, items: { type: "integer" } },
  words: { type: "array", maxItems: 5, items: { type: "string", maxLength: 10 } },
  set: {
    type: "array",
    maxItems: 5,
    "x-kubernetes-list-type": "set",
    items: { type: "string", maxLength: 10 },
  },
  o: {
    type: "object",
    properties: { a: { type: "string", maxLength: 10 }, b: { type: "integer" } },
  },
  m: {
    type: "object",
    maxProperties: 5,
    additionalProperties: { type: "string", maxLength: 10 },
  },
  x: { "x-kubernetes-int-or-string": true },
  "a-b": { type: "string", maxLength: 10 },
  nullable: { type: "string", nullable: true, maxLength: 10 },
} as const;

type Kind = "int" | "double" | "string" | "bool" | "list" | "words" | "map";

const leaves: Readonly<Record<Kind, readonly string[]>> = {
  int: [
    "self.i",
    "self.j",
    "0",
    "1",
    "-3",
    "self.o.b",
    "size(self.s)",
    "self.l.size()",
    "self.l[0]",
  ],
  double: ["self.n", "1.5", "double(self.i)", "-0.5"],
  string: ["self.s", "'a'", '"b"', "self.o.a", "self.a__dash__b", "string(self.i)", "self.m['k']"],
  bool: [
    "self.f",
    "true",
    "false",
    "has(self.i)",
    "has(self.o.a)",
    "has(self.m.k)",
    "'k' in self.m",
  ],
  list: ["self.l", "[1, 2]", "[self.i]"],
  words: ["self.words", "self.set", "['a', 'b']", "self.s.split(',')"],
  map: ["self.m", "{'k': 'v'}"],
};
const kinds = Object.keys(leaves) as Kind[];

/** Expressions by what they come to; now and then one of another type stands where none fits. */
const trees = fc.letrec<Record<Kind, string>>((tie) => {
  const any = (kind: Kind): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 25, arbitrary: tie(kind) },
      { weight: 1, arbitrary: fc.constantFrom(...kinds).chain((other) => tie(other)) },
    );
  const form = (make: (...parts: string[]) => string, ...parts: Kind[]): fc.Arbitrary<string> =>
    fc.tuple(...parts.map(any)).map((texts) => make(...texts));
  const of = (kind: Kind, ...forms: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      { weight: 3, arbitrary: fc.constantFrom(...leaves[kind]) },
      ...forms.map((arbitrary) => ({ weight: 1, arbitrary })),
    );
  const compared = fc.constantFrom("==", "!=", "<", ">=");
  return {
    int: of(
      "int",
      form((a, b) => `${a} + ${b}`, "int", "int"),
      form((a, b) => `(${a} - ${b})`, "int", "int"),
      form((a, b) => `${a} % ${b}`, "int", "int"),
      form((a) => `int(${a})`, "double"),
      form((a, b) => `${a}.indexOf(${b})`, "string", "string"),
      form((a) => `${a}.sum()`, "list"),
      form((a, b, c) => `(${a} ? ${b} : ${c})`, "bool", "int", "int"),
    ),
    double: of(
      "double",
      form((a, b) => `${a} / ${b}`, "double", "double"),
      form((a) => `double(${a})`, "int"),
    ),
    string: of(
      "string",
      form((a, b) => `${a} + ${b}`, "string", "string"),
      form((a) => `${a}.lowerAscii()`, "string"),
      form((a) => `${a}.trim()`, "string"),
      form((a) => `${a}.join('-')`, "words"),
      form((a, b) => `${a}.substring(${b})`, "string", "int"),
      form((a, b) => `${a}[${b}]`, "words", "int"),
      form((a, b) => `${a}.replace(${b}, 'x')`, "string", "string"),
    ),
    bool: of(
      "bool",
      compared.chain((op) => form((a, b) => `${a} ${op} ${b}`, "int", "int")),
      compared.chain((op) => form((a, b) => `${a} ${op} ${b}`, "string", "string")),
      compared.chain((op) => form((a, b) => `${a} ${op} ${b}`, "double", "double")),
      form((a, b) => `${a} == ${b}`, "list", "list"),
      form((a, b) => `(${a} && ${b})`, "bool", "bool"),
      form((a, b) => `(${a} || ${b})`, "bool", "bool"),
      form((a) => `!(${a})`, "bool"),
      form((a, b) => `${a}.startsWith(${b})`, "string", "string"),
      form((a, b) => `${a}.contains(${b})`, "string", "string"),
      form((a) => `${a}.matches('^a+$')`, "string"),
      form((a, b) => `${a} in ${b}`, "int", "list"),
      form((a, b) => `${a} in ${b}`, "string", "words"),
      form((a) => `${a}.all(e, e > 0)`, "list"),
      form((a, b) => `${a}.exists(e, e == ${b})`, "list", "int"),
      form((a) => `${a}.exists_one(e, e == 'a')`, "words"),
      form((a, b) => `${a}.filter(e, e.size() > 1).size() == ${b}`, "words", "int"),
      form((a) => `${a}.map(e, e * 2).exists(e, e > 2)`, "list"),
      form((a) => `${a}.isSorted()`, "list"),
      form((a) => `${a}.all(k, k != '')`, "map"),
    ),
    list: of(
      "list",
      form((a) => `${a}.map(e, e + 1)`, "list"),
    ),
    words: of(
      "words",
      form((a, b) => `${a} + ${b}`, "words", "words"),
    ),
    map: of("map"),
  };
});

const broken = fc.constantFrom(
  "",
  " ",
  "self.",
  "self.i ==",
  "(self.f",
  "self.f)",
  "self.none == 1",
  "self.o.none == ''",
  "other",
  "self.s.shout()",
  "shout(self.s)",
  "self.a-b == ''",
  "self.i = 1",
  "self.l.all(e)",
  "self.l.all(1, true)",
  "has(self)",
  "has(self.l[0])",
  "'a' + 1 == 'a'",
  "self.i",
  "self.s",
  "self.s.matches('(')",
  "duration('x') == self.d",
  "self == oldSelf",
  "oldSelf.i < self.i",
  "self.t < timestamp('2020-01-01T00:00:00Z')",
  "self.d < duration('1h')",
  "self.x == 1 || self.x == '50%'",
  "type(self.x) == int",
  "self.nullable == null",
  "quantity(self.s).isGreaterThan(quantity('1'))",
  "isURL(self.s) && url(self.s).getHost() == 'a'",
  "self.?o.?a.orValue('') == 'a'",
  "optional.of(self.i).hasValue()",
  "cel.bind(v, self.i, v > 1)",
  "self.s.find('[0-9]+') == '1'",
  "'%d'.format([self.i]) == '1'",
  "self.set == ['b', 'a']",
  "ip('::1').family() == 6",
  "1 == 1.0",
  "dyn(1) == 1.0",
  "0x1F == 31 && 1u == 1u",
  "r'\\\\d' == '\\\\d'",
);

const ruleTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: trees.bool },
  { weight: 1, arbitrary: broken },
);

/** A definition with one rule. */
export const rules: fc.Arbitrary<FuzzRequest> = ruleTexts.map((rule) =>
  definitionRequest({
    type: "object",
    properties: {
      spec: { type: "object", properties: ruledProperties, "x-kubernetes-validations": [{ rule }] },
    },
  }),
);

const value = fc.record(
  {
    i: fc.integer({ min: -3, max: 5 }),
    j: fc.integer({ min: -3, max: 5 }),
    n: fc.constantFrom(0, 1.5, -2.25, 3),
    s: fc.constantFrom("", "a", "aa,b", "B ", "1", "1Mi", "\u00e9"),
    t: fc.constantFrom("2019-12-31T23:59:59Z", "2024-02-29T00:00:00+01:00"),
    d: fc.constantFrom("30m", "1h", "2h0m1s"),
    f: fc.boolean(),
    l: fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
    words: fc.array(fc.constantFrom("a", "b", "aa"), { maxLength: 3 }),
    set: fc.subarray(["a", "b", "c"]),
    o: fc.record(
      { a: fc.constantFrom("a", "b"), b: fc.integer({ min: 0, max: 2 }) },
      { requiredKeys: [] },
    ),
    m: fc.dictionary(fc.constantFrom("k", "l"), fc.constantFrom("a", "b"), { maxKeys: 2 }),
    x: fc.constantFrom<unknown>(1, "50%"),
    "a-b": fc.constantFrom("a", "b"),
    nullable: fc.constantFrom<unknown>(null, "a"),
  },
  { requiredKeys: ["i", "s", "f", "l", "words", "set", "m", "n", "j", "a-b"] },
);

/** A definition with a default that its rule is evaluated on: the one way to try any rule on any value, and to leave nothing behind. */
export const evaluations: fc.Arbitrary<FuzzRequest> = fc
  .tuple(ruleTexts, value)
  .map(([rule, spec]) =>
    definitionRequest({
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: ruledProperties,
          default: spec,
          "x-kubernetes-validations": [{ rule }],
        },
      },
    }),
  );
