import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyJson, type JsonValue } from "../schema/json.js";
import { applyJsonPatch, jsonPatchStrictErrors } from "./json-patch.js";
import { PatchError, type PatchErrorKind } from "./patch-error.js";

const object = () => ({ data: { a: "1" }, metadata: { finalizers: ["a/b", "q/r"] } });

function refused(operations: unknown): PatchError {
  try {
    applyJsonPatch(object(), operations);
  } catch (error) {
    if (PatchError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("the patch was accepted");
}

describe("applyJsonPatch", () => {
  it.each<[string, unknown, unknown]>([
    ["adds a key", [{ op: "add", path: "/data/b", value: "2" }], { a: "1", b: "2" }],
    ["add replaces", [{ op: "add", path: "/data/a", value: "2" }], { a: "2" }],
    ["adds null without a value", [{ op: "add", path: "/data/b" }], { a: "1", b: null }],
    ["removes", [{ op: "remove", path: "/data/a" }], {}],
    [
      "replaces a missing key",
      [{ op: "replace", path: "/data/b", value: "2" }],
      { a: "1", b: "2" },
    ],
    ["moves", [{ op: "move", from: "/data/a", path: "/data/b" }], { b: "1" }],
    ["copies", [{ op: "copy", from: "/data/a", path: "/data/b" }], { a: "1", b: "1" }],
    [
      "copies a missing key as null",
      [{ op: "copy", from: "/data/x", path: "/data/b" }],
      { a: "1", b: null },
    ],
    ["decodes ~1", [{ op: "add", path: "/data/x~1y", value: "2" }], { a: "1", "x/y": "2" }],
    ["decodes ~01 to ~1", [{ op: "add", path: "/data/~01", value: "2" }], { a: "1", "~1": "2" }],
    [
      "takes a missing key for null",
      [
        { op: "test", path: "/data/x", value: null },
        { op: "test", path: "/data/x" },
      ],
      { a: "1" },
    ],
    ["changes nothing for null", null, { a: "1" }],
    ["changes nothing for an empty list", [], { a: "1" }],
  ])("%s", (_name, operations, data) => {
    expect(applyJsonPatch(object(), operations)).toEqual({ ...object(), data });
  });

  it.each<[string, unknown, string[]]>([
    ["inserts", [{ op: "add", path: "/metadata/finalizers/1", value: "m" }], ["a/b", "m", "q/r"]],
    [
      "inserts at a padded index",
      [{ op: "add", path: "/metadata/finalizers/01", value: "m" }],
      ["a/b", "m", "q/r"],
    ],
    [
      "appends by -",
      [{ op: "add", path: "/metadata/finalizers/-", value: "m" }],
      ["a/b", "q/r", "m"],
    ],
    [
      "appends by -1",
      [{ op: "add", path: "/metadata/finalizers/-1", value: "m" }],
      ["a/b", "q/r", "m"],
    ],
    ["replaces", [{ op: "replace", path: "/metadata/finalizers/0", value: "m" }], ["m", "q/r"]],
    ["removes", [{ op: "remove", path: "/metadata/finalizers/0" }], ["q/r"]],
    ["removes from the end", [{ op: "remove", path: "/metadata/finalizers/-1" }], ["a/b"]],
    [
      "moves",
      [{ op: "move", from: "/metadata/finalizers/0", path: "/metadata/finalizers/1" }],
      ["q/r", "a/b"],
    ],
    [
      "tests from the end",
      [{ op: "test", path: "/metadata/finalizers/-1", value: "q/r" }],
      ["a/b", "q/r"],
    ],
  ])("in a list %s", (_name, operations, finalizers) => {
    expect(applyJsonPatch(object(), operations)).toEqual({ ...object(), metadata: { finalizers } });
  });

  it.each<[PatchErrorKind, unknown]>([
    ["test-failed", [{ op: "test", path: "/data/a", value: "2" }]],
    ["test-failed", [{ op: "test", path: "/data/x", value: "2" }]],
    ["missing-path", [{ op: "test", path: "/data/a/b", value: "a/b" }]],
    ["missing-path", [{ op: "replace", path: "/x/y", value: "2" }]],
    ["missing-path", [{ op: "remove", path: "/data/x" }]],
    ["missing-path", [{ op: "remove", path: "/metadata/labels/x" }]],
    ["missing-path", [{ op: "add", path: "/metadata/labels/x", value: "y" }]],
    ["missing-path", [{ op: "add", path: "/metadata/finalizers/3", value: "y" }]],
    ["missing-path", [{ op: "add", path: "/metadata/finalizers/-4", value: "y" }]],
    ["missing-path", [{ op: "replace", path: "/metadata/finalizers/2", value: "y" }]],
    ["missing-path", [{ op: "remove", path: "/metadata/finalizers/-" }]],
    ["missing-path", [{ op: "test", path: "/metadata/finalizers/x", value: "y" }]],
    ["missing-path", [{ op: "move", from: "/data/x", path: "/data/y" }]],
    ["missing-path", [{ op: "move", from: "/data", path: "/data/y" }]],
    ["missing-path", [{ op: "remove", path: "" }]],
    ["missing-path", [{ op: "add", path: "", value: {} }]],
    ["missing-path", [{ op: "add", value: "1" }]],
    ["missing-path", [{ op: "add", path: null }]],
    ["invalid-operation", [{ op: "replace", path: "", value: "x" }]],
    ["invalid-operation", [{ op: "bogus", path: "/data/x" }]],
    ["invalid-operation", [{ path: "/data/x" }]],
    ["invalid-operation", [null]],
  ])("answers 422 (%s) to %j", (kind, operations) => {
    expect(refused(operations)).toMatchObject({
      kind,
      statusCode: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    });
  });

  it.each<[unknown, string]>([
    [
      { op: "add" },
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    ],
    [
      "x",
      "error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp",
    ],
    [
      [1],
      "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
    ],
    [
      [{ op: "add", path: 5 }],
      "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
    ],
    [
      [{ op: true, path: "/a" }],
      "error decoding patch: json: cannot unmarshal bool into Go struct field jsonPatchOp.op of type string",
    ],
  ])("answers 400 to %j", (operations, message) => {
    expect(refused(operations)).toMatchObject({
      kind: "malformed",
      statusCode: 400,
      reason: "BadRequest",
      message,
    });
  });

  it("answers 413 to more than 10000 operations", () => {
    const operations = Array.from({ length: 10_001 }, () => ({
      op: "add",
      path: "/data/a",
      value: "x",
    }));
    expect(refused(operations)).toMatchObject({
      kind: "too-many",
      statusCode: 413,
      reason: "RequestEntityTooLarge",
      message:
        "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    });
    expect(applyJsonPatch(object(), operations.slice(1))).toMatchObject({ data: { a: "x" } });
  });

  it("refuses a patch whose copies grow without bound", () => {
    const operations = Array.from({ length: 40 }, (_, index) => ({
      op: "copy",
      from: "/data",
      path: `/data/c${index}`,
    }));
    expect(refused(operations).kind).toBe("invalid-operation");
  });

  it("replaces the whole document", () => {
    expect(applyJsonPatch(object(), [{ op: "replace", path: "", value: { data: {} } }])).toEqual({
      data: {},
    });
  });

  it("keeps keys that name parts of JavaScript's objects as data", () => {
    const patched = applyJsonPatch({ data: {} }, [
      { op: "add", path: "/data/__proto__", value: { polluted: true } },
    ]);
    expect(JSON.stringify(patched)).toBe('{"data":{"__proto__":{"polluted":true}}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(() =>
      applyJsonPatch({ data: {} }, [{ op: "add", path: "/constructor/prototype/x", value: 1 }]),
    ).toThrow(PatchError);
  });

  it("never changes its inputs, and what it adds it can test and take away again", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.jsonValue(),
        (document, key, value) => {
          const original = document as JsonValue;
          const before = JSON.stringify(original);
          const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          const added = applyJsonPatch(original, [
            { op: "add", path, value },
            { op: "test", path, value },
          ]);
          const removed = applyJsonPatch(added, [{ op: "remove", path }]);
          const restored = applyJsonPatch(
            removed,
            Object.hasOwn(document, key) ? [{ op: "add", path, value: document[key] }] : [],
          );
          expect(restored).toEqual(copyJson(original));
          expect(JSON.stringify(original)).toBe(before);
        },
      ),
    );
  });
});

describe("jsonPatchStrictErrors", () => {
  it("names each unknown field of an operation", () => {
    const operations = [
      { op: "add", path: "/a", value: 1, foo: 1 },
      { op: "remove", path: "/a" },
    ];
    expect(jsonPatchStrictErrors(operations)).toEqual(['json patch unknown field "[0].foo"']);
  });
});
