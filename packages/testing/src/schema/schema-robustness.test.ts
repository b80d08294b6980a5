import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSchema } from "./compiled-schema.js";
import { applyDefaults } from "./defaults.js";
import { JsonTooDeepError } from "./json-too-deep-error.js";
import { MAX_JSON_DEPTH, copyJson, jsonEqual } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { pruneObject } from "./prune.js";
import { validateObject } from "./validate.js";

const SCHEMA: OpenApiSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        text: { type: "string", default: "x", maxLength: 5 },
        list: {
          type: "array",
          items: { type: "object", properties: { n: { type: "integer", default: 1 } } },
        },
        map: { type: "object", additionalProperties: { type: "string", nullable: true } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        self: {
          type: "object",
          additionalProperties: { type: "object", additionalProperties: true },
        },
      },
    },
  },
};

const compiled = compileSchema(SCHEMA);

function process(object: JsonObject): JsonObject {
  pruneObject(compiled, object);
  return applyDefaults(compiled, object);
}

const keys = fc.oneof(
  fc.constantFrom(
    "spec",
    "text",
    "list",
    "map",
    "free",
    "n",
    "__proto__",
    "constructor",
    "toString",
  ),
  fc.string({ maxLength: 5 }),
);

const { value: anyJson } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<JsonValue>(null, true, 0, 1.5, -1, "", "text", "longer text"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie("value")), { maxLength: 5 }).map((entries) => {
      const text = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
      return JSON.parse(`{${text.join(",")}}`) as JsonObject;
    }),
  ),
}));

describe("any JSON", () => {
  it("is processed the same the second time", () => {
    fc.assert(
      fc.property(anyJson, (spec) => {
        const once = process({ spec: copyJson(spec) });
        const twice = process(copyJson<JsonObject>(once));
        expect(jsonEqual(once, twice)).toBe(true);
      }),
    );
  });

  it("is validated without an exception, and without being changed", () => {
    fc.assert(
      fc.property(anyJson, anyJson, (spec, old) => {
        const object = process({ spec: copyJson(spec) });
        const before = JSON.stringify(object);
        validateObject(compiled, object, { old: { spec: old } });
        expect(JSON.stringify(object)).toBe(before);
      }),
    );
  });

  it("is never judged on an update that changes nothing", () => {
    fc.assert(
      fc.property(anyJson, (spec) => {
        expect(validateObject(compiled, { spec }, { old: { spec: copyJson(spec) } })).toEqual([]);
      }),
    );
  });

  it("leaves prototypes alone", () => {
    fc.assert(
      fc.property(anyJson, (spec) => {
        process({ spec: copyJson(spec) });
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
    );
  });
});

describe("keys that JavaScript gives a meaning", () => {
  it("are data in a map and unknown as fields", () => {
    const object = JSON.parse(
      '{"spec":{"map":{"__proto__":"a","constructor":"b"},"__proto__":{"text":"c"},"toString":1}}',
    ) as JsonObject;
    const { unknownFields } = pruneObject(compiled, object);
    expect(unknownFields).toEqual(["spec.__proto__", "spec.toString"]);
    expect(JSON.stringify(applyDefaults(compiled, object))).toBe(
      '{"spec":{"map":{"__proto__":"a","constructor":"b"},"text":"x"}}',
    );
  });
});

describe("deep nesting", () => {
  const deep = (levels: number) =>
    JSON.parse(`{"spec":{"free":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}}`) as JsonObject;

  it("is refused before any walk goes down", () => {
    expect(() => pruneObject(compiled, deep(50_000))).toThrow(JsonTooDeepError);
  });

  it("is fine up to the limit", () => {
    expect(pruneObject(compiled, deep(MAX_JSON_DEPTH - 2)).unknownFields).toEqual([]);
  });
});

describe("types that contain themselves", () => {
  const node: OpenApiSchema = {
    type: "object",
    properties: {
      name: { type: "string", default: "" },
      protocol: { type: "string", default: "TCP" },
      children: { type: "array", items: { $ref: "#/Node" } },
      wrapped: { allOf: [{ $ref: "#/Node" }], default: {} },
      raw: { type: "object" },
    },
  };
  const schema = compileSchema(
    { $ref: "#/Node" },
    { resolve: (ref) => (ref === "#/Node" ? node : undefined) },
  );

  it("are walked as deep as the object goes", () => {
    const object: JsonObject = {
      children: [{ name: "a", children: [{ unknown: 1, raw: { any: 1 } }], wrapped: { odd: 2 } }],
    };
    expect(pruneObject(schema, object).unknownFields).toEqual([
      "children[0].children[0].unknown",
      "children[0].wrapped.odd",
    ]);
    // Defaults that only stand for Go's zero values are not filled in.
    expect(applyDefaults(schema, object)).toEqual({
      protocol: "TCP",
      children: [
        {
          name: "a",
          protocol: "TCP",
          wrapped: { protocol: "TCP" },
          children: [{ protocol: "TCP", raw: { any: 1 } }],
        },
      ],
    });
  });

  it("end at a reference that leads in a circle", () => {
    const circle = compileSchema(
      { $ref: "#/A" },
      { resolve: (ref) => ({ $ref: ref === "#/A" ? "#/B" : "#/A" }) },
    );
    expect(pruneObject(circle, { a: 1 }).unknownFields).toEqual([]);
  });
});
