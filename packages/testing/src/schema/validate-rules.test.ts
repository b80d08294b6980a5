import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileSchema } from "./compiled-schema.js";
import { fieldErrorMessage } from "./field-error.js";
import type { JsonObject } from "./json.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { validateObject } from "./validate.js";

// What kube-apiserver 1.37 said of each rule on one object.
const recorded = JSON.parse(
  readFileSync(new URL("recordings/validation-rules.json", import.meta.url), "utf8"),
) as {
  readonly properties: Record<string, OpenApiSchema>;
  readonly value: JsonObject;
  readonly rules: readonly { readonly rule: string; readonly message?: string }[];
};

// The parser knows no optional entries in list and map literals.
const KNOWN_DIFFERENCES = new Set([
  "[1, ?optional.none()] == [1]",
  "{?'a': optional.none()} == {}",
]);

describe("rules recorded on a real server", () => {
  const rules = recorded.rules.filter(({ rule }) => !KNOWN_DIFFERENCES.has(rule));
  it.each(rules)("$rule", ({ rule, message }) => {
    const schema = compileSchema({
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: recorded.properties,
          "x-kubernetes-validations": [{ rule }],
        },
      },
    });
    const errors = validateObject(schema, { spec: recorded.value });
    expect(errors.map(fieldErrorMessage)).toEqual(message === undefined ? [] : [message]);
  });
});

describe("rules that run away", () => {
  const items = Array.from({ length: 3000 }, (_, index) => index);
  it.each([
    "self.l.all(x, self.l.all(y, self.l.all(z, x + y + z >= 0)))",
    "self.l.all(x, self.l.all(y, self.l.all(z, x / 0 == y)))",
    "self.l.map(x, self.l.map(y, self.l)).size() < 0",
  ])("%s ends with an error", (rule) => {
    const schema = compileSchema({
      type: "object",
      properties: { l: { type: "array", items: { type: "integer" } } },
      "x-kubernetes-validations": [{ rule }],
    });
    const [error] = validateObject(schema, { l: items });
    expect(error?.detail).toContain("cost");
  });
});

describe("rules of an update", () => {
  const schema = compileSchema({
    type: "object",
    properties: {
      s: { type: "string" },
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: {
          type: "object",
          properties: {
            k: { type: "string" },
            v: {
              type: "integer",
              "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "v is immutable" }],
            },
          },
        },
      },
    },
    "x-kubernetes-validations": [
      { rule: "!has(oldSelf.s) || self.s == oldSelf.s", message: "s is immutable" },
      {
        rule: "oldSelf.hasValue() || self.s != 'forbidden'",
        optionalOldSelf: true,
        message: "not at the start",
      },
    ],
  });
  const detailsOf = (object: JsonObject, old?: JsonObject) =>
    validateObject(schema, object, { old }).map((error) => `${error.field}: ${error.detail}`);

  it("are skipped on a create, unless they take an optional", () => {
    expect(detailsOf({ s: "forbidden" })).toEqual(["<nil>: not at the start"]);
  });

  it("compare with the stored object", () => {
    expect(detailsOf({ s: "b" }, { s: "a" })).toEqual(["<nil>: s is immutable"]);
  });

  it("follow the items of a map list by their keys", () => {
    const old = { s: "a", list: [{ k: "x", v: 1 }] };
    expect(
      detailsOf(
        {
          s: "a",
          list: [
            { k: "y", v: 5 },
            { k: "x", v: 2 },
          ],
        },
        old,
      ),
    ).toEqual(["list[1].v: v is immutable"]);
  });
});

describe("ratcheting", () => {
  it("does not judge what an update leaves as it was", () => {
    const schema = compileSchema({
      type: "object",
      properties: {
        a: { type: "string", pattern: "^x", "x-kubernetes-validations": [{ rule: "self == 'x'" }] },
        b: { type: "string" },
      },
    });
    const old = { a: "old", b: "1" };
    expect(validateObject(schema, { a: "old", b: "2" }, { old })).toEqual([]);
    expect(validateObject(schema, { a: "new", b: "2" }, { old })).toHaveLength(2);
  });
});
