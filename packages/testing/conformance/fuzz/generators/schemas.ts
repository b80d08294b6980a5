import fc from "fast-check";

import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { definitions } from "../world.js";

type Schema = Readonly<Record<string, unknown>>;

const types = ["object", "array", "string", "integer", "number", "boolean"] as const;
const names = ["a", "b", "key"] as const;
const values = fc.constantFrom<unknown>(
  null,
  true,
  0,
  3,
  -1,
  1.5,
  "",
  "a",
  "5Mi",
  [],
  ["a", "a"],
  [{ key: "x" }, { key: "x" }],
  {},
  { a: 1 },
  { a: "x", zz: {} },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "n" } },
);

/** What fits a type mostly, and sometimes does not. */
const ownKeywords: Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  string: {
    pattern: fc.constantFrom("^a+$", "[a-z]{1,3}", "(", "a{2,1}", "(?=a)", "\\d"),
    format: fc.constantFrom("date-time", "uuid", "byte", "ipv4", "date", "strange"),
    minLength: fc.constantFrom(0, 2),
    maxLength: fc.constantFrom(1, 5),
  },
  number: {
    minimum: fc.constantFrom(0, 1.5, -3),
    maximum: fc.constantFrom(2, 0.5),
    exclusiveMinimum: fc.boolean(),
    exclusiveMaximum: fc.boolean(),
    multipleOf: fc.constantFrom(2, 0.5),
    format: fc.constantFrom("int32", "int64", "float", "double"),
  },
  array: {
    minItems: fc.constantFrom(0, 1),
    maxItems: fc.constantFrom(1, 3),
    uniqueItems: fc.boolean(),
    "x-kubernetes-list-type": fc.constantFrom("atomic", "set", "map", "bag"),
    "x-kubernetes-list-map-keys": fc.subarray([...names, "key", "none"], {
      minLength: 0,
      maxLength: 2,
    }),
  },
  object: {
    minProperties: fc.constantFrom(0, 1),
    maxProperties: fc.constantFrom(0, 2),
    required: fc.subarray([...names, "none"]),
    "x-kubernetes-map-type": fc.constantFrom("atomic", "granular", "set"),
    "x-kubernetes-embedded-resource": fc.boolean(),
  },
};
const keywordsOf = (type: string) =>
  ownKeywords[type === "integer" ? "number" : type] ?? ownKeywords["number"] ?? {};

const anyKeywords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  nullable: fc.boolean(),
  default: values,
  enum: fc.array(values, { minLength: 1, maxLength: 2 }),
  description: fc.constantFrom("", "d"),
  title: fc.constantFrom("t"),
  "x-kubernetes-preserve-unknown-fields": fc.boolean(),
};
const rareKeywords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...Object.assign({}, ...Object.values(ownKeywords)),
  "x-kubernetes-int-or-string": fc.boolean(),
  id: fc.constant("i"),
  $ref: fc.constant("#/a"),
  definitions: fc.constant({ a: { type: "string" } }),
  dependencies: fc.constant({ a: ["b"] }),
  patternProperties: fc.constant({ a: { type: "string" } }),
  additionalItems: fc.constantFrom<unknown>(true, { type: "string" }),
  type: fc.constantFrom("null", "text", ""),
  example: values,
  externalDocs: fc.constant({ url: "u" }),
};

/** A few entries of a record of keywords. */
function someOf(
  keywords: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  maxLength: number,
): fc.Arbitrary<Schema> {
  return fc
    .subarray(Object.keys(keywords), { maxLength })
    .chain((keys) =>
      fc.record(Object.fromEntries(keys.map((key) => [key, keywords[key] ?? fc.constant(null)]))),
    );
}

const rarely = <T>(inner: fc.Arbitrary<T>, none: T, weight = 6): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: inner });

const none: Schema = {};

/** What stands below `allOf`, `anyOf`, `oneOf` and `not`: values alone, or more than may be there. */
const nested: fc.Arbitrary<Schema> = fc
  .tuple(
    fc.constantFrom(...types).chain((type) => someOf(keywordsOf(type), 2)),
    rarely(someOf({ ...anyKeywords, ...rareKeywords }, 1), none, 2),
    rarely(
      fc.record({
        properties: fc.record({ a: fc.constant({ minLength: 1 }) }),
      }) as fc.Arbitrary<Schema>,
      none,
      2,
    ),
    rarely(fc.record({ type: fc.constantFrom(...types) }) as fc.Arbitrary<Schema>, none),
  )
  .map((parts) => Object.assign({}, ...parts) as Schema);

const junctors: fc.Arbitrary<Schema> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("allOf", "anyOf", "oneOf"),
      fc.array(nested, { minLength: 1, maxLength: 2 }),
    )
    .map(([key, list]) => ({ [key]: list })),
  nested.map((not) => ({ not })),
);

const intOrString: fc.Arbitrary<Schema> = fc
  .tuple(
    fc.constantFrom<Schema>(
      none,
      { anyOf: [{ type: "integer" }, { type: "string" }] },
      { anyOf: [{ type: "string" }, { type: "integer" }] },
      { allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }] },
      { allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { pattern: "^a" }] },
      { type: "string" },
    ),
    someOf(anyKeywords, 1),
  )
  .map(([form, more]) => ({ "x-kubernetes-int-or-string": true, ...form, ...more }));

const { schema: anySchema } = fc.letrec<{ schema: Schema; typed: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 6, arbitrary: tie("typed") },
    { weight: 1, arbitrary: intOrString },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Schema>({ "x-kubernetes-preserve-unknown-fields": true }, none),
    },
  ),
  typed: fc
    .constantFrom("object", "object", "array", "array", "string", "integer", "number", "boolean")
    .chain((type) =>
      fc
        .tuple(
          fc.constant({ type }),
          inside(type, tie("schema")),
          someOf(keywordsOf(type), 2),
          rarely(someOf(anyKeywords, 2), none, 1),
          rarely(junctors, none, 4),
          rarely(someOf(rareKeywords, 1), none, 8),
        )
        .map((parts) => Object.assign({}, ...parts) as Schema),
    ),
}));

function inside(type: string, schema: fc.Arbitrary<Schema>): fc.Arbitrary<Schema> {
  if (type === "array") {
    return fc.oneof(
      { weight: 8, arbitrary: schema.map((items) => ({ items })) },
      { weight: 1, arbitrary: fc.constant(none) },
      { weight: 1, arbitrary: schema.map((items) => ({ items: [items] })) },
    );
  }
  if (type !== "object") return fc.constant(none);
  const properties = fc.dictionary(fc.constantFrom(...names), schema, { maxKeys: 2 });
  return fc.oneof(
    { weight: 6, arbitrary: properties.map((each) => ({ properties: each })) },
    { weight: 2, arbitrary: schema.map((each) => ({ additionalProperties: each })) },
    { weight: 1, arbitrary: fc.boolean().map((each) => ({ additionalProperties: each })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(properties, schema)
        .map(([some, each]) => ({ properties: some, additionalProperties: each })),
    },
  );
}

const roots: fc.Arbitrary<Schema> = fc.oneof(
  {
    weight: 8,
    arbitrary: anySchema.map((spec) => ({ type: "object", properties: { spec } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anySchema, anySchema)
      .map(([spec, metadata]) => ({ type: "object", properties: { spec, metadata } })),
  },
  { weight: 1, arbitrary: anySchema },
);

/** Asks for a definition with this schema, and leaves nothing behind. */
export function definitionRequest(schema: unknown): FuzzRequest {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "tries.fuzz.example.com" },
    spec: {
      group: "fuzz.example.com",
      scope: "Namespaced",
      names: { plural: "tries", singular: "try", kind: "Try", listKind: "TryList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  return shownRequest({
    method: "POST",
    path: `${definitions}?dryRun=All`,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(definition)),
  });
}

export const schemas = roots.map(definitionRequest);
