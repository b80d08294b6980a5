import { describe, expect, test } from "vitest";
import { describeFilter, type FilteredRequest, unfitFields } from "./request-filter.js";

const request: FilteredRequest = {
  verb: "update",
  group: "apps",
  version: "v1",
  resource: "deployments",
  subresource: "scale",
  namespace: "team",
  name: "web",
  user: "alice",
  userAgent: "kubectl/v1.37.0",
  door: "https",
};
const pods = { ...request, group: "", resource: "pods", subresource: "" };
const path = { ...pods, resource: "/version", verb: "get", name: "", namespace: "" };

describe("a resource fits as in RBAC", () => {
  test.each([
    ["deployments/scale", request, true],
    ["deployments.apps/scale", request, true],
    ["deployments/*", request, true],
    ["*/scale", request, true],
    ["*", request, true],
    ["deployments", request, false],
    ["deployments.batch/scale", request, false],
    ["deployments/status", request, false],
    ["pods", pods, true],
    ["pods/*", pods, false],
    ["*", pods, true],
    ["/version", path, true],
    ["version", path, false],
  ])("%s", (resource, asked, fits) => {
    expect(unfitFields({ resource }, asked)).toEqual(fits ? [] : ["resource"]);
  });
});

test("every field must fit, an array fits by any of its values", () => {
  expect(unfitFields({}, request)).toEqual([]);
  expect(unfitFields({ verb: ["patch", "update"], name: /^w/, user: "alice" }, request)).toEqual(
    [],
  );
  expect(
    unfitFields({ verb: "get", group: "", userAgent: /client-go/, door: "in-process" }, request),
  ).toEqual(["verb", "group", "userAgent", "door"]);
});

test("a global expression fits each time", () => {
  const name = /web/g;
  expect([unfitFields({ name }, request), unfitFields({ name }, request)]).toEqual([[], []]);
});

test("a filter in words", () => {
  expect(describeFilter({})).toBe("any request");
  expect(
    describeFilter({
      verb: ["create", "update"],
      resource: "pods",
      name: "web",
      namespace: "team",
    }),
  ).toBe('create or update pods "web" in "team"');
  expect(describeFilter({ resource: "pods", userAgent: /kubectl/ })).toBe(
    "any request of pods by /kubectl/",
  );
});
