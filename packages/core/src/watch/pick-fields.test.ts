import { expect, test } from "vitest";
import { areMetadataFields, pickFields } from "./pick-fields.js";

test("keeps the fields asked for and those that identify an object", () => {
  const object = {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "n", uid: "u", resourceVersion: "1", managedFields: [] },
    spec: { big: "x", list: [{ a: 1 }] },
    status: { phase: "Running", other: true },
  };
  expect(pickFields<typeof object>(["status.phase", "spec.list"])(object)).toEqual({
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "n", uid: "u", resourceVersion: "1" },
    spec: { list: [{ a: 1 }] },
    status: { phase: "Running" },
  });
});

test("a shorter path takes the whole, in any order; what is absent stays so", () => {
  const object = { metadata: { name: "a" }, status: { a: 1, b: 2 } };
  for (const fields of [
    ["status", "status.a"],
    ["status.a", "status"],
  ])
    expect(pickFields(fields)(object)).toEqual(object);
  expect(pickFields(["spec.x", "toString", "constructor"])(object)).toEqual({
    metadata: { name: "a" },
  });
});

test("knows when metadata is all", () => {
  expect(areMetadataFields(["metadata.labels", "metadata"])).toBe(true);
  expect(areMetadataFields(["metadata.labels", "status.phase"])).toBe(false);
});
